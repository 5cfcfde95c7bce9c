package initialize

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/ops/stackfile"
	"github.com/odooops/odooops/stacks/config"
)

// Secret is one a kind of stack needs.
type Secret struct {
	Key          string
	Type         string // ed25519, password or cipher
	FromPlatform bool   // the platform's value of the same key
	Optional     bool   // never made, only asked for
}

// CipherKey is the config key of the backups' cipher.
const CipherKey = "pgbackrestCipher"

// Options of an initialisation.
type Options struct {
	Project   *project.Project
	Getenv    func(string) string
	Cloud     project.CloudKind
	Operators []string                         // public keys; empty keeps those of the last kit
	Secrets   func(kind string) []Secret       // of a kind of stack
	Stanza    func(stack string) (bool, error) // are there backups under this stack's cipher?
	Kit       func(stack string, values map[string]string) (recovery.Kit, error)
	DryRun    bool
	Say       func(string)
}

// Result says what was made.
type Result struct {
	Passphrase string              `json:"passphrase"` // made, kept or given
	Made       map[string][]string `json:"made"`       // keys by stack
	Kept       map[string]int      `json:"kept"`
	Kits       []string            `json:"kits"`
	Operators  []string            `json:"operators"`
	Demo       bool                `json:"demo,omitempty"` // operators are demo identities of this checkout
}

// Run initialises every stack that has a config file.
func Run(ctx context.Context, o Options) (Result, error) {
	r := Result{Made: map[string][]string{}, Kept: map[string]int{}}
	stacks := o.Project.Stacks()
	files := map[string]*stackfile.File{}
	for _, s := range stacks {
		f, err := stackfile.Read(o.Project.StackFile(s))
		if err != nil {
			return r, err
		}
		files[s] = f
	}
	if err := o.operators(&r); err != nil {
		return r, err
	}
	pass, err := o.passphrase(&r, files)
	if err != nil {
		return r, err
	}
	for _, s := range stacks {
		if err := o.stack(ctx, &r, s, files, pass); err != nil {
			return r, err
		}
	}
	if o.DryRun {
		return r, nil
	}
	for _, s := range stacks {
		if len(r.Made[s]) > 0 {
			if err := files[s].Save(); err != nil {
				return r, err
			}
		}
	}
	return r, o.kits(ctx, &r, stacks, files, pass)
}

// operators decides who opens the kit, before anything is made.
func (o Options) operators(r *Result) error {
	dir := recovery.Dir(o.Project.Private("recovery"))
	r.Operators = o.Operators
	if len(r.Operators) == 0 {
		r.Operators = dir.Operators()
	}
	if len(r.Operators) == 0 {
		if o.Cloud != project.Local {
			return fault.Usage("init", "give --operator age1… (or an ssh-ed25519 public key) at least twice",
				"without a recovery kit that two operators can open there is no backup")
		}
		r.Demo = true
		if o.DryRun {
			return nil
		}
		demo, err := dir.DemoOperators()
		if err != nil {
			return err
		}
		o.Say("recovery kit: two demo operators made in " + string(dir) + " (local cloud only: their keys lie beside the kit)")
		r.Operators = demo
	}
	to, err := recovery.Recipients(r.Operators)
	if err != nil {
		return err
	}
	if len(to) < recovery.MinOperators {
		return fault.Usage("init", "give --operator at least twice", "%d operators can open the recovery kit, %d are needed", len(to), recovery.MinOperators)
	}
	if o.DryRun {
		return nil
	}
	return dir.SaveOperators(r.Operators)
}

// passphrase keeps the one there is, or makes one for this checkout.
func (o Options) passphrase(r *Result, files map[string]*stackfile.File) (string, error) {
	path := o.Project.Private("passphrase")
	// `odooops local env` names the checkout's own file, also before it is made.
	file := o.Getenv("PULUMI_CONFIG_PASSPHRASE_FILE")
	if o.Getenv("PULUMI_CONFIG_PASSPHRASE") != "" || (file != "" && file != path) {
		r.Passphrase = "given"
		return o.Project.Passphrase(o.Getenv, config.Core)
	}
	if _, err := os.Stat(path); err == nil {
		r.Passphrase = "kept"
		return o.Project.Passphrase(o.Getenv, config.Core)
	}
	for s, f := range files {
		if f.Encrypted() {
			return "", fault.Usage("init",
				"put the team's passphrase into "+path+"; or, when the data of these stacks is gone for good, remove encryptionsalt and every secure: value from their files",
				"Pulumi.%s.yaml is encrypted already, and its passphrase is not here", s)
		}
	}
	r.Passphrase = "made"
	pass, err := password(40)
	if err != nil || o.DryRun {
		return pass, err
	}
	if _, err := o.Project.MakePrivate(); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(pass+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the passphrase: %w", err)
	}
	o.Say("passphrase made: " + path + " (keep a copy elsewhere; it decrypts the stacks' config)")
	return pass, nil
}

// stack makes what one stack lacks.
func (o Options) stack(ctx context.Context, r *Result, name string, files map[string]*stackfile.File, pass string) error {
	f := files[name]
	shared, err := o.platformValues(ctx, name, files, pass)
	if err != nil {
		return err
	}
	for _, s := range o.Secrets(f.Plain("kind")) {
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
				if err := o.checkNoStanza(name); err != nil {
					return err
				}
			}
			if value, err = generate(s.Type, "odooops "+name+" "+s.Key); err != nil {
				return fmt.Errorf("make %s of %s: %w", s.Key, name, err)
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
func (o Options) platformValues(ctx context.Context, name string, files map[string]*stackfile.File, pass string) (map[string]string, error) {
	shares := slices.ContainsFunc(o.Secrets(files[name].Plain("kind")), func(s Secret) bool { return s.FromPlatform })
	if !shares {
		return nil, nil
	}
	on := files[name].Plain("platform")
	if on == "" {
		on = "platform"
	}
	platform, ok := files[on]
	if !ok {
		return nil, fault.Usage("init "+name, "add Pulumi."+on+".yaml, or correct odooops:platform", "its platform %s has no config file", on)
	}
	values, err := platform.Values(ctx, pass)
	if err != nil {
		return nil, err
	}
	return values, nil
}

// checkNoStanza refuses a new cipher where backups exist under another: they
// would become unreadable one retention later, unnoticed.
func (o Options) checkNoStanza(stack string) error {
	exists, err := o.Stanza(stack)
	if err != nil {
		return err
	}
	if exists {
		return fault.Usage("init "+stack, "put "+CipherKey+" back from version control or from the recovery kit",
			"there are backups already, and odooops:%s is not in its config", CipherKey)
	}
	return nil
}

// kits writes a kit for every stack that has a cipher.
func (o Options) kits(ctx context.Context, r *Result, stacks []string, files map[string]*stackfile.File, pass string) error {
	to, err := recovery.Recipients(r.Operators)
	if err != nil {
		return err
	}
	for _, s := range stacks {
		values, err := files[s].Values(ctx, pass)
		if err != nil {
			return err
		}
		if values[CipherKey] == "" {
			continue
		}
		kit, err := o.Kit(s, values)
		if err != nil {
			return err
		}
		path, err := recovery.Dir(o.Project.Private("recovery")).Write(kit, to)
		if err != nil {
			return err
		}
		r.Kits = append(r.Kits, path)
	}
	return nil
}
