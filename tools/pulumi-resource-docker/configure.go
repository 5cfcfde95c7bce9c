package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/odooops/odooops/tools/internal/provider"
)

const (
	typeContainer   = "docker:index/container:Container"
	typeNetwork     = "docker:index/network:Network"
	typeVolume      = "docker:index/volume:Volume"
	typeRemoteImage = "docker:index/remoteImage:RemoteImage"
)

// config is the provider's configuration.
type config struct {
	Host         string
	SSHOpts      []string
	RegistryAuth []registryAuth
}

type registryAuth struct {
	Address  string `json:"address"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// configure chooses between a daemon and the records of a local cloud whose
// machines are not booted.
func configure(getenv func(string) string) func(context.Context, provider.Props) (provider.Types, error) {
	return func(_ context.Context, props provider.Props) (provider.Types, error) {
		c, err := readConfig(props, getenv)
		if err != nil {
			return provider.Types{}, err
		}
		records := getenv("ODOOOPS_LOCAL_RECORDS")
		if records != "" && getenv("ODOOOPS_LOCAL_MACHINES") == "none" {
			return recordedTypes(records, c.Host)
		}
		d := &daemon{config: c}
		return provider.Types{Resources: map[string]provider.Resource{
			typeContainer:   containerResource{d},
			typeNetwork:     networkResource{d},
			typeVolume:      volumeResource{d},
			typeRemoteImage: imageResource{d},
		}}, nil
	}
}

func readConfig(props provider.Props, getenv func(string) string) (config, error) {
	c := config{Host: props.String("host")}
	if c.Host == "" {
		c.Host = getenv("DOCKER_HOST")
	}
	if err := list(props["sshOpts"], &c.SSHOpts); err != nil {
		return config{}, fmt.Errorf("docker:sshOpts: %w", err)
	}
	if err := list(props["registryAuth"], &c.RegistryAuth); err != nil {
		return config{}, fmt.Errorf("docker:registryAuth: %w", err)
	}
	return c, nil
}

// list reads a list that comes as it is, or as JSON in a string: SDKs differ.
func list(v any, into any) error {
	if v == nil {
		return nil
	}
	if text, ok := v.(string); ok {
		return json.Unmarshal([]byte(text), into)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
