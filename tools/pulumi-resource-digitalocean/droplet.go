package main

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// droplet is digitalocean:index/droplet:Droplet.
type droplet struct{ client *godo.Client }

func (r droplet) Create(ctx context.Context, in provider.Props) (string, provider.Props, error) {
	req := dropletRequest(in)
	d, resp, err := r.client.Droplets.Create(ctx, req)
	if err != nil {
		return "", nil, err
	}
	id := strconv.Itoa(d.ID)
	err = poll(ctx, "droplet "+d.Name+" to be active", func() (bool, error) {
		if err := r.failed(ctx, resp); err != nil {
			return false, err
		}
		now, _, err := r.client.Droplets.Get(ctx, d.ID)
		if err != nil {
			return false, err
		}
		return now.Status == "active", nil
	})
	if errors.Is(err, errStillborn) {
		// It never ran, so nothing is lost with it. Left in state it would
		// have to be replaced, which a protected one may not be.
		_, deleteErr := r.client.Droplets.Delete(ctx, d.ID)
		if deleteErr = gone(deleteErr); deleteErr == nil || errors.Is(deleteErr, provider.ErrGone) {
			return "", nil, fmt.Errorf("%w; it was deleted, so running the same again makes a new one", err)
		}
	}
	if err != nil {
		return id, nil, err
	}
	out, err := r.Read(ctx, id, in)
	return id, out, err
}

// errStillborn is a creation that the cloud gave up.
var errStillborn = errors.New("the cloud could not create it")

// failed says whether the creation that resp answered has failed since. A
// droplet that will never be active looks like one that isn't yet.
func (r droplet) failed(ctx context.Context, resp *godo.Response) error {
	if resp.Links == nil {
		return nil
	}
	for _, link := range resp.Links.Actions {
		if link.Rel != "create" {
			continue
		}
		a, _, err := r.client.Actions.Get(ctx, link.ID)
		if err != nil {
			return err
		}
		if a.Status == "errored" {
			return fmt.Errorf("%w (action %d)", errStillborn, a.ID)
		}
	}
	return nil
}

func dropletRequest(in provider.Props) *godo.DropletCreateRequest {
	req := &godo.DropletCreateRequest{
		Name:              in.String("name"),
		Region:            in.String("region"),
		Size:              in.String("size"),
		Image:             godo.DropletCreateImage{Slug: in.String("image")},
		Backups:           in.Bool("backups", false),
		IPv6:              in.Bool("ipv6", false),
		PrivateNetworking: in.Bool("privateNetworking", false),
		Monitoring:        in.Bool("monitoring", false),
		UserData:          in.String("userData"),
		Tags:              in.Strings("tags"),
		VPCUUID:           in.String("vpcUuid"),
		BackupPolicy:      backupPolicy(in),
	}
	if n, err := strconv.Atoi(in.String("image")); err == nil {
		req.Image = godo.DropletCreateImage{ID: n}
	}
	for _, key := range in.Strings("sshKeys") {
		if n, err := strconv.Atoi(key); err == nil {
			req.SSHKeys = append(req.SSHKeys, godo.DropletCreateSSHKey{ID: n})
		} else {
			req.SSHKeys = append(req.SSHKeys, godo.DropletCreateSSHKey{Fingerprint: key})
		}
	}
	for _, id := range in.Strings("volumeIds") {
		req.Volumes = append(req.Volumes, godo.DropletCreateVolume{ID: id})
	}
	if b, set := in["dropletAgent"].(bool); set {
		req.WithDropletAgent = &b
	}
	if b, set := in["publicNetworking"].(bool); set {
		req.PublicNetworking = &b
	}
	return req
}

func backupPolicy(in provider.Props) *godo.DropletBackupPolicyRequest {
	policy, ok := in["backupPolicy"].(map[string]any)
	if !ok {
		return nil
	}
	p := provider.Props(policy)
	req := &godo.DropletBackupPolicyRequest{Plan: p.String("plan"), Weekday: p.String("weekday")}
	if _, set := p["hour"]; set {
		req.Hour = godo.PtrTo(p.Int("hour"))
	}
	return req
}

// Read does not read back what the official plugin does not: image, user
// data, keys, agent, backup policy.
func (r droplet) Read(ctx context.Context, id string, state provider.Props) (provider.Props, error) {
	n, err := number("droplet", id)
	if err != nil {
		return nil, err
	}
	d, _, err := r.client.Droplets.Get(ctx, n)
	if err != nil {
		return nil, gone(err)
	}
	out := dropletOutputs(d)
	if data := state.String("userData"); data != "" && !isDigest(data) {
		out["userData"] = digest(data)
	}
	return out, nil
}

func dropletOutputs(d *godo.Droplet) provider.Props {
	out := provider.Props{
		"name": d.Name, "size": d.SizeSlug, "status": d.Status, "locked": d.Locked,
		"createdAt": d.Created, "dropletUrn": d.URN(),
		"vcpus": float64(d.Vcpus), "memory": float64(d.Memory), "disk": float64(d.Disk),
		"tags": strs(d.Tags), "volumeIds": strs(d.VolumeIDs), "vpcUuid": d.VPCUUID,
		"backups":           slices.Contains(d.Features, "backups"),
		"ipv6":              slices.Contains(d.Features, "ipv6"),
		"monitoring":        slices.Contains(d.Features, "monitoring"),
		"privateNetworking": slices.Contains(d.Features, "private_networking"),
	}
	if d.Region != nil {
		out["region"] = d.Region.Slug
	}
	if d.Size != nil {
		out["priceHourly"], out["priceMonthly"] = d.Size.PriceHourly, d.Size.PriceMonthly
		if d.SizeSlug == "" {
			out["size"] = d.Size.Slug
		}
	}
	public, errPublic := d.PublicIPv4()
	private, errPrivate := d.PrivateIPv4()
	public6, errPublic6 := d.PublicIPv6()
	if errors.Join(errPublic, errPrivate, errPublic6) == nil {
		out["ipv4Address"], out["ipv4AddressPrivate"], out["ipv6Address"] = public, private, public6
	}
	return out
}

