package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// program writes a Go program that ends with the given status.
func program(t *testing.T, status int) *rpc.RunRequest {
	t.Setenv("ODOOOPS_CACHE", t.TempDir())
	dir := t.TempDir()
	source := "package main\n\nimport \"os\"\n\nfunc main() {\n\tif os.Getenv(\"PULUMI_STACK\") == \"s\" {\n\t\tos.Exit(" + strconv.Itoa(status) + ")\n\t}\n}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module p\n\ngo 1.24\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600))
	return &rpc.RunRequest{Stack: "s", Pwd: dir, Info: &rpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."}}
}

func TestAProgramThatHasSaidWhatWentWrongBails(t *testing.T) {
	resp, err := (&host{}).Run(context.Background(), program(t, exitBail))
	require.NoError(t, err)
	require.True(t, resp.GetBail())
	require.Empty(t, resp.GetError())
}

func TestAProgramThatCrashesIsAnError(t *testing.T) {
	resp, err := (&host{}).Run(context.Background(), program(t, 2))
	require.NoError(t, err)
	require.False(t, resp.GetBail())
	require.Contains(t, resp.GetError(), "exit status 2")
}

func TestAProgramThatDoesNotCompileShowsTheCompilersWords(t *testing.T) {
	req := program(t, 0)
	require.NoError(t, os.WriteFile(filepath.Join(req.GetPwd(), "broken.go"), []byte("package main\n\nvar x int = \"\"\n"), 0o600))
	resp, err := (&host{}).Run(context.Background(), req)
	require.NoError(t, err)
	require.Contains(t, resp.GetError(), "broken.go")
}
