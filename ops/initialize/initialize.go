package initialize

import (
	"context"
	"maps"
	"slices"

	"github.com/odooops/odooops/ops/backend"
	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

// CipherKey is the config key of the backups' cipher.
const CipherKey = "pgbackrestCipher"

// Options of an initialisation.
type Options struct {
	Project   *project.Project
	Getenv    func(string) string
	Cloud     project.CloudKind
	Operators []string                         // public keys; empty keeps those of the last kit
	Stanza    func(stack string) (bool, error) // are there backups under this stack's cipher?
	Kit       func(stack string, values map[string]string) (recovery.Kit, error)
	// Backend opens the place of a zone's state.
	Backend func(zone config.Zone) (*backend.Backend, error)
	DryRun  bool
	Say     func(string)
}

// Result says what was made.
type Result struct {
	Passphrases map[config.Zone]string `json:"passphrases"` // made, kept, given, or absent
	Made        map[string][]string    `json:"made"`        // keys by stack
	Kept        map[string]int         `json:"kept"`
	Kits        []string               `json:"kits"`
	Operators   []string               `json:"operators,omitempty"`
	Demo        bool                   `json:"demo,omitempty"` // operators are demo identities of this checkout
}

// The answers about a zone's passphrase.
const (
	made   = "made"
	kept   = "kept"
	given  = "given"
	absent = "absent" // and the zone's files are encrypted: the zone is left as it is
)

// run is one initialisation at work.
type run struct {
	Options
	Result
	files map[string]*stackfile.File
	pass  map[config.Zone]string // of the zones that are open
}

// Run initialises every config file of the zones that this checkout can open.
func Run(ctx context.Context, o Options) (Result, error) {
	r := &run{
		Options: o,
		Result:  Result{Passphrases: map[config.Zone]string{}, Made: map[string][]string{}, Kept: map[string]int{}},
		files:   map[string]*stackfile.File{}, pass: map[config.Zone]string{},
	}
	err := r.all(ctx)
	return r.Result, err
}

func (r *run) all(ctx context.Context) error {
	for _, name := range r.Project.Configs() {
		f, err := stackfile.Read(r.Project.StackFile(name))
		if err != nil {
			return err
		}
		r.files[name] = f
	}
	for _, zone := range project.Zones {
		if err := r.look(zone); err != nil {
			return err
		}
	}
	if err := r.operators(); err != nil {
		return err
	}
	for _, zone := range project.Zones {
		if err := r.open(zone); err != nil {
			return err
		}
	}
	for _, name := range r.opened() {
		if err := r.secrets(ctx, name); err != nil {
			return err
		}
	}
	if err := r.share(ctx); err != nil {
		return err
	}
	for _, zone := range project.Zones {
		if err := r.mark(ctx, zone); err != nil {
			return err
		}
	}
	if r.DryRun {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.Made)) {
		if err := r.files[name].Save(); err != nil {
			return err
		}
	}
	return r.kits(ctx)
}

func (r *run) zoneOf(name string) config.Zone { return config.ZoneOf(r.files[name].Plain("kind")) }

// in are the config files of a zone, platforms first.
func (r *run) in(zone config.Zone) []string {
	return slices.DeleteFunc(r.Project.Configs(), func(name string) bool { return r.zoneOf(name) != zone })
}

// opened are the config files of the zones that are open; platforms first,
// whatever they are called, since others take keys from theirs.
func (r *run) opened() []string {
	names := slices.DeleteFunc(r.Project.Configs(), func(name string) bool {
		_, ok := r.pass[r.zoneOf(name)]
		return !ok
	})
	isPlatform := func(name string) bool { return r.files[name].Plain("kind") == config.KindPlatform }
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case isPlatform(a) == isPlatform(b):
			return 0
		case isPlatform(a):
			return -1
		default:
			return 1
		}
	})
	return names
}

// secrets makes what one config file lacks.
func (r *run) secrets(ctx context.Context, name string) error {
	f, pass := r.files[name], r.pass[r.zoneOf(name)]
	shared, err := r.platformValues(ctx, name, pass)
	if err != nil {
		return err
	}
	for _, s := range config.Secrets(f.Plain("kind")) {
		if f.Has(s.Key) {
			r.Kept[name]++
			continue
		}
		if s.Optional {
			continue
		}
		value := ""
		if s.FromPlatform {
			value = shared[s.Key]
		}
		if value == "" {
			if s.Key == CipherKey {
				if err := r.checkNoStanza(name); err != nil {
					return err
				}
			}
			if value, err = generate(s.Type, "odooops "+name+" "+s.Key); err != nil {
				return fault.New("make "+s.Key+" of "+name, "", err)
			}
		}
		if err := f.SetSecret(ctx, pass, s.Key, value); err != nil {
			return err
		}
		r.Made[name] = append(r.Made[name], s.Key)
	}
	return f.CheckPassphrase(ctx, pass)
}

// platformValues are the secrets that a stack shares with the platform it
// stands on, such as the operator's key.
func (r *run) platformValues(ctx context.Context, name, pass string) (map[string]string, error) {
	shares := slices.ContainsFunc(config.Secrets(r.files[name].Plain("kind")), func(s config.Secret) bool { return s.FromPlatform })
	if !shares {
		return nil, nil
	}
	on := r.files[name].Plain("platform")
	if on == "" {
		on = "platform"
	}
	platform, ok := r.files[on]
	if !ok {
		return nil, fault.Usage("init "+name, "add Pulumi."+on+".yaml, or correct odooops:platform", "its platform %s has no config file", on)
	}
	return platform.Values(ctx, pass)
}

// checkNoStanza refuses a new cipher where backups exist under another: they
// would become unreadable one retention later, unnoticed.
func (r *run) checkNoStanza(stack string) error {
	exists, err := r.Stanza(stack)
	if err != nil {
		return err
	}
	if exists {
		return fault.Usage("init "+stack, "put "+CipherKey+" back from version control or from the recovery kit",
			"there are backups already, and odooops:%s is not in its config", CipherKey)
	}
	return nil
}

// set changes a plain value, when it is another one.
func (r *run) set(name, key, value string) error {
	if r.files[name].Plain(key) == value {
		return nil
	}
	r.Made[name] = append(r.Made[name], key)
	return r.files[name].SetIn(value, key)
}
