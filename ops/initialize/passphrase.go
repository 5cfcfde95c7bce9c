package initialize

import (
	"fmt"
	"os"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/stacks/config"
)

// look says how the zone's passphrase comes about, and changes nothing. A zone
// whose files are encrypted under a passphrase that isn't here is left alone:
// a runner of the previews has none of core's. With no zone to open it is an
// error.
func (r *run) look(zone config.Zone) error {
	names := r.in(zone)
	if len(names) == 0 {
		return nil
	}
	r.Passphrases[zone] = r.source(zone)
	if r.Passphrases[zone] != made {
		return nil
	}
	for _, name := range names {
		if !r.files[name].Encrypted() {
			continue
		}
		path := r.Project.PassphraseFile(zone)
		r.Passphrases[zone] = absent
		if others := len(r.Project.Configs()) - len(names); others > 0 && r.anyOpen(zone) {
			r.Say(fmt.Sprintf("zone %s is left as it is: Pulumi.%s.yaml is encrypted, and its passphrase is not here (%s)", zone, name, path))
			return nil
		}
		return fault.Usage("init",
			"put the team's passphrase into "+path+"; or, when the data of these stacks is gone for good, remove encryptionsalt and every secure: value from their files",
			"Pulumi.%s.yaml is encrypted already, and its passphrase is not here", name)
	}
	return nil
}

// source is made where there is none yet.
func (r *run) source(zone config.Zone) string {
	if r.Project.PassphraseGiven(r.Getenv, zone) {
		return given
	}
	if _, err := os.Stat(r.Project.PassphraseFile(zone)); err == nil {
		return kept
	}
	return made
}

// anyOpen says whether another zone can be opened: its passphrase is there, or
// none of its files is encrypted yet.
func (r *run) anyOpen(but config.Zone) bool {
	for _, zone := range project.Zones {
		if zone == but || len(r.in(zone)) == 0 {
			continue
		}
		open := true
		for _, name := range r.in(zone) {
			open = open && !r.files[name].Encrypted()
		}
		if open || r.source(zone) != made {
			return true
		}
	}
	return false
}

// open keeps the zone's passphrase, or makes one for this checkout.
func (r *run) open(zone config.Zone) error {
	var err error
	switch r.Passphrases[zone] {
	case given, kept:
		r.pass[zone], err = r.Project.Passphrase(r.Getenv, zone)
		return err
	case made:
		if r.pass[zone], err = password(40); err != nil || r.DryRun {
			return err
		}
		if _, err := r.Project.MakePrivate(); err != nil {
			return err
		}
		path := r.Project.PassphraseFile(zone)
		if err := os.WriteFile(path, []byte(r.pass[zone]+"\n"), 0o600); err != nil {
			return fmt.Errorf("write the passphrase: %w", err)
		}
		r.Say(fmt.Sprintf("passphrase of zone %s made: %s (keep a copy elsewhere; it decrypts the stacks' config)", zone, path))
	}
	return nil
}
