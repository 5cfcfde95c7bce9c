package gate

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type checker interface {
	Check(ctx context.Context) (Report, error)
}

// found are a gate's findings as "level where: cause".
func found(t *testing.T, g checker) []string {
	t.Helper()
	r, err := Run(context.Background(), "test", g.Check)
	require.NoError(t, err)
	lines := []string{}
	for _, f := range r.Findings {
		assert.NotEmpty(t, f.Next, f.Cause)
		lines = append(lines, string(f.Level)+" "+f.Where()+": "+f.Cause)
	}
	return lines
}

// refused is why a gate could not look.
func refused(t *testing.T, g checker) string {
	t.Helper()
	r, err := Run(context.Background(), "test", g.Check)
	require.Error(t, err, "%v", r)
	return err.Error()
}

// tempTree is a checkout of these files.
func tempTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(text), 0o644))
	}
	return dir
}

func TestNothingToLookAtIsNoPass(t *testing.T) {
	_, err := Run(context.Background(), "x", func(context.Context) (Report, error) { return Report{}, nil })
	require.ErrorContains(t, err, "gate x: there is nothing to look at")
}

func TestFindingsAreInOrderOfFileAndLine(t *testing.T) {
	r, err := Run(context.Background(), "x", func(context.Context) (Report, error) {
		r := Report{Checked: []string{"b", "a", "a"}}
		r.fail("b", 2, "n", "c")
		r.warn("b", 10, "n", "c")
		r.fail("a", 0, "n", "c")
		return r, nil
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, r.Checked)
	assert.Equal(t, "a", r.Findings[0].Where())
	assert.Equal(t, "b:2", r.Findings[1].Where())
	assert.Equal(t, "b:10", r.Findings[2].Where())
	assert.Equal(t, 2, r.Failed())
}

func TestJUnitHasACaseForEachThingAndAWarningPasses(t *testing.T) {
	r := Report{Checked: []string{"a", "b", "c"}}
	r.fail("a", 3, "mend it", "<broken> & more")
	r.fail("a", 4, "mend it", "again")
	r.warn("b", 1, "look", "odd")
	var b bytes.Buffer
	require.NoError(t, JUnit(&b, "x", r, nil, 1500*time.Millisecond))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, "odooops gate x", got.Suite.Name)
	assert.Equal(t, 3, got.Suite.Tests)
	assert.Equal(t, 1, got.Suite.Failures)
	assert.Equal(t, "<broken> & more", got.Suite.Cases[0].Failures[0].Message)
	assert.Contains(t, got.Suite.Cases[0].Failures[0].Text, "a:3: <broken> & more\nnext: mend it")
	assert.Empty(t, got.Suite.Cases[1].Failures)
	assert.Contains(t, got.Suite.Cases[1].Out, "b:1: odd")
}

func TestJUnitOfAGateThatCouldNotLookIsAnError(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JUnit(&b, "x", Report{}, errors.New("nothing is there"), time.Second))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, 1, got.Suite.Errors)
	require.Len(t, got.Suite.Cases, 1)
	assert.Equal(t, "nothing is there", got.Suite.Cases[0].Error.Message)
}

func TestATreeLeavesOutOdoosOwnAndToolsFolders(t *testing.T) {
	dir := tempTree(t, map[string]string{
		"addons/odoo/web/__manifest__.py": "{}", "addons/odoo/sale/__manifest__.py": "{}", "odoo/addons/mine/a.py": "",
		"addons/ipai/x/__manifest__.py": "{}", "addons/ipai/x/models/a.py": "",
		".git/config": "", "node_modules/y/__manifest__.py": "{}",
	})
	require.NoError(t, os.Symlink(dir, filepath.Join(dir, "again")))
	tr, err := openTree(context.Background(), "x", dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"addons/ipai/x/__manifest__.py", "addons/ipai/x/models/a.py", "odoo/addons/mine/a.py"}, tr.files)
	modules, err := tr.modules()
	require.NoError(t, err)
	require.Len(t, modules, 1)
	assert.Equal(t, "x", modules[0].name)
	assert.Equal(t, tr.files[:2], modules[0].files)
}

func TestAFolderThatIsNotThereIsBadUsage(t *testing.T) {
	_, err := openTree(context.Background(), "x", filepath.Join(t.TempDir(), "absent"))
	require.ErrorContains(t, err, "is no folder that can be read")
}
