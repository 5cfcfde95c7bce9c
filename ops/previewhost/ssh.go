package previewhost

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"io"
	"sync"

	"github.com/odooops/odooops/components/sshaccess"
	"github.com/odooops/odooops/ops/hostscript"
)

//go:embed files
var files embed.FS

// SSH is the host behind the bastion. The first question opens the connection.
type SSH struct {
	Access sshaccess.Access

	once sync.Once
	host *hostscript.Host
}

var _ Host = (*SSH)(nil)

func (s *SSH) scripts() *hostscript.Host {
	s.once.Do(func() { s.host = &hostscript.Host{Access: s.Access, Name: "the preview host"} })
	return s.host
}

// Connect opens the connection ahead of the first question; its time is better
// spent while the engine starts.
func (s *SSH) Connect(ctx context.Context) error { return s.scripts().Connect(ctx) }

// Close ends the connection.
func (s *SSH) Close() error { return s.scripts().Close() }

type question struct {
	Verb    string `json:"verb"`
	Request any    `json:"request"`
}

// ask runs one script on the host.
func (s *SSH) ask(ctx context.Context, script string, q question, say func(string)) (map[string]json.RawMessage, error) {
	source, err := source(script)
	if err != nil {
		return nil, err
	}
	var answer map[string]json.RawMessage
	return answer, s.scripts().Ask(ctx, q.Verb, source, q, &answer, say)
}

// source is a script with all that it begins with.
func source(name string) (string, error) {
	names := []string{"common", name}
	if name == "publish" || name == "receive" {
		names = []string{"common", "making", name}
	}
	var parts []string
	for _, part := range names {
		text, err := files.ReadFile("files/" + part + ".py")
		if err != nil {
			return "", err
		}
		parts = append(parts, string(text))
	}
	return hostscript.Source(parts...), nil
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

// Extend writes down a later end.
func (s *SSH) Extend(ctx context.Context, stack, expiresAt string) error {
	_, err := s.ask(ctx, "registry", question{"extend", map[string]string{"stack": stack, "expiresAt": expiresAt}}, nil)
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

// Receive makes one of what comes.
func (s *SSH) Receive(ctx context.Context, a Arrival, tarZstd io.Reader, say func(string)) (Published, error) {
	source, err := source("receive")
	if err != nil {
		return Published{}, err
	}
	var out bytes.Buffer
	if err := s.scripts().Stream(ctx, "receive a template", source, question{"receive", a}, tarZstd, &out, say); err != nil {
		return Published{}, err
	}
	var answer struct {
		Published Published `json:"published"`
	}
	return answer.Published, json.Unmarshal(out.Bytes(), &answer)
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
