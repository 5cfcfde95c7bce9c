package postgres

import (
	"embed"
	"encoding/json"
	"strings"
	"text/template"

	"github.com/odooops/odooops/components/size"
)

//go:embed files
var files embed.FS

// serverConf are the server's settings.
func serverConf(s size.Postgres, archived bool) (string, error) {
	return render("postgresql.conf", map[string]any{
		"Size": s, "Archived": archived, "CacheMB": s.MemoryMB * 2 / 3,
	})
}

// previewConf are the settings of a preview's server.
func previewConf(s size.Postgres) (string, error) {
	return render("preview.conf", map[string]any{"Size": s})
}

func crontab() (string, error) { return render("crontab", nil) }

// accounts are the accounts that a new cluster is made with. Secret.
func accounts(superuser, user, password, database string) (string, error) {
	b, err := json.Marshal(map[string]string{
		"superuserPassword": superuser, "odooUser": user, "odooPassword": password, "database": database,
	})
	return string(b), err
}

func render(name string, data any) (string, error) {
	t, err := template.ParseFS(files, "files/"+name+".tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}
