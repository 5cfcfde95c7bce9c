package stacks

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/stacks/config"
)

// Options change how a stack is declared for one operation.
type Options struct {
	// ReplaceHost lets the stack's droplet be replaced, with the user data of
	// this version. Whoever sets it has detached the volume, and names the
	// droplet to the engine.
	ReplaceHost bool
	// Values come on top of the engine's config, with namespace or without. A
	// preview gets all its config this way: nothing of it is in a file.
	Values map[string]string
}

// Program declares the stack that it runs for.
func Program(ctx *pulumi.Context) error { return New(Options{})(ctx) }

// New is Program with options.
func New(o Options) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		values := configOf(ctx)
		for name, value := range o.Values {
			values[config.Namespace+":"+strings.TrimPrefix(name, config.Namespace+":")] = value
		}
		kind, err := config.KindOf(values)
		if err != nil {
			return err
		}
		switch kind {
		case config.KindPlatform:
			return platform(ctx, values, o)
		case config.KindStaging:
			return staging(ctx, values, o)
		case config.KindPreviewHost:
			return previewHost(ctx, values, o)
		case config.KindPreview:
			return preview(ctx, values, o)
		case config.KindRestore:
			return quarantine(ctx, values, o)
		default:
			return production(ctx, values, o)
		}
	}
}

// configOf is the stack's config. The SDK hands out known keys only; so that
// an unknown one is refused too, the rest comes from where the language host
// puts the whole of it. The CLI checks the file itself before it gets here.
func configOf(ctx *pulumi.Context) map[string]string {
	values := map[string]string{}
	var all map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all) == nil {
		for name, value := range all {
			if strings.HasPrefix(name, config.Namespace+":") {
				values[name] = value
			}
		}
	}
	for _, key := range config.Keys() {
		name := config.Namespace + ":" + key
		if value, ok := ctx.GetConfig(name); ok {
			values[name] = value
		}
	}
	return values
}
