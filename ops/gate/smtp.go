package gate

import (
	"context"
	"net"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// SMTP wants a repository of addons to send no mail anywhere but to the
// catcher: what production sends by is set where production is declared, not
// beside the code. Port 25 is nobody's.
type SMTP struct {
	Dir     string
	Catcher string // HOST:PORT
}

const smtpNext = "remove it: outside production mail goes to the catcher, and production's relay is set by its stack"

// smtp is a check under way.
type smtp struct {
	*Report
	host, port string // the catcher's
}

// Check the configurations, the modules' data, and the files that set an
// environment.
func (g SMTP) Check(ctx context.Context) (Report, error) {
	what := "gate smtp"
	var r Report
	host, port, err := net.SplitHostPort(g.Catcher)
	if err != nil {
		return r, fault.Usage(what, "give --catcher HOST:PORT", "%v", err)
	}
	c := smtp{&r, host, port}
	t, err := openTree(ctx, "smtp", g.Dir)
	if err != nil {
		return r, err
	}
	confs, err := t.confs()
	if err != nil {
		return r, err
	}
	modules, err := t.modules()
	if err != nil && len(confs) == 0 {
		return r, err
	}
	for _, f := range confs {
		r.Checked = append(r.Checked, f.file)
		c.conf(f)
	}
	for _, m := range modules {
		r.Checked = append(r.Checked, m.dir)
	}
	servers, err := t.records(&r, modules, "ir.mail_server")
	if err != nil {
		return r, err
	}
	for _, s := range servers {
		c.server(s)
	}
	for _, f := range t.files {
		if !setting.MatchString(f) {
			continue
		}
		text, err := t.read(f)
		if err != nil {
			return r, err
		}
		r.Checked = append(r.Checked, f)
		c.environment(f, string(text))
	}
	return r, nil
}

// conf is of Odoo. Without any of it Odoo sends to port 25 of its own machine.
func (c smtp) conf(f *conf) {
	server, has := f.get("smtp_server")
	_, caught := f.get("mail_catcher")
	if !has && !caught {
		c.warn(f.file, 0, "set smtp_server and smtp_port to the catcher's, or mail_catcher where the module odooops_mail is loaded",
			"it sets no smtp_server: Odoo takes port 25 of localhost")
	}
	if caught {
		if o, _ := f.get("mail_catcher"); o.value != c.host+":"+c.port {
			c.fail(f.file, o.line, smtpNext, "mail_catcher is %s, not the catcher %s:%s", o.value, c.host, c.port)
		}
	}
	if has {
		c.setHost(f.file, server.line, "smtp_server", server.value)
		if o, ok := f.get("smtp_port"); ok {
			c.setPort(f.file, o.line, "smtp_port", o.value)
		} else {
			c.setPort(f.file, server.line, "smtp_port, which is not set, is by default", "25")
		}
	} else if o, ok := f.get("smtp_port"); ok {
		c.setPort(f.file, o.line, "smtp_port", o.value)
	}
	for _, name := range []string{"smtp_user", "smtp_password", "smtp_ssl_certificate_filename", "smtp_ssl_private_key_filename"} {
		if o, ok := f.get(name); ok && o.value != "" && o.value != "False" {
			c.fail(f.file, o.line, smtpNext, "%s is set: the catcher asks for no login", name)
		}
	}
}

// server is a row of ir.mail_server. An active one beats odoo.conf.
func (c smtp) server(s record) {
	if s.function != "" {
		if s.function != "unlink" {
			c.fail(s.file, s.line, smtpNext, "it calls %s of ir.mail_server", s.function)
		}
		return
	}
	if f, ok := s.fields["smtp_host"]; ok || !s.foreign() {
		at := f.line
		if at == 0 {
			at = s.line
		}
		c.setHost(s.file, at, "smtp_host of "+name(s.id), f.value)
	}
	if f, ok := s.fields["smtp_port"]; ok {
		c.setPort(s.file, f.line, "smtp_port of "+name(s.id), f.value)
	} else if !s.foreign() {
		c.setPort(s.file, s.line, "smtp_port of "+name(s.id)+", which is not set, is by default", "25")
	}
	for _, key := range []string{"smtp_user", "smtp_pass"} {
		if f := s.fields[key]; f.value != "" && f.value != "False" {
			c.fail(s.file, f.line, smtpNext, "%s of %s is set: the catcher asks for no login", key, name(s.id))
		}
	}
}

func name(id string) string {
	if id == "" {
		return "a mail server"
	}
	return id
}

func (c smtp) setHost(file string, line int, what, value string) {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		host, port = value, ""
	}
	if host != c.host {
		c.fail(file, line, smtpNext, "%s is %s, not the catcher %s", what, shown(value), c.host)
	}
	if port != "" {
		c.setPort(file, line, what, port)
	}
}

