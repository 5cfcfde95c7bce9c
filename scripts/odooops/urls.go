package main

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"github.com/odooops/odooops/ops/local"
)

// link is an address for a browser.
type link struct {
	What string `json:"what"`
	URL  string `json:"url"`
}

// links are what a browser on this computer can open: the overview, and what
// runs on the machines, through the local cloud's front.
func (a *app) links(ctx context.Context, d *local.Daemon) []link {
	if d == nil {
		return nil
	}
	links := []link{{What: "overview of the local cloud", URL: d.Place.FrontURL("odooops.localhost") + "/"}}
	if d.Machines == "none" {
		return links
	}
	stacks, err := a.statusStacks(ctx)
	if err != nil {
		return links
	}
	for _, stack := range stacks {
		out, ok, err := a.odoo(ctx, stack)
		if err != nil || !ok {
			continue // what can't be read has no address yet
		}
		links = append(links, link{What: stack, URL: d.Place.FrontURL(out.Hostname) + "/web/login"})
		if mail, err := url.Parse(out.MailURL); err == nil && mail.Hostname() != "" {
			links = append(links, link{What: stack + ", mail", URL: d.Place.FrontURL(mail.Hostname()) + "/"})
		}
	}
	return links
}

func printLocal(w io.Writer, d *local.Daemon, links []link) {
	if d == nil {
		fmt.Fprintln(w, "local cloud: not running; run odooops local start")
		return
	}
	fmt.Fprintf(w, "local cloud: running (pid %d), machines %s\n", d.PID, d.Machines)
	rows := make([][]string, 0, len(links))
	for _, l := range links {
		rows = append(rows, []string{l.What, l.URL})
	}
	table(w, []string{"what", "url"}, rows)
}
