package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

const caught = "[options]\nserver_wide_modules = base,rpc,web,odooops_mail\nmail_catcher = mail:1025\n"

var rehearsal = policytest.Case{Stack: "staging", Kind: "staging"}

// anOdoo is a container with an odoo.conf.
func anOdoo(conf any) policytest.Resource {
	return aContainer(anUpload("/run/odooops/odoo.conf", conf))
}

func anUpload(file string, content any) policytest.Props {
	return policytest.Props{"uploads": []any{policytest.Props{"file": file, "content": content}}}
}

func TestMailThatIsCaughtIsAllowed(t *testing.T) {
	rehearsal.Allows(t, mailCaught(), anOdoo(policytest.Secret(caught)))
	rehearsal.Allows(t, mailCaught(), aContainer(nil)) // no Odoo
	policytest.Case{}.Allows(t, mailCaught(), anOdoo("[options]\nsmtp_server = smtp.mailgun.org\n"))
}

func TestMailThatLeavesARehearsalIsRefused(t *testing.T) {
	rehearsal.Denies(t, mailCaught(), "relay smtp.example.com", anOdoo(policytest.Secret(caught+"smtp_server = smtp.example.com\n")))
	rehearsal.Denies(t, mailCaught(), "mail_catcher", anOdoo("[options]\nserver_wide_modules = base,web,odooops_mail\n"))
	rehearsal.Denies(t, mailCaught(), "server_wide_modules", anOdoo("[options]\nmail_catcher = mail:1025\n"))
	rehearsal.Denies(t, mailCaught(), "--smtp", aContainer(policytest.Props{"command": []string{"odoo", "--smtp=smtp.example.com"}}))
	policytest.Case{Stack: "preview-pr-7"}.Denies(t, mailCaught(), "mail_catcher", anOdoo("[options]\n"))
}

func TestMailWhoseWayIsNotKnownYetIsWaitedFor(t *testing.T) {
	rehearsal.Waits(t, mailCaught(), "uploads[0].content", anOdoo(policytest.Unknown))
	rehearsal.Waits(t, mailCaught(), "uploads", aContainer(policytest.Props{"uploads": policytest.Unknown}))
}
