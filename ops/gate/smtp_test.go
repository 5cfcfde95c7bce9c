package gate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSMTPIsTheCatcherAndNeverPort25(t *testing.T) {
	assert.Empty(t, found(t, SMTP{Dir: "testdata/smtp/good", Catcher: "mail:1025"}))
	csv, xml := "addons/ipai/acme/data/ir.mail_server.csv", "addons/ipai/acme/data/mail.xml"
	all := found(t, SMTP{Dir: "testdata/smtp/bad", Catcher: "mail:1025"})
	assert.Equal(t, []string{
		"fail .env:1: MAIL_URL is another than the catcher",
		"fail Dockerfile:2: SMTP_HOST is smtp.example.com, not the catcher mail",
		"fail Dockerfile:3: port 25 is closed on every host: EXPOSE 8069 25",
		"fail " + csv + ":4: smtp_host of next is smtp.example.com, not the catcher mail",
		"fail " + csv + ":4: smtp_port of next is 587, not the catcher's 1025",
		"fail " + xml + ":5: smtp_host of relay is smtp.example.com, not the catcher mail",
		"fail " + xml + ":6: smtp_port of relay is 25: port 25 is closed on every host",
		"fail " + xml + ":8: smtp_pass of relay is set: the catcher asks for no login",
		"fail " + xml + ":10: it calls create of ir.mail_server",
		"fail addons/ipai/acme/data/torn.xml:1: it can't be read: XML syntax error on line 1: element <record> closed by </odoo>",
		"fail addons/ipai/acme/data/torn.xml:1: smtp_host of a is not set, not the catcher mail",
		"fail addons/ipai/acme/data/torn.xml:1: smtp_port of a, which is not set, is by default 25: port 25 is closed on every host",
		"fail compose.yaml:4: port 25 is closed on every host: - \"25:25\"",
		"fail compose.yaml:6: SMTP_PORT is 25: port 25 is closed on every host",
		"fail compose.yaml:7: ODOO_SMTP_HOST is ${RELAY}, not the catcher mail",
		"fail compose.yaml:8: SMTP_PASSWORD is set: the catcher asks for no login",
		"fail odoo.conf:2: smtp_server is smtp.example.com, not the catcher mail",
		"fail odoo.conf:2: smtp_port, which is not set, is by default 25: port 25 is closed on every host",
		"fail odoo.conf:4: smtp_user is set: the catcher asks for no login",
		"fail odoo.conf:5: smtp_password is set: the catcher asks for no login",
		"warn silent.conf: it sets no smtp_server: Odoo takes port 25 of localhost",
	}, all)
	assert.NotContains(t, strings.Join(all, "\n"), "geheim", "a password is printed")
}

func TestSMTPOfAFolderWithoutModulesIsNoPass(t *testing.T) {
	assert.Contains(t, refused(t, SMTP{Dir: tempTree(t, map[string]string{"a.py": ""}), Catcher: "mail:1025"}), "no module")
	assert.Contains(t, refused(t, SMTP{Dir: t.TempDir(), Catcher: "mail"}), "give --catcher HOST:PORT")
}

func TestRecordsAreReadInEveryEncodingOdooReads(t *testing.T) {
	dir := tempTree(t, map[string]string{
		"a/__manifest__.py": "{}",
		"a/data/x.xml":      "<?xml version='1.0' encoding='iso-8859-1'?>\n<odoo><record model='ir.mail_server' id='b'><field name='smtp_host'>m\xe4il</field><field name='smtp_port'>1025</field></record></odoo>",
		"a/static/x.xml":    "<templates><t", "a/views/empty.xml": "",
	})
	assert.Equal(t, []string{
		"fail a/data/x.xml:2: smtp_host of b is mäil, not the catcher mail",
		"fail a/views/empty.xml: it can't be read: EOF",
	}, found(t, SMTP{Dir: dir, Catcher: "mail:1025"}))
}
