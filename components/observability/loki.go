package observability

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/odooops/odooops/components/archive"
	"github.com/odooops/odooops/components/bucket"
	rules "github.com/odooops/odooops/observability"
)

// keepDays is how long a chunk of logs that was deleted can be brought back.
const keepDays = 7

// tenant is whom Loki takes everybody for when it asks nobody who they are.
const tenant = "fake"

// BucketName is that of the logs.
func BucketName(domain string) string { return bucket.Name("logs", domain) }

// loki keeps the logs in a bucket: the data volume holds what was not written
// there yet.
func (o *Observability) loki(ctx *pulumi.Context, name string, args Args) error {
	logs, err := bucket.New(ctx, name+"-logs", bucket.Args{
		Name: BucketName(args.Domain), Region: args.Region, KeepDays: keepDays, Protect: args.Protect,
	}, pulumi.Parent(o))
	if err != nil {
		return err
	}
	o.Bucket = logs.Name
	key, err := digitalocean.NewSpacesKey(ctx, name+"-logs", &digitalocean.SpacesKeyArgs{
		Name: pulumi.String("odooops-" + name + "-logs"),
		Grants: digitalocean.SpacesKeyGrantArray{digitalocean.SpacesKeyGrantArgs{
			Bucket: logs.Name, Permission: pulumi.String("readwrite"),
		}},
	}, pulumi.Parent(o), pulumi.AdditionalSecretOutputs([]string{"secretKey"}))
	if err != nil {
		return err
	}
	conf := pulumi.All(logs.Name, key.AccessKey, key.SecretKey).ApplyT(func(v []any) (string, error) {
		return lokiConf(lokiSettings{
			Endpoint: "https://" + archive.Endpoint(args.Region), Region: args.Region,
			Bucket: v[0].(string), KeyID: v[1].(string), Secret: v[2].(string), Days: args.LogDays,
		})
	}).(pulumi.StringOutput)
	memory := args.Size.MemoryMB / 4
	return o.run(ctx, args, program{
		role: "loki", image: args.Images.Loki, memoryMB: memory, env: goMemory(memory),
		files: append(uploads("/etc/loki/rules/"+tenant, rules.LogAlerts()), secretFile("/etc/loki/loki.yaml", conf)),
		// Until it has written to its log what it has in memory.
		health: "http://127.0.0.1:3100/ready", graceSeconds: 60,
	})
}

// lokiSettings are what differs in Loki's configuration.
type lokiSettings struct {
	Endpoint, Region, Bucket, KeyID, Secret string
	Days                                    int
}

func lokiConf(s lokiSettings) (string, error) { return render("loki.yaml", s) }

// goMemory has a Go program clean up before it meets its limit.
func goMemory(memoryMB int) map[string]string {
	return map[string]string{"GOMEMLIMIT": fmt.Sprintf("%dMiB", memoryMB*85/100)}
}

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
