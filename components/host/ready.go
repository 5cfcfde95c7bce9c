package host

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-digitalocean/sdk/v4/go/digitalocean"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/sshaccess"
)

const (
	// firstBoot is how long after its creation a machine may take: it installs
	// packages, and its volume is attached to it.
	firstBoot = 10 * time.Minute
	// answer is how long a machine that was up before may take. An update that
	// changes nothing must not hang on a machine that is down.
	answer = 20 * time.Second
)

// dockerHost resolves when Docker answers. The docker provider connects once
// and does not try again, so its address is given out only then.
func dockerHost(ctx *pulumi.Context, droplet *digitalocean.Droplet, attachment *digitalocean.VolumeAttachment, hostKey string, args Args) pulumi.StringOutput {
	bastion := args.Bastion
	if bastion == nil {
		bastion = pulumi.String("")
	}
	host := pulumi.All(droplet.Ipv4AddressPrivate, droplet.CreatedAt, attachment.ID(), bastion).
		ApplyTWithContext(ctx.Context(), func(c context.Context, v []any) (string, error) {
			ip := v[0].(string)
			url := "ssh://" + args.Login.User + "@" + ip
			if ctx.DryRun() || recordsOnly() {
				return url, nil
			}
			login := args.Login
			login.Host = sshaccess.Endpoint{Addr: ip + ":22", HostKey: hostKey}
			if address := v[3].(string); address != "" {
				way := *login.Bastion
				way.Addr = address + ":22"
				login.Bastion = &way
			}
			if err := sshaccess.WriteClientFiles(args.SSHDir, login); err != nil {
				return "", err
			}

			wait, booting := bootTime(v[1].(string), time.Now())
			err := sshaccess.WaitDocker(c, login, wait)
			if err == nil || booting {
				return url, err
			}
			// It was up before, so nothing may have to be done on it. What does
			// have to be done fails by itself.
			return url, ctx.Log.Warn("the host "+args.Name+" is down: "+err.Error(), nil)
		}).(pulumi.StringOutput)
	// The operator's key went in, but nothing of it comes out.
	return pulumi.Unsecret(host).(pulumi.StringOutput)
}

// bootTime is how long to wait for a machine created then, and whether it may
// still be booting for the first time.
func bootTime(created string, now time.Time) (time.Duration, bool) {
	at, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return firstBoot, true
	}
	if left := at.Add(firstBoot).Sub(now); left > answer {
		return left, true
	}
	return answer, false
}

// recordsOnly says that the cloud keeps records and boots nothing.
func recordsOnly() bool { return os.Getenv("ODOOOPS_LOCAL_MACHINES") == "none" }

func publicKey(private []byte) (string, error) {
	key, err := ssh.ParsePrivateKey(private)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))), nil
}

func port(n int) string { return strconv.Itoa(n) }
