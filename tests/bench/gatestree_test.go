package bench

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// addonsTree is an add-ons repository as a team of some size has it: 300
// modules of its own, and 200 of OCA in ten submodules. Each is
// testdata/module under a name of its own, with translations: 16 files, 75 KB.
func addonsTree(b *testing.B, odooops string) string {
	b.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
		"GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "b@example.com", "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "b@example.com",
	} {
		b.Setenv(name, value)
	}
	root := b.TempDir()
	dir := filepath.Join(root, "addons")
	commit := func(in string) {
		checkout.Output(b, in, "git", "add", "-A")
		checkout.Output(b, in, "git", "commit", "-q", "-m", "modules")
	}
	checkout.Output(b, root, "git", "init", "-q", "-b", "19.0", dir)
	for i := range 300 {
		writeModule(b, filepath.Join(dir, "addons/ipai"), fmt.Sprintf("acme_part_%03d", i))
	}
	for name, text := range map[string]string{
		"odoo.conf":     "[options]\naddons_path = /mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai\n",
		".dockerignore": "**/.git\n",
		"Dockerfile": "FROM registry.digitalocean.com/acme/odoo@sha256:" + strings.Repeat("0", 64) + "\n" +
			"COPY --chown=root:root addons/external/oca/* /mnt/addons/oca/\nCOPY --chown=root:root addons/ipai /mnt/addons/ipai\n",
	} {
		require.NoError(b, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	for i := range 10 {
		name := fmt.Sprintf("oca-%d", i)
		upstream := filepath.Join(root, name)
		checkout.Output(b, root, "git", "init", "-q", "-b", "19.0", upstream)
		for j := range 20 {
			writeModule(b, upstream, fmt.Sprintf("oca_%d_part_%02d", i, j))
		}
		commit(upstream)
		checkout.Output(b, dir, "git", "submodule", "add", "-q", "-b", "19.0", upstream, "addons/external/oca/"+name)
	}
	checkout.Output(b, dir, odooops, "modules", "lock")
	commit(dir)
	return dir
}

func writeModule(b *testing.B, folder, name string) {
	b.Helper()
	from := os.DirFS("testdata/module")
	write := func(file, text string) {
		full := filepath.Join(folder, name, file)
		require.NoError(b, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(b, os.WriteFile(full, []byte(text), 0o644))
	}
	require.NoError(b, fs.WalkDir(from, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, file)
		write(file, strings.ReplaceAll(string(text), "acme_part", name))
		return err
	}))
	for _, language := range []string{"de", "es", "fr", "it", "nl"} {
		var po strings.Builder
		fmt.Fprintf(&po, "msgid \"\"\nmsgstr \"\"\n\"Language: %s\\n\"\n", language)
		for i := range 100 {
			fmt.Fprintf(&po, "\n#. module: %[1]s\n#: model:ir.model.fields,field_description:%[1]s.field_%[2]d\nmsgid \"Field number %[2]d\"\nmsgstr \"%[3]s %[2]d\"\n", name, i, language)
		}
		write("i18n/"+language+".po", po.String())
	}
}
