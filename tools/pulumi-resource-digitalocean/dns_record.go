package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// dnsRecord is digitalocean:index/dnsRecord:DnsRecord.
type dnsRecord struct{ client *godo.Client }

// dotted are the types whose value is a host name that is sent with a
// trailing dot and comes back without one.
var dotted = []string{"CNAME", "MX", "NS", "SRV", "CAA"}

func recordRequest(in provider.Props) *godo.DomainRecordEditRequest {
	return &godo.DomainRecordEditRequest{
		Type: in.String("type"), Name: in.String("name"), Data: in.String("value"), TTL: in.Int("ttl"),
		Priority: in.Int("priority"), Port: in.Int("port"), Weight: in.Int("weight"), Flags: in.Int("flags"),
		Tag: in.String("tag"),
	}
}

func (r dnsRecord) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	made, _, err := r.client.Domains.CreateRecord(ctx, in.String("domain"), recordRequest(in))
	if err != nil {
		return "", nil, err
	}
	id := strconv.Itoa(made.ID)
	out, err := r.Read(ctx, id, in)
	return id, out, err
}

func (r dnsRecord) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	n, err := number("record", id)
	if err != nil {
		return nil, err
	}
	zone := state.String("domain")
	rec, _, err := r.client.Domains.Record(ctx, zone, n)
	if err != nil {
		return nil, gone(err)
	}
	out := provider.Props{
		"type": rec.Type, "name": rec.Name, "value": rec.Data, "ttl": float64(rec.TTL),
		"priority": float64(rec.Priority), "port": float64(rec.Port), "weight": float64(rec.Weight),
		"flags": float64(rec.Flags), "fqdn": fqdn(rec.Name, zone),
	}
	if rec.Tag != "" {
		out["tag"] = rec.Tag
	}
	if slices.Contains(dotted, rec.Type) && strings.HasSuffix(state.String("value"), ".") && rec.Data != "@" {
		out["value"] = strings.TrimSuffix(rec.Data, ".") + "."
	}
	return out, nil
}

func fqdn(name, zone string) string {
	switch {
	case name == "@":
		return zone
	case strings.HasSuffix(name, "."+zone):
		return name
	}
	return name + "." + zone
}

func (r dnsRecord) Update(ctx context.Context, id string, _, in provider.Props) (provider.Props, error) {
	n, err := number("record", id)
	if err != nil {
		return nil, err
	}
	req := recordRequest(in)
	req.Type = "" // it can't change, and the API wants it left out
	if _, _, err := r.client.Domains.EditRecord(ctx, in.String("domain"), n, req); err != nil {
		return nil, err
	}
	return r.Read(ctx, id, in)
}

func (r dnsRecord) Delete(ctx context.Context, id string, state provider.Props) error {
	n, err := number("record", id)
	if err != nil {
		return err
	}
	_, err = r.client.Domains.DeleteRecord(ctx, state.String("domain"), n)
	return gone(err)
}
