package policies

import (
	"regexp"
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// credentials are what nobody mistakes for anything else.
var credentials = regexp.MustCompile(strings.Join([]string{
	`-----BEGIN [A-Z ]*PRIVATE KEY-----`,
	`\bdo[opr]_v1_[0-9a-f]{64}\b`,
	`\b(AKIA|ASIA)[0-9A-Z]{16}\b`,
	`\bgh[opsur]_[A-Za-z0-9]{36,}`,
	`\bgithub_pat_[A-Za-z0-9_]{60,}`,
	`\bxox[abprs]-[A-Za-z0-9-]{10,}`,
	`\bAGE-SECRET-KEY-1[0-9A-Z]{50,}`,
	`\bkey-[0-9a-f]{32}\b`,
}, "|"))

var (
	hostKey = regexp.MustCompile(`-----BEGIN OPENSSH PRIVATE KEY-----`)
	// secretName is what a credential is called.
	secretName = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|token|api_?key|private_?key|credential|cipher)`)
	// assigned is a credential in a script, such as DB_PASSWORD=hunter2.
	assigned = regexp.MustCompile(`(?im)^\s*(export\s+)?[a-z_]*(passw(or)?d|passphrase|secret|token|api_?key)\s*[=:]\s*['"]?[^\s'"$<{]{6,}`)
)

// secretsSecret keeps credentials out of sight.
func secretsSecret() policy.Policy {
	return policy.Policy{
		Name: "secrets-secret", Severity: policy.Mandatory,
		Holds: "No credential is in plain sight: not in user data, environment, labels, outputs or any other input.",
		Why: `Plain inputs and outputs are readable in the state, in every preview and in CI's log; the environment and labels by whoever can look at a host; user data by whatever runs on the machine, at the metadata address.
A credential is a Pulumi secret, and gets to a container as an uploaded file. User data may hold the pinned host key, as a secret, and no other.`,
		Bad: `Envs: pulumi.StringArray{pulumi.String("DB_PASSWORD=hunter2")}`,
		Good: `Uploads: docker.ContainerUploadArray{docker.ContainerUploadArgs{
	File: pulumi.String("/run/odooops/password"), Content: config.RequireSecret("password"),
}}`,
		Config: []policy.Setting{{
			Name: "outputs", What: "Outputs that sound like a credential and are none.",
			Default: []any{"resetToken"},
		}},
		Check: func(r *policy.Resource) {
			switch r.Type {
			case container:
				environment(r)
				secretLabels(r)
			case droplet:
				userData(r)
			}
			for _, v := range r.All() {
				if v.Path() == "userData" {
					continue
				}
				v.Walk(func(part policy.Value) { plain(r, part) })
			}
		},
		CheckStack: func(s *policy.Stack) {
			root := s.Root()
			if root == nil {
				return
			}
			for _, output := range root.All() {
				named := secretName.MatchString(output.Path()) && !slices.Contains(s.Settings.Strings("outputs"), output.Path())
				output.Walk(func(part policy.Value) {
					text, isText := looksLike(part)
					if !part.Secret() && isText && text != "" && named {
						root.Deny("the output %s is in plain sight; export it with pulumi.ToSecret", part.Path())
						return
					}
					plain(root, part)
				})
			}
		},
	}
}

// looksLike is a text that is there; nothing is waited for.
func looksLike(v policy.Value) (string, bool) {
	if v.Unknown() || v.Absent() {
		return "", false
	}
	return v.Text()
}

// plain refuses a credential that is no secret. What is not known yet can't be
// said to be one: the update looks again.
func plain(r *policy.Resource, v policy.Value) {
	if v.Secret() {
		return
	}
	if text, ok := looksLike(v); ok && credentials.MatchString(text) {
		r.Deny("%s has a credential in plain sight; make it a secret", v.Path())
	}
}

func environment(r *policy.Resource) {
	envs, _ := r.Get("envs").List()
	for _, e := range envs {
		text, ok := e.Text()
		name, value, _ := strings.Cut(text, "=")
		switch {
		case !ok:
		case e.Secret():
			r.Deny("%s puts a secret into the environment, where docker inspect shows it; upload it as a file", e.Path())
		case value != "" && secretName.MatchString(name) && !isPath(value), credentials.MatchString(value):
			r.Deny("%s (%s) is a credential in the environment; upload it as a file", e.Path(), name)
		}
	}
}

// isPath says whether a variable names the file that the credential is in.
func isPath(value string) bool { return strings.HasPrefix(value, "/") }

func secretLabels(r *policy.Resource) {
	labels, _ := r.Get("labels").List()
	for _, l := range labels {
		name, _ := l.At("label").Text()
		value, ok := looksLike(l.At("value"))
		if l.At("value").Unknown() && secretName.MatchString(name) {
			r.NotYet(l.At("value").Path())
		}
		if ok && value != "" && (secretName.MatchString(name) || credentials.MatchString(value)) {
			r.Deny("the label %s is a credential, which everybody who can look at the host sees; upload it as a file", name)
		}
	}
}

// userData may have one credential, the host key, in a secret.
func userData(r *policy.Resource) {
	data := r.Get("userData")
	text, ok := data.Text()
	if !ok {
		return
	}
	rest := hostKey.ReplaceAllLiteralString(text, "")
	switch {
	case !data.Secret() && rest != text:
		r.Deny("userData has the host key in plain sight; make it a secret")
	case len(hostKey.FindAllString(text, -1)) > 1, credentials.MatchString(rest), assigned.MatchString(rest):
		r.Deny("userData has a credential beside the host key; the machine has to get it another way")
	}
}
