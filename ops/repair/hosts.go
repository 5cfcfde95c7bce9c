package repair

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/workspace"
)

// Hosts removes what a half-made docker resource left on its host, by name.
type Hosts interface {
	// Remove says whether there was anything. host is ssh://USER@ADDRESS, kind
	// is container or network.
	Remove(ctx context.Context, host, kind, name string) (bool, error)
}

// onHost removes it: a container or network holds nothing, and its name is taken.
func (c call) onHost(ctx context.Context, kind string) (workspace.Verdict, error) {
	name := c.text("name")
	if name == "" || c.half.Host == "" || c.Hosts == nil {
		return nothing, nil
	}
	was, err := c.Hosts.Remove(ctx, c.half.Host, kind, name)
	if err != nil || !was {
		return nothing, err
	}
	return removed("%s %s", kind, name), nil
}

// SSH reaches hosts as the docker provider does: by the ssh client files of the stack.
type SSH struct{ ConfigFile string }

// Remove asks the host's Docker. A host that doesn't answer is an error: a
// container left running there would be a second Odoo.
func (s SSH) Remove(ctx context.Context, host, kind, name string) (bool, error) {
	u, err := url.Parse(host)
	if err != nil {
		return false, fmt.Errorf("docker host %q: %w", host, err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	rm := map[string]string{"container": "docker rm --force --volumes", "network": "docker network rm"}[kind]
	quoted := "'" + strings.ReplaceAll(name, "'", "") + "'"
	script := fmt.Sprintf("docker %s inspect %s >/dev/null 2>&1 || { echo absent; exit 0; }; %s %s >/dev/null", kind, quoted, rm, quoted)
	out, err := exec.CommandContext(ctx, "ssh", "-F", s.ConfigFile, u.Hostname(), script).CombinedOutput()
	if err != nil {
		return false, fmt.Errorf("remove %s %s on %s: %w: %s", kind, name, u.Hostname(), err, strings.TrimSpace(string(out)))
	}
	return !strings.Contains(string(out), "absent"), nil
}

// Records is the local cloud without machines: what would run is a record.
type Records struct{ URL string }

// Remove deletes the records of that name.
func (r Records) Remove(ctx context.Context, host, kind, name string) (bool, error) {
	u, err := url.Parse(host)
	if err != nil {
		return false, fmt.Errorf("docker host %q: %w", host, err)
	}
	base := r.URL + "/" + url.PathEscape(u.Hostname()) + "/" + kind
	var all map[string]struct {
		Inputs struct {
			Name string `json:"name"`
		} `json:"inputs"`
	}
	if err := ask(ctx, http.MethodGet, base, &all); err != nil {
		return false, err
	}
	was := false
	for id, rec := range all {
		if rec.Inputs.Name != name {
			continue
		}
		if err := ask(ctx, http.MethodDelete, base+"/"+url.PathEscape(id), nil); err != nil {
			return was, err
		}
		was = true
	}
	return was, nil
}

func ask(ctx context.Context, method, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the local cloud's docker records: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("the local cloud's docker records: %s %s: %s", method, address, res.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}
