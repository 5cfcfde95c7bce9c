package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

const droplet = "digitalocean:index/droplet:Droplet"

// guard refuses a plan that would take away what holds data or serves it, and
// of production anything in the cloud that was not allowed to go, as TYPE:NAME.
func guard(stack, kind string, plan workspace.Plan, allowed []string) error {
	var machines, data, others, flags []string
	for _, s := range plan.Steps {
		switch {
		case !s.Destroys():
		case s.Type == droplet && HoldsData(kind):
			machines = append(machines, describe(s))
		case s.Protected:
			data = append(data, describe(s))
		case kind == config.KindProduction && inCloud(s.Type) && !slices.Contains(allowed, short(s.Type)+":"+s.Name):
			others = append(others, describe(s))
			flags = append(flags, "--allow-replace "+short(s.Type)+":"+s.Name)
		}
	}
	if len(data) > 0 {
		return fault.Newf("up "+stack, "take the change back; what is protected goes only with the stack (odooops destroy "+stack+" says how)",
			"it would take away what is protected:\n  %s", strings.Join(data, "\n  "))
	}
	if len(machines) > 0 {
		return fault.Newf("up "+stack, "run odooops host replace "+stack+" (stops cleanly, moves the volume, starts again)",
			"it would replace the machine under the data of this stack:\n  %s", strings.Join(machines, "\n  "))
	}
	if len(others) > 0 {
		return fault.Newf("up "+stack, "take the change back, or run odooops up "+stack+" "+strings.Join(flags, " "),
			"it would take away what production uses:\n  %s", strings.Join(others, "\n  "))
	}
	return nil
}

// inCloud says that a thing is somewhere else than on the machine, where
// containers are replaced by every deploy and hold nothing, and than in the
// engine's state alone.
func inCloud(typ string) bool {
	for _, pkg := range []string{"docker:", "pulumi:", "odooops:"} {
		if strings.HasPrefix(typ, pkg) {
			return false
		}
	}
	return true
}

// explain says for two of the engine's own refusals what to run: a protected
// machine that would be replaced (the engine stops before the plan has the
// step), and a platform that is not there.
func explain(stack, kind string, err error) error {
	text := err.Error()
	if HoldsData(kind) && strings.Contains(text, "unable to replace resource") && strings.Contains(text, droplet) {
		return guard(stack, kind, workspace.Plan{Steps: []workspace.Step{{Type: droplet, Name: stack, Op: "replace"}}}, nil)
	}
	if m := noPlatform.FindStringSubmatch(text); m != nil {
		return fault.Usage("up "+stack, "run odooops up "+m[1]+" first, or correct odooops:platform in Pulumi."+stack+".yaml",
			"it stands on the stack %s, which does not exist", m[1])
	}
	return err
}

var noPlatform = regexp.MustCompile(`unknown stack "organization/[^/]+/([^"]+)"`)

// HoldsData says of a kind that its machine stands on a volume with data, so
// that it is replaced in an order that the engine doesn't know.
func HoldsData(kind string) bool {
	return kind == config.KindProduction || kind == config.KindStaging || kind == config.KindPreviewHost
}

func describe(s workspace.Step) string {
	why := ""
	if len(s.Why) > 0 {
		why = " (" + strings.Join(s.Why, ", ") + ")"
	}
	return fmt.Sprintf("%s %s %s%s", s.Op, short(s.Type), s.Name, why)
}

// short is Droplet of digitalocean:index/droplet:Droplet.
func short(typ string) string { return typ[strings.LastIndex(typ, ":")+1:] }