// digest is the official plugin's form of user data in state.
func digest(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func isDigest(s string) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == sha1.Size
}

func (r droplet) Update(ctx context.Context, id string, old, in provider.Props) (provider.Props, error) {
	n, err := number("droplet", id)
	if err != nil {
		return nil, err
	}
	if old.String("size") != in.String("size") {
		if err := r.resize(ctx, n, in); err != nil {
			return nil, err
		}
	}
	if old.String("name") != in.String("name") {
		a, _, err := r.client.DropletActions.Rename(ctx, n, in.String("name"))
		if err := finish(ctx, r.client, "renaming droplet "+id, a, err); err != nil {
			return nil, err
		}
	}
	if err := r.backups(ctx, n, old, in); err != nil {
		return nil, err
	}
	if err := retag(ctx, r.client, id, godo.DropletResourceType, old.Strings("tags"), in.Strings("tags")); err != nil {
		return nil, err
	}
	if _, declared := in["volumeIds"]; declared {
		if err := r.volumes(ctx, n, old.Strings("volumeIds"), in.Strings("volumeIds")); err != nil {
			return nil, err
		}
	}
	out, err := r.Read(ctx, id, in)
	return out, err
}

// resize needs the machine off, as on DigitalOcean.
func (r droplet) resize(ctx context.Context, id int, in provider.Props) error {
	if err := r.power(ctx, id, "off", r.client.DropletActions.PowerOff); err != nil {
		return err
	}
	a, _, err := r.client.DropletActions.Resize(ctx, id, in.String("size"), in.Bool("resizeDisk", true))
	if err := finish(ctx, r.client, fmt.Sprintf("resizing droplet %d", id), a, err); err != nil {
		return err
	}
	return r.power(ctx, id, "active", r.client.DropletActions.PowerOn)
}

func (r droplet) power(ctx context.Context, id int, status string, do func(context.Context, int) (*godo.Action, *godo.Response, error)) error {
	what := fmt.Sprintf("droplet %d to be %s", id, status)
	if _, _, err := do(ctx, id); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return poll(ctx, what, func() (bool, error) {
		d, _, err := r.client.Droplets.Get(ctx, id)
		if err != nil {
			return false, err
		}
		return d.Status == status, nil
	})
}

func (r droplet) backups(ctx context.Context, id int, old, in provider.Props) error {
	was, is := old.Bool("backups", false), in.Bool("backups", false)
	var (
		a   *godo.Action
		err error
	)
	switch {
	case was == is:
		return nil
	case is && backupPolicy(in) != nil:
		a, _, err = r.client.DropletActions.EnableBackupsWithPolicy(ctx, id, backupPolicy(in))
	case is:
		a, _, err = r.client.DropletActions.EnableBackups(ctx, id)
	default:
		a, _, err = r.client.DropletActions.DisableBackups(ctx, id)
	}
	return finish(ctx, r.client, fmt.Sprintf("changing backups of droplet %d", id), a, err)
}

func (r droplet) volumes(ctx context.Context, id int, old, new []string) error {
	for _, v := range new {
		if !slices.Contains(old, v) {
			a, _, err := r.client.StorageActions.Attach(ctx, v, id)
			if err := finish(ctx, r.client, "attaching volume "+v, a, err); err != nil {
				return err
			}
		}
	}
	for _, v := range old {
		if !slices.Contains(new, v) {
			if err := detach(ctx, r.client, v, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r droplet) Delete(ctx context.Context, id string, state provider.Props) error {
	n, err := number("droplet", id)
	if err != nil {
		return err
	}
	var attached []string
	var status string
	err = poll(ctx, "droplet "+id+" to be unlocked", func() (bool, error) {
		d, _, err := r.client.Droplets.Get(ctx, n)
		if err != nil {
			return false, gone(err)
		}
		attached, status = d.VolumeIDs, d.Status
		return !d.Locked, nil
	})
	if err != nil {
		return err
	}
	// The shutdown of a droplet that is off is an event all the same, which
	// would be pending when the delete comes.
	if state.Bool("gracefulShutdown", false) && status != "off" {
		if err := r.power(ctx, n, "off", r.client.DropletActions.Shutdown); err != nil {
			return err
		}
	}
	for _, v := range attached {
		if err := detach(ctx, r.client, v, n); err != nil && !errors.Is(err, provider.ErrGone) {
			return err
		}
	}
	if _, err := r.client.Droplets.Delete(ctx, n); err != nil {
		return gone(err)
	}
	return poll(ctx, "droplet "+id+" to be gone", func() (bool, error) {
		_, _, err := r.client.Droplets.Get(ctx, n)
		if errors.Is(gone(err), provider.ErrGone) {
			return true, nil
		}
		return false, err
	})
}
