// Package mail says how mail leaves, and declares the records that let others
// believe it: SPF, DKIM, DMARC, and MX for what comes back.
//
// The relay is Mailgun on port 2525: DigitalOcean blocks 25, 465 and 587.
package mail

// Port is the relay's.
const Port = 2525

// Relay is an SMTP server that takes our mail.
type Relay struct {
	Host     string
	Port     int
	StartTLS bool
	Login    string
	Password string // secret; empty sends nothing
	// Domain is the only one that may stand behind the sender's @.
	Domain string
	// From is the sender of what has none.
	From string
}

// NewRelay is Mailgun in a region (us or eu), without password.
func NewRelay(domain, region, login string) Relay {
	host := "smtp.mailgun.org"
	if region == "eu" {
		host = "smtp.eu.mailgun.org"
	}
	return Relay{Host: host, Port: Port, StartTLS: true, Login: login, Domain: domain, From: "odoo@" + domain}
}
