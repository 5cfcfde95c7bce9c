package policies

import (
	"slices"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// catcherModule is Odoo's server-wide module that sends every mail to the catcher.
const catcherModule = "odooops_mail"

// mailCaught keeps rehearsals from writing to customers.
func mailCaught() policy.Policy {
	return policy.Policy{
		Name: "mail-caught", Severity: policy.Mandatory,
		Holds: "Outside production every mail goes to the catcher.",
		Why: `A staging has the addresses of real customers, masked or not, and runs the same scheduled actions. One relay in its config and it sends reminders for invoices that are paid.
The catcher's module takes every connection, whatever a mail server in the database says; so it must be loaded, and no relay known.`,
		Bad: `Content: pulumi.String("[options]\nsmtp_server = smtp.mailgun.org\n")`,
		Good: `Content: pulumi.String(` + "`" + `[options]
server_wide_modules = base,rpc,web,odooops_mail
mail_catcher = mail:1025
` + "`" + `)`,
		Types: []string{container},
		Check: func(r *policy.Resource) {
			if !r.OutsideProduction() {
				return
			}
			if relay, given := flag(r, "--smtp"); given {
				r.Deny("Odoo's command sends mail by %s outside production; remove --smtp", relay)
			}
			conf, there := odooConf(r)
			if !there {
				return
			}
			modules := strings.Split(strings.ReplaceAll(conf["server_wide_modules"], " ", ""), ",")
			switch {
			case conf["smtp_server"] != "":
				r.Deny("odoo.conf knows the relay %s outside production; remove smtp_server", conf["smtp_server"])
			case conf["mail_catcher"] == "":
				r.Deny("odoo.conf has no mail_catcher outside production; set it to the catcher's host:port")
			case !slices.Contains(modules, catcherModule):
				r.Deny("odoo.conf does not load %s, so that a mail server in the database would be used; add it to server_wide_modules", catcherModule)
			}
		},
	}
}
