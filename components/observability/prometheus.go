package observability

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/hostdocker"
	rules "github.com/odooops/odooops/observability"
)

// metricsShare of the data volume is for metrics; the rest is Loki's log,
// Grafana's and the agent's.
const metricsShare = 0.5

// prometheus keeps the metrics on the data volume: agents write them, and it
// asks the programs beside it itself.
func (o *Observability) prometheus(ctx *pulumi.Context, _ string, args Args) error {
	conf, err := files.ReadFile("files/prometheus.yml")
	if err != nil {
		return err
	}
	memory := args.Size.MemoryMB * 3 / 16
	return o.run(ctx, args, program{
		role: "prometheus", image: args.Images.Prometheus, memoryMB: memory, env: goMemory(memory),
		command: prometheusFlags(args),
		files: append(uploads("/etc/prometheus/rules", rules.Alerts()), hostdocker.File{
			Path: "/etc/prometheus/prometheus.yml", Mode: "0444", Content: pulumi.String(conf),
		}),
		health: "http://127.0.0.1:9090/-/ready", graceSeconds: 60,
	})
}

// prometheusFlags come after the image's own.
func prometheusFlags(args Args) []string {
	// Whichever comes first: a volume that is full stops everything.
	megabytes := int(float64(args.VolumeSizeGB*1000) * metricsShare)
	return []string{
		fmt.Sprintf("--storage.tsdb.retention.time=%dd", args.MetricsDays),
		fmt.Sprintf("--storage.tsdb.retention.size=%dMB", megabytes),
		"--storage.tsdb.wal-compression",
		// A dashboard that asks for everything must not take the memory of all.
		"--query.max-samples=5000000", "--query.timeout=1m",
		"--log.level=warn",
	}
}
