package main

import (
	"context"
	"fmt"
	"io"

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
	for _, stack := range a.project.Stacks() {
		st, exists, err := a.state(ctx, stack)
		if err != nil || !exists {
			continue // what can't be read has no address yet
		}
		if name, _ := st.Outputs()["hostname"].(string); name != "" {
			links = append(links, link{What: stack, URL: d.Place.FrontURL(name) + "/web/login"})
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
