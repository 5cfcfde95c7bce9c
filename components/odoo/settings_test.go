package odoo

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/components/mail"
	"github.com/odooops/odooops/components/size"
)

func settings(t *testing.T) Settings {
	t.Helper()
	s, err := size.Lookup("s-2vcpu-4gb")
	require.NoError(t, err)
	return Settings{
		Size: s.Odoo, DatabaseHost: "postgres", Database: "odoo", DatabaseUser: "odoo",
		DatabasePassword: "database-password", MasterPassword: "master-password",
		Relay: mail.NewRelay("mg.example.com", "us", "odoo@mg.example.com"),
	}
}

func TestOneDatabaseIsServedAndNoneIsListed(t *testing.T) {
	text, err := conf(settings(t))
	require.NoError(t, err)
	for _, line := range []string{
		"db_name = odoo", "dbfilter = ^odoo$", "list_db = False", "proxy_mode = True",
		"http_interface = 0.0.0.0", "workers = 2", "gevent_port = 8072",
		"limit_memory_soft = 671088640",
	} {
		assert.Contains(t, text, line+"\n")
	}
}

func TestTheMasterPasswordIsHashed(t *testing.T) {
	text, err := conf(settings(t))
	require.NoError(t, err)
	assert.NotContains(t, text, "master-password")
	assert.Regexp(t, `(?m)^admin_passwd = \$pbkdf2-sha512\$25000\$[A-Za-z0-9./]{22}\$[A-Za-z0-9./]{86}$`, text)
}

// Odoo's own passlib took this value for the password. Another one for the
// same password would replace the container in every update.
func TestTheSamePasswordGivesTheSameHash(t *testing.T) {
	first, err := PasswordHash("master-password", "master password\x00odoo")
	require.NoError(t, err)
	assert.Equal(t, "$pbkdf2-sha512$25000$herS.apSPPFk0ctGJ8rfQg$"+
		"qkg.1gIO83gEuX0t4WqLNY/gT/90FuPYR8Y0yUwhRGANadjl3GWNvORVk7gbrRmXL71CzaJrKpJDNbMk4fQPvg", first)
	other, err := PasswordHash("another-password", "master password\x00odoo")
	require.NoError(t, err)
	assert.NotEqual(t, first, other)
}

func TestMailLeavesOn2525WithSTARTTLSOrNotAtAll(t *testing.T) {
	s := settings(t)
	text, err := conf(s)
	require.NoError(t, err)
	assert.Contains(t, text, "smtp_server = smtp.mailgun.org\nsmtp_port = 2525\nsmtp_ssl = True\n")
	assert.NotContains(t, text, "smtp_password")

	s.Relay.Password = "mail-password"
	text, err = conf(s)
	require.NoError(t, err)
	assert.Contains(t, text, "smtp_user = odoo@mg.example.com\nsmtp_password = mail-password\n")
}

func TestACatcherTakesEveryMailAndTheRelayIsNotEvenKnown(t *testing.T) {
	s := settings(t)
	s.Catcher = "mail:1025"
	text, err := conf(s)
	require.NoError(t, err)
	assert.Contains(t, text, "mail_catcher = mail:1025\n")
	assert.Regexp(t, `(?m)^server_wide_modules = .*\bodooops_mail$`, text)
	assert.Contains(t, text, "addons_path = /mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai,/mnt/addons/odooops\n")
	assert.NotContains(t, text, "smtp_")
}

func TestProductionKnowsNothingOfTheCatcher(t *testing.T) {
	text, err := conf(settings(t))
	require.NoError(t, err)
	assert.NotContains(t, text, "odooops")
}

func TestModulesComeFromOdooThenOCAThenTheTeam(t *testing.T) {
	text, err := conf(settings(t))
	require.NoError(t, err)
	assert.Contains(t, text, "addons_path = /mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai\n")
}

func TestTheProxyIsForOutsideOnly(t *testing.T) {
	env := environment(Args{Proxy: "http://egress:8888", DatabaseHost: "postgres", Catcher: "mail:1025"})
	assert.Equal(t, "http://egress:8888", env["https_proxy"])
	assert.Equal(t, "127.0.0.1,localhost,postgres,mail", env["NO_PROXY"])
	assert.NotContains(t, environment(Args{}), "HTTPS_PROXY")
}
