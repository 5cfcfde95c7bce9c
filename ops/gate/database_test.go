package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scripted is a host that is this computer, with a docker of its own.
type scripted struct{ path string }

func (h scripted) Ask(ctx context.Context, _, source string, request, answer any, _ func(string)) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "python3", "-c", source)
	cmd.Env = append(os.Environ(), "PATH="+h.path+":"+os.Getenv("PATH"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(line, '\n')), &out, &errs
	if err := cmd.Run(); err != nil {
		return errors.New(errs.String())
	}
	return json.Unmarshal(out.Bytes(), answer)
}

func docker(t *testing.T, script string) scripted {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\n"+script), 0o755))
	return scripted{dir}
}

func TestAStacksDatabaseIsAskedInItsContainerAndReadOnly(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen")
	host := docker(t, `{ echo "$@"; cat; } >`+seen+`; echo '[{"tables": 6000, "sequences": 5000}]'`)
	all := found(t, DBObjects{Database: OnHost("production", "production-postgres", host)})
	assert.Equal(t, []string{"fail stack production: 6000 tables and 5000 sequences are 11000 objects, over 10000"}, all)
	text, err := os.ReadFile(seen)
	require.NoError(t, err)
	assert.Regexp(t, `^exec .*--user postgres .*default_transaction_read_only=on production-postgres psql `, string(text))
	assert.Contains(t, string(text), "SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (SELECT count(*)")
}

func TestAStacksDatabaseThatFailsIsNoPass(t *testing.T) {
	host := docker(t, "echo 'no such container' >&2; exit 1")
	assert.Contains(t, refused(t, DBObjects{Database: OnHost("production", "production-postgres", host)}), "no such container")
}
