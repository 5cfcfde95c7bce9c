package edge

import (
	"crypto/sha1"
	"embed"
	"encoding/base64"
	"strings"
	"text/template"

	"github.com/odooops/odooops/components/hostdocker"
)

//go:embed files
var files embed.FS

// Routes is what is served at which name.
type Routes struct {
	// Prefix keeps the names apart of sites that share a Traefik; empty for a
	// site that has one of its own.
	Prefix   string
	Hostname string
	// Backend is the address behind: a name on the web network, or Address.
	Backend string
	// HTTPPort is the backend's. WebsocketPort is another one when Odoo has
	// workers; MailHog has none.
	HTTPPort, WebsocketPort int
	// Gate is who may come in; nil is everybody.
	Gate *Gate
}

// Gate asks for a password, and keeps robots out.
type Gate struct {
	// User and Password as the browser asks for them. Secret.
	User, Password string
	// AllowCIDRs are the prefixes that are not asked.
	AllowCIDRs []string
}

// Address stands for a container's address in routes that the host fills in:
// see Label.
const Address = "@IP@"

// loginPaths is where passwords are tried.
const loginPaths = `^(/[a-z]{2,3}([_@-][A-Za-z]+)*)?/web/(login|session/authenticate|reset_password|signup)`

// door is one way to the same pages.
type door struct {
	// Suffix is of the router's name, Rule of its rule. A longer rule comes
	// first, so the way without password wins for those who may take it.
	Suffix, Rule string
	Guards       string
}

func (r Routes) doors() []door {
	if r.Gate == nil {
		return []door{{Guards: r.Prefix + "hsts"}}
	}
	doors := []door{{Guards: r.Prefix + "hsts, " + r.Prefix + "password"}}
	if len(r.Gate.AllowCIDRs) > 0 {
		var known []string
		for _, cidr := range r.Gate.AllowCIDRs {
			known = append(known, "ClientIP(`"+cidr+"`)")
		}
		doors = append(doors, door{
			Suffix: "-known", Rule: " && (" + strings.Join(known, " || ") + ")", Guards: r.Prefix + "hsts",
		})
	}
	return doors
}

// Hash is a password as Traefik compares it. SHA-1 is right here: the
// password is random and long, so there is nothing to guess; the same password
// gives the same file, where a salt would replace the container in every
// update; and it is computed for every request, where bcrypt would cost the
// processor of twenty previews.
func Hash(password string) string {
	sum := sha1.Sum([]byte(password))
	return "{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
}

// Odoo are the routes of an Odoo.
func Odoo(r Routes) (string, error) { return r.render("routes.yml") }

// Mail are the routes of a MailHog. They are Odoo's without what is Odoo's own.
func Mail(r Routes) (string, error) { return r.render("mail.yml") }

// Label is the label odooops.routes of a container on a host that fills
// routes in by itself. Their Backend is Address.
func Label(routes string) map[string]string {
	return map[string]string{hostdocker.RoutesLabel: base64.StdEncoding.EncodeToString([]byte(routes))}
}

func (r Routes) render(name string) (string, error) {
	data := struct {
		Routes
		LoginPaths, Hash string
		Doors            []door
	}{Routes: r, LoginPaths: loginPaths, Doors: r.doors()}
	if r.Gate != nil {
		data.Hash = Hash(r.Gate.Password)
	}
	return render(name, data)
}

func render(name string, data any) (string, error) {
	t, err := template.ParseFS(files, "files/"+name+".tmpl", "files/guards.tmpl")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, data)
	return out.String(), err
}
