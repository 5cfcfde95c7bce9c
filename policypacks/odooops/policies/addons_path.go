package policies

import (
	"path"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// addonsPath keeps where modules come from the same everywhere.
func addonsPath() policy.Policy {
	return policy.Policy{
		Name: "addons-path", Severity: policy.Mandatory,
		Holds: "Odoo looks for modules in addons/odoo, then addons/oca, then addons/ipai, and nowhere else.",
		Why: `The first folder that has a module wins: in another order another program runs, and what staging has shown says nothing about production.
Outside production addons/odooops comes last, with the module that takes all mail.`,
		Bad:  `Content: pulumi.String("[options]\naddons_path = /mnt/addons/ipai,/mnt/extra-addons\n")`,
		Good: `Content: pulumi.String("[options]\naddons_path = /mnt/addons/odoo,/mnt/addons/oca,/mnt/addons/ipai\n")`,

		Types: []string{container},
		Check: func(r *policy.Resource) {
			if list, set := flag(r, "--addons-path"); set {
				r.Deny("the command sets --addons-path %s; leave it to odoo.conf", list)
			}
			conf, there := odooConf(r)
			if !there {
				return
			}
			const want = "addons/odoo, addons/oca, addons/ipai in one folder"
			list := conf["addons_path"]
			folders := strings.Split(list, ",")
			if last := folders[len(folders)-1]; len(folders) == 4 && r.OutsideProduction() && strings.HasSuffix(last, "/addons/odooops") {
				folders = folders[:3]
			}
			if len(folders) != 3 {
				r.Deny("addons_path is %q; it must be %s", list, want)
				return
			}
			for i, name := range []string{"odoo", "oca", "ipai"} {
				folder := path.Clean(strings.TrimSpace(folders[i]))
				if path.Base(folder) != name || path.Base(path.Dir(folder)) != "addons" || path.Dir(folder) != path.Dir(path.Clean(strings.TrimSpace(folders[0]))) {
					r.Deny("addons_path is %q; it must be %s", list, want)
					return
				}
			}
		},
	}
}
