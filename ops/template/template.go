// Package template publishes the data that previews are copies of. What a
// template is made of and where it is put is the host's script
// (ops/previewhost); this package says what goes in, and refuses what could
// not be cloned. It never touches a template that is there: a new one is made
// beside it.
package template

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"strings"
	"text/template"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

// Options of a publication.
type Options struct {
	On previewhost.Host
	// Pattern is Pulumi.preview.yaml, decrypted: images, modules, backendId.
	Pattern map[string]string
	// Domain is the previews'; the template has a name of its own under it,
	// which every clone replaces.
	Domain        string
	RegistryToken string
	Now           time.Time
	DryRun        bool
	Say           func(string)
}

// Publish makes a template from demo data.
func Publish(ctx context.Context, o Options) (previewhost.Published, error) {
	var out previewhost.Published
	p, err := o.publication()
	if err != nil {
		return out, err
	}
	if o.DryRun {
		out.Template = previewhost.Template{ID: p.ID, Created: p.Created, Source: "fresh", Images: p.Images, Modules: p.Modules}
		return out, nil
	}
	out, err = o.On.Publish(ctx, p, o.Say)
	if err != nil {
		return out, fault.New("publish a template", "correct that and run it again: what was left half-made is removed first", err)
	}
	return out, nil
}

func (o Options) publication() (previewhost.Publication, error) {
	p := previewhost.Publication{
		ID: o.Now.UTC().Format("20060102-150405"), Created: o.Now.UTC().Truncate(time.Second),
		Modules: o.Pattern["modules"], Domain: "template." + o.Domain, RegistryToken: o.RegistryToken, Backend: o.Pattern["backendId"],
	}
	if p.Modules == "" {
		p.Modules = "base,web,mail,contacts"
	}
	var images config.Images
	if err := json.Unmarshal([]byte(o.Pattern["images"]), &images); err != nil || images.Odoo == "" || images.Postgres == "" {
		return p, fault.Usage("publish a template", "set images in Pulumi.preview.yaml", "it names no images odoo and postgres")
	}
	p.Images = map[string]string{"odoo": images.Odoo, "postgres": images.Postgres}
	random := make([]byte, 24)
	if _, err := rand.Read(random); err != nil {
		return p, err
	}
	p.Password = base64.RawURLEncoding.EncodeToString(random)
	var err error
	p.OdooConf, err = odooConf(p.Password)
	return p, err
}

//go:embed odoo.conf.tmpl
var conf string

func odooConf(password string) (string, error) {
	t, err := template.New("odoo.conf").Parse(conf)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]string{"Password": password})
	return b.String(), err
}
