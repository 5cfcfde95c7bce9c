package initialize

import (
	"context"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/recovery"
	"github.com/odooops/odooops/stacks/config"
)

// operators decides who opens the kit, before anything is made. There are kits
// in core alone.
func (r *run) operators() error {
	if how := r.Passphrases[config.Core]; how == "" || how == absent {
		return nil
	}
	dir := recovery.Dir(r.Project.Private("recovery"))
	r.Result.Operators = r.Options.Operators
	if len(r.Result.Operators) == 0 {
		r.Result.Operators = dir.Operators()
	}
	if len(r.Result.Operators) == 0 {
		if r.Cloud != project.Local {
			return fault.Usage("init", "give --operator age1… (or an ssh-ed25519 public key) at least twice",
				"without a recovery kit that two operators can open there is no backup")
		}
		r.Demo = true
		if r.DryRun {
			return nil
		}
		demo, err := dir.DemoOperators()
		if err != nil {
			return err
		}
		r.Say("recovery kit: two demo operators made in " + string(dir) + " (local cloud only: their keys lie beside the kit)")
		r.Result.Operators = demo
	}
	to, err := recovery.Recipients(r.Result.Operators)
	if err != nil {
		return err
	}
	if len(to) < recovery.MinOperators {
		return fault.Usage("init", "give --operator at least twice", "%d operators can open the recovery kit, %d are needed", len(to), recovery.MinOperators)
	}
	if r.DryRun {
		return nil
	}
	return dir.SaveOperators(r.Result.Operators)
}

// kits writes a kit for every stack that has a cipher.
func (r *run) kits(ctx context.Context) error {
	pass, open := r.pass[config.Core]
	if !open {
		return nil
	}
	to, err := recovery.Recipients(r.Result.Operators)
	if err != nil {
		return err
	}
	for _, name := range r.in(config.Core) {
		values, err := r.files[name].Values(ctx, pass)
		if err != nil {
			return err
		}
		if values[CipherKey] == "" {
			continue
		}
		kit, err := r.Kit(name, values)
		if err != nil {
			return err
		}
		path, err := recovery.Dir(r.Project.Private("recovery")).Write(kit, to)
		if err != nil {
			return err
		}
		r.Kits = append(r.Kits, path)
	}
	return nil
}
