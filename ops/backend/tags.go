package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"

	"github.com/odooops/odooops/ops/fault"
)

// The engine keeps a stack's tags in a small file beside its state. A start of
// the CLI for each tag would cost a preview a second, and a sweep of fifty
// previews ten; so that file is read and written here, as the engine does.

type tagsFile struct {
	Version int               `json:"version"`
	Tags    map[string]string `json:"tags"`
}

// tagsVersion is the engine's format that this code knows.
const tagsVersion = 1

func tagsName(stack string) string { return stacksDir + stack + ".pulumi-tags" }

// Tags of a stack; without any it is an empty map.
func (b *Backend) Tags(ctx context.Context, stack string) (map[string]string, error) {
	text, err := b.files.read(ctx, tagsName(stack))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tags of %s: %w", stack, err)
	}
	var f tagsFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fault.New("read the tags of "+stack, "look at "+tagsName(stack)+" in "+b.URL, err)
	}
	if f.Version != tagsVersion {
		return nil, fault.Newf("read the tags of "+stack, "use the pulumi of make tools", "their file is of version %d, not %d", f.Version, tagsVersion)
	}
	if f.Tags == nil {
		f.Tags = map[string]string{}
	}
	return f.Tags, nil
}

// SetTags sets some and keeps the others; an empty value removes a tag.
func (b *Backend) SetTags(ctx context.Context, stack string, tags map[string]string) error {
	all, err := b.Tags(ctx, stack)
	if err != nil {
		return err
	}
	before := maps.Clone(all)
	maps.Copy(all, tags)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	if maps.Equal(before, all) {
		return nil
	}
	text, err := json.Marshal(tagsFile{Version: tagsVersion, Tags: all})
	if err != nil {
		return err
	}
	if err := b.files.write(ctx, tagsName(stack), text); err != nil {
		return fmt.Errorf("set the tags of %s: %w", stack, err)
	}
	return nil
}
