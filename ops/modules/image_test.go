package modules_test

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/modules"
)

// daemon stands in for docker's API: its one image has these files in the
// folder of OCA modules. It says what is left of the containers it made.
func daemon(t *testing.T, folder string) (left func() int) {
	t.Helper()
	made := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.51")
		_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case r.URL.Path == "/_ping":
		case path == "containers/create" && strings.Contains(body(r), `"Image":"absent"`):
			http.Error(w, `{"message":"No such image: absent"}`, http.StatusNotFound)
		case path == "containers/create":
			made["c1"] = true
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"Id":"c1"}`))
		case path == "containers/c1/archive" && folder == "":
			http.Error(w, `{"message":"Could not find the file in container"}`, http.StatusNotFound)
		case path == "containers/c1/archive":
			assert.Equal(t, modules.InImage, r.URL.Query().Get("path"))
			w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString([]byte(`{"name":"oca"}`)))
			_, _ = w.Write(archive(t, folder))
		case path == "containers/c1" && r.Method == http.MethodDelete:
			delete(made, "c1")
			w.WriteHeader(http.StatusNoContent)
		default:
			http.Error(w, `{"message":"not here"}`, http.StatusNotImplemented)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", "tcp://"+server.Listener.Addr().String())
	return func() int { return len(made) }
}

func body(r *http.Request) string {
	var b bytes.Buffer
	_, _ = b.ReadFrom(r.Body)
	return b.String()
}

// archive is a folder as docker hands it out.
func archive(t *testing.T, folder string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	require.NoError(t, filepath.WalkDir(folder, func(full string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(folder, full)
		require.NoError(t, err)
		name := filepath.ToSlash(filepath.Join("oca", rel))
		if d.IsDir() {
			return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
		}
		content, err := os.ReadFile(full)
		require.NoError(t, err)
		require.NoError(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o644}))
		_, err = w.Write(content)
		return err
	}))
	require.NoError(t, w.Close())
	return b.Bytes()
}

// built is what `COPY addons/external/oca/* /mnt/addons/oca/` puts into an image.
func (a *addons) built() string {
	dir := filepath.Join(a.t.TempDir(), "oca")
	for _, m := range []string{"auditlog", "sentry"} {
		require.NoError(a.t, os.CopyFS(filepath.Join(dir, m), os.DirFS(filepath.Join(a.sub(), m))))
	}
	a.write(dir, "README.md", "the repositories' own files come along")
	a.write(dir, "auditlog/__pycache__/rule.cpython-313.opt", "compiled")
	a.write(dir, "auditlog/rule.pyc", "compiled")
	return dir
}

func (a *addons) inImage(image string) []string {
	r, err := modules.Verify(ctx, a.dir, image)
	require.NoError(a.t, err)
	lines := []string{}
	for _, d := range r.Drift {
		lines = append(lines, d.File+": "+d.What)
	}
	return lines
}

func TestAnImageOfThisCommitHasNoDrift(t *testing.T) {
	a := newAddons(t)
	left := daemon(t, a.built())
	assert.Empty(t, a.inImage("odoo:pr-7"))
	assert.Zero(t, left(), "the container must be removed")
}

func TestAnImageThatDiffersIsDrift(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(a *addons, dir string)
		want string
	}{
		"a module changed": {func(a *addons, dir string) { a.write(dir, "sentry/__manifest__.py", "{}") }, "odoo:pr-7: module sentry has the content"},
		"a module missing": {func(a *addons, dir string) { require.NoError(a.t, os.RemoveAll(filepath.Join(dir, "sentry"))) }, "odoo:pr-7: module sentry is locked and not in the image"},
		"a module more":    {func(a *addons, dir string) { a.write(dir, "evil/__manifest__.py", "{}") }, "odoo:pr-7: module evil is in /mnt/addons/oca and not locked"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAddons(t)
			dir := a.built()
			test.do(a, dir)
			daemon(t, dir)
			got := a.inImage("odoo:pr-7")
			require.Len(t, got, 1)
			assert.Contains(t, got[0], test.want)
		})
	}
}

func TestAnImageThatCantBeReadIsNoPass(t *testing.T) {
	a := newAddons(t)
	left := daemon(t, "")
	_, err := modules.Verify(ctx, a.dir, "odoo:pr-7")
	require.ErrorContains(t, err, "it has no /mnt/addons/oca")
	assert.Zero(t, left(), "the container must be removed")
	_, err = modules.Verify(ctx, a.dir, "absent")
	require.ErrorContains(t, err, "next: docker pull absent")
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
	_, err = modules.Verify(ctx, a.dir, "odoo:pr-7")
	require.ErrorContains(t, err, "check that docker runs")
}
