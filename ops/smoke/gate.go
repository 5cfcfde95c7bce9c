package smoke

import (
	"context"
	"crypto/rand"
	_ "embed" // way_out.py
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What is not for everybody: staging and previews.

// edgePassword wants a refusal without the edge's password, on both names.
func edgePassword(ctx context.Context, v *visit) (string, error) {
	stranger := v.stranger()
	for _, host := range []string{v.Hostname, v.MailHostname} {
		res, err := v.at(ctx, stranger, host, "/")
		if err != nil {
			return "", err
		}
		if res == http.StatusOK && v.OpenToSome {
			return "", skipped("this computer's address may be among allowCidrs: it is asked for no password")
		}
		if res != http.StatusUnauthorized {
			return "", fmt.Errorf("%s answers %d without a password, want 401", host, res)
		}
		if res, err = v.at(ctx, v.anonymous, host, "/"); err != nil {
			return "", err
		}
		if res == http.StatusUnauthorized {
			return "", fmt.Errorf("%s refuses the edge's own password", host)
		}
	}
	return v.Hostname + " and " + v.MailHostname + " ask for it", nil
}

// at is the status of a page of either name.
func (v *visit) at(ctx context.Context, c *http.Client, host, path string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.urlOf(host, path), nil)
	if err != nil {
		return 0, err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// robots wants search engines sent away.
func robots(ctx context.Context, v *visit) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url("/web/login"), nil)
	if err != nil {
		return "", err
	}
	res, err := v.anonymous.Do(req)
	if err != nil {
		return "", err
	}
	_ = res.Body.Close()
	header := res.Header.Get("X-Robots-Tag")
	if !strings.Contains(header, "noindex") {
		return "", fmt.Errorf("X-Robots-Tag is %q, want noindex", header)
	}
	return header, nil
}

// mailCaught sends a mail through Odoo and looks for it in MailHog.
func mailCaught(ctx context.Context, v *visit) (detail string, err error) {
	token := make([]byte, 8)
	if _, err := rand.Read(token); err != nil {
		return "", err
	}
	subject := "smoke-" + hex.EncodeToString(token)
	var ids []int
	err = v.kw(ctx, "mail.mail", "create", []any{[]any{map[string]any{
		"subject": subject, "body_html": "<p>smoke</p>", "email_from": "smoke@" + v.Hostname,
		"email_to": "nobody@example.com", "auto_delete": true,
	}}}, nil, &ids)
	if err != nil {
		return "", fmt.Errorf("write a mail: %w", err)
	}
	if err := v.kw(ctx, "mail.mail", "send", []any{ids}, map[string]any{"raise_exception": true}, nil); err != nil {
		return "", fmt.Errorf("send the mail: %w", err)
	}
	for {
		id, err := v.caught(ctx, subject)
		if err != nil {
			return "", err
		}
		if id != "" {
			return "a mail to nobody@example.com is in MailHog", v.forgetMail(ctx, id)
		}
		select {
		case <-ctx.Done():
			return "", errors.New("the mail is not in MailHog: where did it go?")
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// caught is MailHog's id of the mail with the subject; empty when it has none.
func (v *visit) caught(ctx context.Context, subject string) (string, error) {
	query := url.Values{"kind": {"containing"}, "query": {subject}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.urlOf(v.MailHostname, "/api/v2/search?"+query.Encode()), nil)
	if err != nil {
		return "", err
	}
	res, err := v.anonymous.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	var list struct {
		Items []struct{ ID string }
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("MailHog answers %s", res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		return "", fmt.Errorf("MailHog answers no JSON: %w", err)
	}
	if len(list.Items) == 0 {
		return "", nil
	}
	return list.Items[0].ID, nil
}

func (v *visit) forgetMail(ctx context.Context, id string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, v.urlOf(v.MailHostname, "/api/v1/messages/"+id), nil)
	if err != nil {
		return err
	}
	res, err := v.anonymous.Do(req)
	if err != nil {
		return fmt.Errorf("delete the mail in MailHog: %w", err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("delete the mail in MailHog: it answers %s", res.Status)
	}
	return nil
}

// wayOut runs in Odoo's container.
//
//go:embed way_out.py
var wayOut string

// noWayOut tries to get out of Odoo's container: addresses, names, the
// metadata service, the host itself, and the bastion, which everybody can reach.
func noWayOut(ctx context.Context, v *visit) (string, error) {
	cmd := "docker exec -i " + v.OdooContainer + " python3 - " + v.BastionIP + ":22 <<'EOF'\n" + wayOut + "EOF"
	open, err := v.Shell(ctx, cmd)
	if err != nil {
		return "", fmt.Errorf("look from inside: %w", err)
	}
	if open = strings.TrimSpace(open); open != "" {
		return "", fmt.Errorf("Odoo's container reaches %s", strings.ReplaceAll(open, "\n", ", "))
	}
	return "no address, no name, no metadata, not the host", nil
}
