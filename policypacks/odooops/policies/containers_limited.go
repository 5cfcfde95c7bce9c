package policies

import "github.com/odooops/odooops/policypacks/odooops/policy"

// containersLimited keeps one container from taking the host from all others.
func containersLimited() policy.Policy {
	return policy.Policy{
		Name: "containers-limited", Severity: policy.Mandatory,
		Holds: "Every container has a limit for its memory and for its logs.",
		Why: `Without a memory limit one request can take the host from the database, and the kernel picks whom it kills.
Without a log limit a chatty container fills the disk, and then nothing on the host can write. Log limits that are missing are filled in.`,
		Bad: `docker.NewContainer(ctx, "odoo", &docker.ContainerArgs{Image: image.ImageId})`,
		Good: `docker.NewContainer(ctx, "odoo", &docker.ContainerArgs{
	Image: image.ImageId, Memory: pulumi.Int(640), MemorySwap: pulumi.Int(640),
	LogDriver: pulumi.String("json-file"),
	LogOpts:   pulumi.StringMap{"max-size": pulumi.String("10m"), "max-file": pulumi.String("5")},
})`,
		Types: []string{container},
		Fix: func(r *policy.Resource) map[string]any {
			driver, options := r.Get("logDriver"), r.Get("logOpts")
			if !driver.Absent() || !options.Absent() {
				return nil // somebody decided: Check says whether that will do
			}
			return map[string]any{
				"logDriver": "json-file",
				"logOpts":   map[string]any{"max-size": "10m", "max-file": "5"},
			}
		},
		Check: func(r *policy.Resource) {
			if mb, ok := r.Get("memory").Number(); ok && mb <= 0 {
				r.Deny("the memory is not limited; set memory, in MB")
			}
			logsLimited(r)
		},
	}
}

// bounded are the drivers that keep logs on the host, and their limits.
var bounded = map[string]string{"json-file": "max-size", "": "max-size", "local": ""}

func logsLimited(r *policy.Resource) {
	driver, ok := r.Get("logDriver").Text()
	if !ok {
		return
	}
	limit, keeps := bounded[driver]
	if !keeps || limit == "" {
		return // logs go elsewhere, or the driver has a limit of its own
	}
	if size, ok := r.Get("logOpts").At(limit).Text(); ok && (size == "" || size == "-1") {
		r.Deny("the logs are not limited; set logOpts max-size and max-file")
	}
}
