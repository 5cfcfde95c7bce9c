package localcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/odooops/odooops/localcloud/records"
)

// Env is what a provider, plugin or tool needs to use this cloud.
func (c *Cloud) Env() map[string]string {
	var account records.Account
	c.store.View(func(s *records.State) { account = s.Account })
	machines := "none"
	if c.config.Machines != nil {
		machines = "docker"
	}
	return map[string]string{
		"DIGITALOCEAN_API_URL":     "http://" + c.addresses["API"],
		"DIGITALOCEAN_TOKEN":       account.Token,
		"SPACES_ENDPOINT_URL":      "http://" + c.addresses["Spaces"],
		"SPACES_ACCESS_KEY_ID":     account.SpacesAccessKey,
		"SPACES_SECRET_ACCESS_KEY": account.SpacesSecretKey,
		"ODOOOPS_LOCAL_MACHINES":   machines,
		"ODOOOPS_LOCAL_REGISTRY":   c.addresses["Registry"],
		"ODOOOPS_LOCAL_FRONT":      "http://" + c.addresses["Front"],
		"ODOOOPS_LOCAL_RECORDS":    "http://" + c.addresses["API"] + "/_local/docker",
	}
}

// Addresses says where each server listens, by the name of its Config field.
func (c *Cloud) Addresses() map[string]string {
	out := map[string]string{}
	for name, address := range c.addresses {
		out[name] = address
	}
	return out
}

func envFile(dir string) string { return filepath.Join(dir, "env.json") }

// writeEnv leaves Env for other processes.
func (c *Cloud) writeEnv(context.Context) error {
	b, err := json.MarshalIndent(c.Env(), "", "  ")
	if err != nil {
		return err
	}
	return records.WriteFile(envFile(c.config.Dir), b, 0o600)
}

// ReadEnv is the Env of the cloud that runs, or last ran, in dir.
func ReadEnv(dir string) (map[string]string, error) {
	b, err := os.ReadFile(envFile(dir))
	if err != nil {
		return nil, fmt.Errorf("no local cloud was started in %s: %w; run `odooops local start`", dir, err)
	}
	env := map[string]string{}
	if err := json.Unmarshal(b, &env); err != nil {
		return nil, fmt.Errorf("read %s: %w", envFile(dir), err)
	}
	return env, nil
}
