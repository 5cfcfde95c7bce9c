package policies

import (
	"strconv"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// oneWorker keeps rehearsals small.
func oneWorker() policy.Policy {
	return policy.Policy{
		Name: "one-worker", Severity: policy.Mandatory,
		Holds: "Outside production Odoo has at most one worker, and one thread for what is scheduled.",
		Why: `A few people look at a staging or a preview. More workers take the memory of all others on the host, and hide what only shows when requests wait for each other.
max_cron_threads must be set: Odoo's own default is two.`,
		Bad:  `Content: pulumi.String("[options]\nworkers = 4\nmax_cron_threads = 2\n")`,
		Good: `Content: pulumi.String("[options]\nworkers = 1\nmax_cron_threads = 1\n")`,

		Types: []string{container},
		Check: func(r *policy.Resource) {
			if !r.OutsideProduction() {
				return
			}
			conf, there := odooConf(r)
			for _, s := range []struct{ setting, flag, fallback string }{
				{"workers", "--workers", "0"}, {"max_cron_threads", "--max-cron-threads", "2"},
			} {
				value, given := flag(r, s.flag)
				if !given && !there {
					continue // no Odoo
				}
				if !given {
					if value = conf[s.setting]; value == "" {
						value = s.fallback
					}
				}
				if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 1 {
					r.Deny("%s is %s outside production; set it to 0 or 1 in odoo.conf", s.setting, value)
				}
			}
		},
	}
}