func (c smtp) setPort(file string, line int, what, value string) {
	switch {
	case value == c.port:
	case value == "25":
		c.fail(file, line, smtpNext, "%s 25: port 25 is closed on every host", is(what))
	default:
		c.fail(file, line, smtpNext, "%s %s, not the catcher's %s", is(what), shown(value), c.port)
	}
}

func is(what string) string {
	if strings.HasSuffix(what, "default") {
		return what
	}
	return what + " is"
}

func shown(value string) string {
	if value == "" {
		return "not set"
	}
	return value
}

var (
	// A variable of an environment, as shells, YAML and Dockerfiles set it.
	variable = regexp.MustCompile(`(?i)^[\s-]*(?:export\s+|ENV\s+|ARG\s+)?["']?\b((?:[A-Z0-9]+_)*(?:SMTP|MAIL|MAILER)_(?:[A-Z0-9]+_)*(HOST|SERVER|HOSTNAME|PORT|USER|USERNAME|LOGIN|PASS|PASSWORD|URL|URI))["']?\s*(?:[:=]\s*|\s+)(.*)$`)
	// What a variable is by default: ${NAME:-value}.
	fallback = regexp.MustCompile(`^\$\{[A-Za-z0-9_]+:?-(.*)\}$`)
	port25   = regexp.MustCompile(`(?i)^\s*EXPOSE\b.*\b25(/tcp)?(\s|$)|\bsmtps?://[^\s"'/]*:25\b`)
	// As an item of a list in YAML: what compose opens.
	opened = regexp.MustCompile(`(?i)^\s*-\s*["']?(?:[0-9.]+:)?(?:25:[0-9]+|[0-9]+:25|25)(?:/tcp)?["']?\s*$`)
)

// environment looks at lines: these files are of many languages.
func (c smtp) environment(file, text string) {
	yaml := slices.Contains([]string{".yml", ".yaml"}, path.Ext(file))
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		if port25.MatchString(line) || yaml && opened.MatchString(line) {
			c.fail(file, i+1, smtpNext, "port 25 is closed on every host: %.60s", strings.TrimSpace(line))
		}
		m := variable.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		key, value := m[1], plain(m[3])
		switch kind := strings.ToUpper(m[2]); {
		case value == "":
		case kind == "PORT":
			c.setPort(file, i+1, key, value)
		case kind == "HOST" || kind == "SERVER" || kind == "HOSTNAME":
			c.setHost(file, i+1, key, value)
		case kind == "URL" || kind == "URI":
			if !strings.Contains(value, "//"+c.host+":"+c.port) {
				c.fail(file, i+1, smtpNext, "%s is another than the catcher", key)
			}
		default:
			c.fail(file, i+1, smtpNext, "%s is set: the catcher asks for no login", key)
		}
	}
}

// plain is a value without quotes, comment and default.
func plain(value string) string {
	value = strings.TrimSpace(value)
	if at := strings.Index(value, " #"); at >= 0 {
		value = strings.TrimSpace(value[:at])
	}
	value = strings.Trim(strings.TrimSuffix(value, ","), `"'`)
	if m := fallback.FindStringSubmatch(value); m != nil {
		return m[1]
	}
	return value
}
