package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/odooops/odooops/stacks/config"
	"github.com/odooops/odooops/tests/checkout"
)

// ports gives each test's cloud ports of its own.
var ports atomic.Int32

// cloud is a checkout with its tools and a running local cloud.
type cloud struct{ *checkout.Checkout }

func newCloud(t *testing.T) cloud {
	t.Helper()
	// Each has a cloud, a checkout and ports of its own, and often waits.
	t.Parallel()
	place := fmt.Sprintf("--instance engine --ports %d", 19000+10*ports.Add(1))
	c := cloud{checkout.New(t, place)}
	c.Vars = append(c.Vars, "MACHINES=none")
	c.Must(t, "scripts/tools/install")
	c.Must(t, "scripts/build")
	return c
}

// withProduction is a cloud with a platform and a production.
func withProduction(t *testing.T) cloud {
	t.Helper()
	c := newCloud(t)
	c.start(t)
	c.images(t)
	c.Must(t, "bin/odooops", "init")
	c.Must(t, "bin/odooops", "up", "platform")
	c.Must(t, "bin/odooops", upProduction()...)
	return c
}

// images sets those of every stack.
func (c cloud) images(t *testing.T) {
	t.Helper()
	args := map[string]string{}
	for _, kind := range config.Kinds {
		for _, name := range config.ImagesOf(kind) {
			args[name] = name + "=" + digest(name, '0')
		}
	}
	delete(args, "grafana") // as where no registry has it
	c.Must(t, "bin/odooops", append([]string{"images"}, slices.Collect(maps.Values(args))...)...)
}

// upProduction are the arguments of production's first up.
func upProduction() []string {
	args := []string{"up", "production"}
	for _, name := range []string{"odoo", "postgres", "traefik"} {
		args = append(args, "--image", name+"="+digest(name, '0'))
	}
	return args
}

// digest is an image reference; nothing is pulled where nothing boots.
func digest(name string, digit byte) string {
	return "registry.digitalocean.com/odooops/" + name + "@sha256:" + strings.Repeat(string(digit), 64)
}

// start starts the local cloud, and nothing on it.
func (c cloud) start(t *testing.T) {
	t.Helper()
	c.Must(t, "bin/odooops", append([]string{"local", "start", "--machines", "none"}, c.flags()...)...)
}

// up is `make up` without machines.
func (c cloud) up(t *testing.T) {
	t.Helper()
	c.Must(t, "scripts/up")
}

// config changes a stack's file; a nil value removes the key.
func (c cloud) config(t *testing.T, stack string, changes map[string]any) {
	t.Helper()
	file := filepath.Join(c.Dir, "Pulumi."+stack+".yaml")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, yaml.Unmarshal(content, &doc))
	values, _ := doc["config"].(map[string]any)
	for key, value := range changes {
		if value == nil {
			delete(values, key)
			continue
		}
		values[key] = value
	}
	content, err = yaml.Marshal(doc)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, content, 0o600))
}

// plan is what `odooops preview` shows, by operation: "update Firewall host".
func (c cloud) plan(t *testing.T, stack string) []string {
	t.Helper()
	var r struct {
		Plan struct {
			Steps []struct{ Op, Type, Name string }
		}
	}
	c.JSON(t, &r, "preview", stack)
	steps := []string{}
	for _, s := range r.Plan.Steps {
		steps = append(steps, s.Op+" "+s.Type[strings.LastIndex(s.Type, ":")+1:]+" "+s.Name)
	}
	return steps
}

// noChange asks the plain CLI, as a user of Pulumi would.
func (c cloud) noChange(t *testing.T, stack string) {
	t.Helper()
	r := c.Pulumi(t, "preview", "-s", stack, "--expect-no-changes", "--diff")
	require.Zero(t, r.Code, "preview of %s shows changes:\n%s", stack, r.All())
}

// records counts what the local cloud holds, by type; what every account has
// (its default project) is not counted.
func (c cloud) records(t *testing.T) map[string]int {
	t.Helper()
	res, err := http.Get(c.Env(t, "DIGITALOCEAN_API_URL") + "/_local/summary")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var summary struct{ Counts map[string]int }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&summary))
	require.NotEmpty(t, summary.Counts)
	return summary.Counts
}

// state is the stack as the plain CLI exports it, secrets encrypted.
func (c cloud) state(t *testing.T, stack string) string {
	t.Helper()
	r := c.Pulumi(t, "stack", "export", "-s", stack)
	require.Zero(t, r.Code, r.All())
	return r.Stdout
}

// failJob writes into the state that a job ended with an error: on records
// every job succeeds.
func (c cloud) failJob(t *testing.T, stack, name string) {
	t.Helper()
	var state struct {
		Version    int            `json:"version"`
		Deployment map[string]any `json:"deployment"`
	}
	checkout.Decode(t, c.state(t, stack), &state)
	failed := 0
	for _, r := range state.Deployment["resources"].([]any) {
		resource := r.(map[string]any)
		if strings.HasSuffix(resource["urn"].(string), "docker:index/container:Container::"+name) {
			resource["outputs"].(map[string]any)["exitCode"] = 1
			failed++
		}
	}
	require.Equal(t, 1, failed, "containers called %s", name)
	content, err := json.Marshal(state)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	r := c.Pulumi(t, "stack", "import", "-s", stack, "--file", file)
	require.Zero(t, r.Code, r.All())
}

// flags place the cloud, as scripts/up passes them on.
func (c cloud) flags() []string {
	for _, kv := range c.Vars {
		if place, ok := strings.CutPrefix(kv, "LOCAL_FLAGS="); ok {
			return strings.Fields(place)
		}
	}
	return nil
}

// outputs are what the plain CLI shows of a stack.
func (c cloud) outputs(t *testing.T, stack string) map[string]any {
	t.Helper()
	r := c.Pulumi(t, "stack", "output", "-s", stack, "--json")
	require.Zero(t, r.Code, r.All())
	var out map[string]any
	checkout.Decode(t, r.Stdout, &out)
	return out
}

// otherBaseImage is a change of code that needs other machines: the next
// Debian under every droplet.
func (c cloud) otherBaseImage(t *testing.T) {
	t.Helper()
	file := filepath.Join(c.Dir, "components/host/machine.go")
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := strings.ReplaceAll(string(source), "debian-13-x64", "ubuntu-24-04-x64")
	require.NotEqual(t, string(source), changed)
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	c.Must(t, "scripts/build")
}
