package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/odooops/odooops/tools/internal/provider"
)

// recorded keeps a resource as a record of the local cloud instead of running
// it: with `machines: none` there is no daemon. Its life is the same, down to
// a container that somebody stopped.
type recorded struct {
	store   *records
	kind    string
	outputs func(id string, in provider.Props) provider.Props
	id      func(in provider.Props) string
}

// record is what the store keeps. Uploads are kept by digest: they hold secrets.
type record struct {
	Inputs  provider.Props `json:"inputs"`
	Running bool           `json:"running"`
}

func recordedTypes(base, host string) (provider.Types, error) {
	u, err := url.Parse(host)
	if err != nil {
		return provider.Types{}, fmt.Errorf("docker:host %q: %w", host, err)
	}
	name := u.Hostname()
	if name == "" {
		name = "localhost"
	}
	store := &records{base: base + "/" + url.PathEscape(name)}
	return provider.Types{Resources: map[string]provider.Resource{
		typeContainer: recorded{store, "container", func(_ string, in provider.Props) provider.Props {
			return provider.Props{"exitCode": 0.0, "containerLogs": "", "networkDatas": []any{}}
		}, randomID},
		typeNetwork: recorded{store, "network", func(string, provider.Props) provider.Props {
			return provider.Props{"driver": "bridge", "scope": "local"}
		}, randomID},
		typeVolume: recorded{store, "volume", func(id string, _ provider.Props) provider.Props {
			return provider.Props{"driver": "local", "mountpoint": "/var/lib/docker/volumes/" + id + "/_data"}
		}, func(in provider.Props) string { return in.String("name") }},
		typeRemoteImage: pulled{},
	}}, nil
}

func (r recorded) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	id := r.id(in)
	err := r.store.put(ctx, r.kind, id, record{Inputs: withoutSecrets(in), Running: runs(in)})
	if err != nil {
		return "", nil, err
	}
	return id, r.computed(id, in), nil
}

// runs says whether a container with these inputs is up once it is declared;
// a one-shot is over by then.
func runs(in provider.Props) bool {
	return in.Bool("start", true) && in.Bool("mustRun", true)
}

func (r recorded) computed(id string, in provider.Props) provider.Props {
	out := provider.Props{}
	for key, v := range r.outputs(id, in) {
		if _, set := in[key]; !set {
			out[key] = v
		}
	}
	return out
}

func (r recorded) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	rec, err := r.store.get(ctx, r.kind, id)
	if err != nil {
		return nil, err
	}
	if r.kind == "container" && runs(state) && !rec.Running {
		if err := r.store.delete(ctx, r.kind, id); err != nil {
			return nil, err
		}
		return nil, provider.ErrGone
	}
	return nil, nil
}

func (r recorded) Update(ctx context.Context, id string, state, in provider.Props) (provider.Props, error) {
	rec, err := r.store.get(ctx, r.kind, id)
	if err != nil {
		return nil, err
	}
	rec.Inputs = withoutSecrets(in)
	if err := r.store.put(ctx, r.kind, id, rec); err != nil {
		return nil, err
	}
	kept := provider.Props{}
	for key := range r.computed(id, in) {
		kept[key] = state[key]
	}
	return kept, nil
}

func (r recorded) Delete(ctx context.Context, id string, _ provider.Props) error {
	return r.store.delete(ctx, r.kind, id)
}

func withoutSecrets(in provider.Props) provider.Props {
	out := provider.Props{}
	for key, v := range in {
		out[key] = v
	}
	files, _ := in["uploads"].([]any)
	var safe []any
	for _, f := range files {
		file, _ := f.(map[string]any)
		safe = append(safe, map[string]any{
			"file":   file["file"],
			"sha256": digest(fmt.Sprint(file["content"], file["contentBase64"])),
		})
	}
	if safe != nil {
		out["uploads"] = safe
	}
	return out
}

func randomID(provider.Props) string {
	var b [32]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// pulled is an image that every host has: stacks share it, and none takes it
// away.
type pulled struct{}

func (pulled) Create(_ context.Context, in provider.Props) (string, provider.Props, error) {
	image := "sha256:" + digest(in.String("name"))
	return image + in.String("name"), provider.Props{"imageId": image, "repoDigest": in.String("name")}, nil
}

func (pulled) Read(context.Context, string, provider.Props) (provider.Props, error) { return nil, nil }

func (pulled) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, nil
}

func (pulled) Delete(context.Context, string, provider.Props) error { return nil }
