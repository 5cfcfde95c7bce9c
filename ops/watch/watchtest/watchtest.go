// Package watchtest has the scripts of package watch run on this computer, in
// whose Docker a service's container seems to be.
package watchtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/watch"
)

// Address is one of this computer's own that no other test listens on.
func Address() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
}

// Script runs on this computer.
type Script struct{ path string }

var _ watch.Script = Script{}

// Host is one whose services' containers all have the address; without one
// there is no container.
func Host(t testing.TB, address string) watch.Host {
	t.Helper()
	dir := t.TempDir()
	docker := "#!/bin/sh\nexit 1\n"
	if address != "" {
		docker = `#!/bin/sh
echo '[{"State": {"Running": true}, "NetworkSettings": {"Networks": {"platform-watch": {"IPAddress": "` + address + `"}}}}]'
`
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker"), []byte(docker), 0o755))
	return watch.Host{Script: Script{path: dir}, Stack: "platform"}
}

// Ask runs a script and reads its answer into answer, which may be nil.
func (s Script) Ask(ctx context.Context, what, source string, request, answer any, say func(string)) error {
	var out bytes.Buffer
	if err := s.Stream(ctx, what, source, request, nil, &out, say); err != nil {
		return err
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(out.Bytes(), answer)
}

// Stream runs a script.
func (s Script) Stream(ctx context.Context, _, source string, request any, _ io.Reader, out io.Writer, say func(string)) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "python3", "-c", source)
	cmd.Env = append(os.Environ(), "PATH="+s.path+":"+os.Getenv("PATH"))
	said := &lines{say: say}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(line, '\n')), out, said
	if err := cmd.Run(); err != nil {
		if said.failed != "" {
			return errors.New(said.failed)
		}
		return fmt.Errorf("%w: %s", err, said.rest)
	}
	return nil
}

// lines are what a script says on stderr.
type lines struct {
	say          func(string)
	rest, failed string
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest += string(p)
	for {
		one, rest, ok := strings.Cut(l.rest, "\n")
		if !ok {
			return len(p), nil
		}
		l.rest = rest
		if text, is := strings.CutPrefix(one, "failed: "); is {
			l.failed = text
		} else if l.say != nil {
			l.say(one)
		}
	}
}
