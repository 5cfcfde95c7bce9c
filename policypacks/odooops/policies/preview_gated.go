package policies

import (
	"encoding/base64"
	"regexp"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// routesLabel is what the shared edge reads.
const routesLabel = "odooops.routes"

// previewGated asks every visitor of a copy for a password.
func previewGated() policy.Policy {
	return policy.Policy{
		Name: "preview-gated", Severity: policy.Mandatory,
		Holds: "Nobody sees a preview or a staging without a password, asked for at the edge.",
		Why: `It is a copy of the company's database behind a name that anybody can guess, running code that nobody has reviewed yet. Odoo's own login is no door: the code behind it is what is being tried.
Prefixes may be let in without (config allowCidrs), but not everybody.`,
		Bad: `http:
  routers:
    odoo: {rule: "Host(` + "`pr-7.preview.example.com`" + `)", service: odoo}`,
		Good: `http:
  routers:
    odoo: {rule: "Host(` + "`pr-7.preview.example.com`" + `)", service: odoo, middlewares: [password]}
  middlewares:
    password: {basicAuth: {users: ["preview:{SHA}…"]}}`,
		Types: []string{container},
		Check: func(r *policy.Resource) {
			if !r.MayBe(config.KindStaging, config.KindPreview) {
				return
			}
			labels, _ := r.Get("labels").List()
			for _, l := range labels {
				name, _ := l.At("label").Text()
				if name != routesLabel {
					continue
				}
				if text, ok := l.At("value").Text(); ok {
					plain, err := base64.StdEncoding.DecodeString(text)
					gated(r, l.Path(), string(plain), err)
				}
			}
			for _, file := range []string{"routes.yml", "mail.yml"} {
				for _, f := range uploads(r, file) {
					if text, ok := content(f); ok {
						gated(r, f.Path(), text, nil)
					}
				}
			}
		},
	}
}

// routes are Traefik's, as far as they matter here.
type routes struct {
	HTTP struct {
		Routers map[string]struct {
			Rule        string   `yaml:"rule"`
			Middlewares []string `yaml:"middlewares"`
		} `yaml:"routers"`
		Middlewares map[string]struct {
			BasicAuth *struct {
				Users []string `yaml:"users"`
			} `yaml:"basicAuth"`
			IPAllowList *struct {
				SourceRange []string `yaml:"sourceRange"`
			} `yaml:"ipAllowList"`
		} `yaml:"middlewares"`
	} `yaml:"http"`
	TCP map[string]any `yaml:"tcp"`
}

var clientIP = regexp.MustCompile("ClientIP\\(`([^`]+)`\\)")

func gated(r *policy.Resource, where, text string, err error) {
	var parsed routes
	if err == nil {
		err = yaml.Unmarshal([]byte(text), &parsed)
	}
	if err != nil {
		r.Deny("the routes in %s can't be read, so that nobody knows whom they let in", where)
		return
	}
	if len(parsed.TCP) > 0 {
		r.Deny("%s has routes of TCP, where no password is asked; leave them out", where)
	}
	for name, router := range parsed.HTTP.Routers {
		asks := slices.ContainsFunc(router.Middlewares, func(m string) bool {
			g := parsed.HTTP.Middlewares[m]
			return g.BasicAuth != nil && len(g.BasicAuth.Users) > 0 ||
				g.IPAllowList != nil && len(g.IPAllowList.SourceRange) > 0 && !anyPublic(g.IPAllowList.SourceRange)
		})
		var known []string
		for _, m := range clientIP.FindAllStringSubmatch(router.Rule, -1) {
			known = append(known, m[1])
		}
		if !asks && (len(known) == 0 || anyPublic(known)) {
			r.Deny("%s: the router %s lets everybody in; give it the password's middleware", where, name)
		}
	}
}
