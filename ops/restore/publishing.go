package restore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// update brings the masked database to the code that the target runs, where
// that is not the code of the backup.
func (w *work) update(ctx context.Context) error {
	w.result.Images = map[string]string{"backup": w.odoo, "target": w.Target.Images().Odoo}
	if w.odoo == w.Target.Images().Odoo {
		w.detail = "the same image as the backup's"
		return nil
	}
	conf, err := w.conf()
	if err != nil {
		return err
	}
	if err := w.machine.Own(ctx, quarantine.CleanFiles, quarantine.OdooUser); err != nil {
		return err
	}
	if _, err = w.machine.Run(ctx, quarantine.Container{
		Role: "update", Image: w.Target.Images().Odoo, Command: []string{"odoo-update"}, Network: quarantine.Inside,
		Env:    map[string]string{"MALLOC_ARENA_MAX": "2"},
		Files:  map[string]string{"odoo.conf": conf},
		Mounts: []quarantine.Mount{{Dir: quarantine.CleanFiles, Path: "/var/lib/odoo"}},
	}, w.say); err != nil {
		return fault.New("update the modules", "give the target an image that the data fits, then run the same again", err)
	}
	// The copy was counted for the planner; what an update made was not.
	return w.sql(ctx, quarantine.Clean, "ANALYZE")
}

func (w *work) conf() (string, error) {
	return quarantine.OdooConf(quarantine.Clean, w.Source.Database, w.password)
}

// serve shows that Odoo starts on what is to be published and that the
// administrator can log in, and leaves the assets compiled and the server
// stopped.
func (w *work) serve(ctx context.Context) error {
	conf, err := w.conf()
	if err != nil {
		return err
	}
	own := w.Target.Identity()
	admin := quarantine.Admin{Login: own.AdminLogin, Password: own.Password}
	if err := quarantine.Boot(ctx, w.machine, quarantine.Clean, quarantine.CleanFiles, w.Target.Images().Odoo, conf, admin, w.say); err != nil {
		return err
	}
	facts, err := quarantine.SQL(ctx, w.machine, quarantine.Clean, w.Source.Database,
		"SELECT string_agg(name, ',' ORDER BY name) FROM ir_module_module WHERE state = 'installed'")
	if err != nil {
		return err
	}
	w.modules = strings.TrimSpace(facts)
	if err := quarantine.Halt(ctx, w.machine, quarantine.Clean, w.postgres()); err != nil {
		return err
	}
	w.bytes, err = w.size(ctx)
	return err
}

// size is what is to be published takes on a disk.
func (w *work) size(ctx context.Context) (int64, error) {
	out, err := w.machine.Run(ctx, quarantine.Container{
		Role: "size", Image: w.postgres(), Command: []string{"du", "--summarize", "--block-size=1", "--total", "/sizes"}, Network: quarantine.Nowhere,
		Mounts: []quarantine.Mount{
			{Dir: quarantine.Clean, Path: "/sizes/cluster", ReadOnly: true},
			{Dir: quarantine.CleanFiles, Path: "/sizes/files", ReadOnly: true},
		},
	}, nil)
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(strings.TrimSpace(out.Stdout), "\t")
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("measure what is to be published: %w", err)
	}
	return size, nil
}

// publish sends it to the target, through this process and never onto its disk.
func (w *work) publish(ctx context.Context) (err error) {
	w.detail = fmt.Sprintf("%d MB", w.bytes>>20)
	w.result.Generation, err = w.Target.Publish(ctx, Publication{
		Bytes: w.bytes, Source: w.Source.Stack, Backup: w.result.Backup, At: w.result.At, Modules: w.modules,
		Stream: func(ctx context.Context, to Writer) error {
			return w.machine.Pack(ctx, w.postgres(), map[string]string{
				quarantine.Clean: "postgres", quarantine.CleanFiles: "filestore",
			}, to)
		},
	}, w.say)
	return err
}

func (w *work) change(ctx context.Context) error {
	w.detail = w.result.Generation
	return w.Target.Switch(ctx, w.result.Generation, w.say)
}

func (w *work) answer(ctx context.Context) error {
	return w.Target.Answer(ctx, w.result.Generation, w.say)
}
