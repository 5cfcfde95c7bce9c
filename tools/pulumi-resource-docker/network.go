package main

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/odooops/odooops/tools/internal/provider"
)

// networkResource is docker:index/network:Network. Every change replaces it.
type networkResource struct{ daemon *daemon }

type networkArgs struct {
	Name        string            `json:"name"`
	Driver      string            `json:"driver"`
	Internal    bool              `json:"internal"`
	Attachable  bool              `json:"attachable"`
	Ingress     bool              `json:"ingress"`
	IPv6        bool              `json:"ipv6"`
	Labels      []label           `json:"labels"`
	Options     map[string]string `json:"options"`
	IPAMDriver  string            `json:"ipamDriver"`
	IPAMOptions map[string]string `json:"ipamOptions"`
	IPAMConfigs []struct {
		Subnet     string            `json:"subnet"`
		Gateway    string            `json:"gateway"`
		IPRange    string            `json:"ipRange"`
		AuxAddress map[string]string `json:"auxAddress"`
	} `json:"ipamConfigs"`
}

func (r networkResource) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	var args networkArgs
	if err := in.Decode(&args); err != nil {
		return "", nil, err
	}
	ipam, err := args.ipam()
	if err != nil {
		return "", nil, err
	}
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return "", nil, err
	}
	driver := args.Driver
	if driver == "" {
		driver = "bridge"
	}
	options := client.NetworkCreateOptions{
		Driver: driver, Internal: args.Internal, Attachable: args.Attachable, Ingress: args.Ingress,
		IPAM: ipam, Options: args.Options, Labels: labelMap(args.Labels),
	}
	if args.IPv6 {
		options.EnableIPv6 = &args.IPv6
	}
	made, err := c.NetworkCreate(ctx, args.Name, options)
	if err != nil {
		return "", nil, err
	}
	outputs, err := r.Read(ctx, made.ID, in)
	return made.ID, outputs, err
}

func (a networkArgs) ipam() (*network.IPAM, error) {
	if len(a.IPAMConfigs) == 0 && a.IPAMDriver == "" {
		return nil, nil
	}
	ipam := &network.IPAM{Driver: a.IPAMDriver, Options: a.IPAMOptions}
	for _, c := range a.IPAMConfigs {
		var out network.IPAMConfig
		var err error
		if c.Subnet != "" {
			if out.Subnet, err = netip.ParsePrefix(c.Subnet); err != nil {
				return nil, fmt.Errorf("ipamConfigs: subnet: %w", err)
			}
		}
		if c.IPRange != "" {
			if out.IPRange, err = netip.ParsePrefix(c.IPRange); err != nil {
				return nil, fmt.Errorf("ipamConfigs: ipRange: %w", err)
			}
		}
		if c.Gateway != "" {
			if out.Gateway, err = netip.ParseAddr(c.Gateway); err != nil {
				return nil, fmt.Errorf("ipamConfigs: gateway: %w", err)
			}
		}
		for name, address := range c.AuxAddress {
			addr, err := netip.ParseAddr(address)
			if err != nil {
				return nil, fmt.Errorf("ipamConfigs: auxAddress: %w", err)
			}
			if out.AuxAddress == nil {
				out.AuxAddress = map[string]netip.Addr{}
			}
			out.AuxAddress[name] = addr
		}
		ipam.Config = append(ipam.Config, out)
	}
	return ipam, nil
}

func (r networkResource) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return nil, err
	}
	live, err := c.NetworkInspect(ctx, id, client.NetworkInspectOptions{})
	if err != nil {
		return nil, missing(err)
	}
	n := live.Network
	out := provider.Props{"name": n.Name, "driver": n.Driver, "internal": n.Internal, "scope": n.Scope}
	if _, declared := state["ipamConfigs"]; !declared {
		var configs []any
		for _, c := range n.IPAM.Config {
			config := map[string]any{}
			if c.Subnet.IsValid() {
				config["subnet"] = c.Subnet.String()
			}
			if c.Gateway.IsValid() {
				config["gateway"] = c.Gateway.String()
			}
			configs = append(configs, config)
		}
		out["ipamConfigs"] = configs
	}
	return out, nil
}

func (r networkResource) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, nil
}

func (r networkResource) Delete(ctx context.Context, id string, _ provider.Props) error {
	c, err := r.daemon.connect(ctx)
	if err != nil {
		return err
	}
	_, err = c.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
	return missing(err)
}
