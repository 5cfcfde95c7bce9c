package previewhost

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/fault"
)

//go:embed files
var files embed.FS

// SSH is the host behind the bastion. The first question opens the connection.
type SSH struct {
	Access sshaccess.Access

	mu     sync.Mutex
	client *ssh.Client
}

var _ Host = (*SSH)(nil)

// Connect opens the connection ahead of the first question; its time is better
// spent while the engine starts.
func (s *SSH) Connect(ctx context.Context) error {
	_, err := s.connect(ctx)
	return err
}

func (s *SSH) connect(ctx context.Context) (*ssh.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	client, err := sshaccess.Dial(ctx, s.Access)
	if err != nil {
		return nil, fault.New("reach the preview host", "run odooops status; when the host is gone, odooops up preview-host", err)
	}
	s.client = client
	return client, nil
}

// session opens one on the connection, and once more on a new connection when
// the old one broke: an update of minutes lies between two questions.
func (s *SSH) session(ctx context.Context) (*ssh.Client, *ssh.Session, error) {
	for attempt := 0; ; attempt++ {
		client, err := s.connect(ctx)
		if err != nil {
			return nil, nil, err
		}
		session, err := client.NewSession()
		if err == nil {
			return client, session, nil
		}
		s.drop(client)
		if attempt > 0 {
			return nil, nil, fault.New("reach the preview host", "run odooops status", err)
		}
	}
}

// drop forgets a connection that is broken.
func (s *SSH) drop(client *ssh.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = client.Close()
	if s.client == client {
		s.client = nil
	}
}

// Close ends the connection.
func (s *SSH) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		return nil
	}
	err := s.client.Close()
	s.client = nil
	return err
}

type question struct {
	Verb    string `json:"verb"`
	Request any    `json:"request"`
}

// ask runs one script on the host. The script is the command and the question
// its stdin: the process list shows the script alone, which holds no secret.
func (s *SSH) ask(ctx context.Context, script string, q question, say func(string)) (map[string]json.RawMessage, error) {
	source, err := source(script)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	client, session, err := s.session(ctx)
	if err != nil {
		return nil, err
	}
	out, err := run(ctx, client, session, "sudo -n python3 -c "+quote(source), body, say)
	if err != nil {
		return nil, fault.New(q.Verb+" on the preview host", "", err)
	}
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("%s on the preview host: unexpected answer %.200q", q.Verb, out)
	}
	return answer, nil
}

// source is a script with what all of them begin with.
func source(name string) (string, error) {
	common, err := files.ReadFile("files/common.py")
	if err != nil {
		return "", err
	}
	own, err := files.ReadFile("files/" + name + ".py")
	return string(common) + "\n\n" + string(own), err
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// run runs a command with stdin; each line of its stderr is said as it comes,
// and the last of them is the error of a command that failed.
func run(ctx context.Context, client *ssh.Client, session *ssh.Session, cmd string, stdin []byte, say func(string)) ([]byte, error) {
	defer session.Close()
	// A dead connection answers nothing, not even a close: only dropping the
	// whole client unblocks the session.
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()

	var stdout bytes.Buffer
	session.Stdin, session.Stdout = bytes.NewReader(stdin), &stdout
	stderr, err := session.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := session.Start(cmd); err != nil {
		return nil, err
	}
	failed, last := follow(stderr, say)
	if err := session.Wait(); err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case failed != "":
			return nil, errors.New(failed)
		case last != "":
			return nil, fmt.Errorf("%w: %s", err, last)
		}
		return nil, err
	}
	return stdout.Bytes(), nil
}

// follow reads the progress to its end. What begins with "failed: " is the
// error, with all the lines that follow it.
func follow(r io.Reader, say func(string)) (failed, last string) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		rest, is := strings.CutPrefix(line, "failed: ")
		switch {
		case failed != "":
			failed += "\n" + line
		case is:
			failed = rest
		case say != nil:
			say(line)
		}
		last = line
	}
	return failed, last
}

// Admit reserves a place.
func (s *SSH) Admit(ctx context.Context, r Request) (Admission, error) {
	answer, err := s.ask(ctx, "registry", question{"admit", r}, nil)
	if err != nil {
		return Admission{}, err
	}
	if raw, refused := answer["refused"]; refused {
		refusal, err := decode[Refusal](raw)
		if err != nil {
			return Admission{}, err
		}
		return Admission{}, &refusal
	}
	return decode[Admission](answer["admission"])
}

// Settle forgets the other templates.
func (s *SSH) Settle(ctx context.Context, stack, template string) error {
	_, err := s.ask(ctx, "registry", question{"settle", map[string]string{"stack": stack, "template": template}}, nil)
	return err
}

// Release gives the place back.
func (s *SSH) Release(ctx context.Context, stack string) error {
	_, err := s.ask(ctx, "registry", question{"release", map[string]string{"stack": stack}}, nil)
	return err
}

// Templates lists them.
func (s *SSH) Templates(ctx context.Context) ([]Template, error) {
	answer, err := s.ask(ctx, "registry", question{"templates", nil}, nil)
	if err != nil {
		return nil, err
	}
	return decode[[]Template](answer["templates"])
}

// Publish makes one.
func (s *SSH) Publish(ctx context.Context, p Publication, say func(string)) (Published, error) {
	answer, err := s.ask(ctx, "publish", question{"publish", p}, say)
	if err != nil {
		return Published{}, err
	}
	return decode[Published](answer["published"])
}

// Inventory counts what is there.
func (s *SSH) Inventory(ctx context.Context) (Inventory, error) {
	answer, err := s.ask(ctx, "inventory", question{"inventory", nil}, nil)
	if err != nil {
		return Inventory{}, err
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return Inventory{}, err
	}
	return decode[Inventory](raw)
}

// Remove takes objects away.
func (s *SSH) Remove(ctx context.Context, backend string, objects []Object) error {
	_, err := s.ask(ctx, "inventory", question{"remove", map[string]any{"backend": backend, "objects": objects}}, nil)
	return err
}

// Logs reads them.
func (s *SSH) Logs(ctx context.Context, stack string) (string, error) {
	answer, err := s.ask(ctx, "inventory", question{"logs", map[string]string{"stack": stack}}, nil)
	if err != nil {
		return "", err
	}
	return decode[string](answer["logs"])
}
