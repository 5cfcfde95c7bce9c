package main

import (
	"context"
	"fmt"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

func (l lookup) regions(ctx context.Context, args provider.Props) (provider.Props, error) {
	regions, err := all(ctx, l.client.Regions.List)
	if err != nil {
		return nil, err
	}
	var found []provider.Props
	for _, r := range regions {
		found = append(found, regionFound(r))
	}
	return listed("regions", found, args)
}

func (l lookup) region(ctx context.Context, args provider.Props) (provider.Props, error) {
	regions, err := all(ctx, l.client.Regions.List)
	if err != nil {
		return nil, err
	}
	for _, r := range regions {
		if r.Slug == args.String("slug") {
			out := regionFound(r)
			out["id"] = r.Slug
			return out, nil
		}
	}
	return nil, fmt.Errorf("no region %q", args.String("slug"))
}

func regionFound(r godo.Region) provider.Props {
	return provider.Props{
		"slug": r.Slug, "name": r.Name, "available": r.Available, "sizes": strs(r.Sizes), "features": strs(r.Features),
	}
}

func (l lookup) sizes(ctx context.Context, args provider.Props) (provider.Props, error) {
	sizes, err := all(ctx, l.client.Sizes.List)
	if err != nil {
		return nil, err
	}
	var found []provider.Props
	for _, s := range sizes {
		found = append(found, provider.Props{
			"slug": s.Slug, "available": s.Available, "disk": float64(s.Disk), "memory": float64(s.Memory),
			"vcpus": float64(s.Vcpus), "transfer": s.Transfer, "regions": strs(s.Regions),
			"priceHourly": s.PriceHourly, "priceMonthly": s.PriceMonthly,
		})
	}
	return listed("sizes", found, args)
}

func (l lookup) sshKey(ctx context.Context, args provider.Props) (provider.Props, error) {
	keys, err := all(ctx, l.client.Keys.List)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.Name == args.String("name") {
			return keyFound(k), nil
		}
	}
	return nil, fmt.Errorf("no SSH key named %q", args.String("name"))
}

func (l lookup) sshKeys(ctx context.Context, args provider.Props) (provider.Props, error) {
	keys, err := all(ctx, l.client.Keys.List)
	if err != nil {
		return nil, err
	}
	var found []provider.Props
	for _, k := range keys {
		found = append(found, keyFound(k))
	}
	return listed("sshKeys", found, args)
}

func keyFound(k godo.Key) provider.Props {
	return provider.Props{
		"id": float64(k.ID), "name": k.Name, "fingerprint": k.Fingerprint, "publicKey": k.PublicKey,
	}
}

// listed applies exact filters and returns the list under its key. Sorting
// and other ways to match are refused, not ignored.
func listed(key string, found []provider.Props, args provider.Props) (provider.Props, error) {
	if _, set := args["sorts"]; set {
		return nil, fmt.Errorf("the offline plugin can't sort")
	}
	items := []any{}
	for _, item := range found {
		keep := true
		for _, f := range args.Objects("filters") {
			if by := f.String("matchBy"); by != "" && by != "exact" {
				return nil, fmt.Errorf("the offline plugin filters by exact match only, not %q", by)
			}
			keep = keep && matches(item[snakeToCamel(f.String("key"))], f.Strings("values"))
		}
		if keep {
			items = append(items, map[string]any(item))
		}
	}
	return provider.Props{"id": key, key: items}, nil
}

// matches says whether a value, or one of a list, is among those wanted.
func matches(value any, wanted []string) bool {
	if list, ok := value.([]any); ok {
		for _, e := range list {
			if matches(e, wanted) {
				return true
			}
		}
		return false
	}
	return contains(wanted, fmt.Sprint(value))
}

// snakeToCamel: filters name attributes as the API does.
func snakeToCamel(s string) string {
	out, up := []rune{}, false
	for _, r := range s {
		switch {
		case r == '_':
			up = true
		case up:
			out, up = append(out, r-'a'+'A'), false
		default:
			out = append(out, r)
		}
	}
	return string(out)
}
