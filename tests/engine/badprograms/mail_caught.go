package badprograms

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// mailCaught lets a staging write to customers.
func mailCaught() Program {
	return staging("mail-caught", func(ctx *pulumi.Context, late Late) error {
		conf := strings.Replace(odooConf(addons, "0"), "mail_catcher = mail:1025", "smtp_server = smtp.mailgun.org\nsmtp_port = 2525", 1)
		return holding(ctx, "/run/odooops/odoo.conf", late.Text(conf))
	})
}
