package pr

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/previewhost"
	"github.com/odooops/odooops/stacks/config"
)

// decide fills in the preview's values: the pattern, then what it already is,
// then what was asked for now.
func (s *Shop) decide(b *build, o UpOptions) error {
	what := fmt.Sprintf("pr up --number %d", o.Number)
	maps.Copy(b.values, s.Pattern)
	v := b.values
	v["kind"] = config.KindPreview
	v["host"] = s.HostStack
	v["number"] = strconv.Itoa(o.Number)
	if v["registryToken"] == "" && s.RegistryToken != "" {
		v["registryToken"] = s.RegistryToken
	}

	if err := b.place(what, o); err != nil {
		return err
	}
	if b.placement == config.Dedicated {
		v["sshOperatorKey"] = s.OperatorKey
	} else {
		if s.Host.HostID == "" {
			return fault.Newf(what, "run odooops up "+s.HostStack, "the previews' host is not there")
		}
		v["hostId"] = s.Host.HostID
	}
	if err := b.data(what, o, s.Now()); err != nil {
		return err
	}
	if err := b.pick(what, o); err != nil {
		return err
	}
	if err := b.life(what, o, s.Now()); err != nil {
		return err
	}
	v["test"] = strconv.FormatBool(o.Test)
	if o.Test {
		v["update"] = "true"
	}

	b.tags = tagsOf(v, v["hostId"])
	reset := o.Reset || b.resetting()
	b.request = previewhost.Request{
		Stack: b.name, MB: s.Host.PreviewMB, BudgetMB: s.Host.BudgetMB, Reset: reset,
		Backend: v["backendId"], Owner: v["owner"], Created: v["created"], ExpiresAt: v["expiresAt"],
	}
	if v["data"] == config.DataTemplate {
		// What the data rests on stays under it, whatever is newest by now.
		b.request.Template = previewhost.Newest
		if b.old.Template != "" && !reset {
			b.request.Template = b.old.Template
		}
	}
	return nil
}

// resetting says that a --reset-data has begun and did not end: what the
// outputs say of the data is over, and the next up goes on with the reset.
func (b *build) resetting() bool {
	return !b.new && b.oldTags[index.Reset] != "" && b.oldTags[index.Reset] != b.old.ResetToken
}

// place says where it runs. That can't change: the data would not go along.
func (b *build) place(what string, o UpOptions) error {
	b.placement = b.values["placement"]
	if b.placement == "" {
		b.placement = config.Shared
	}
	if o.Placement != "" {
		b.placement = o.Placement
	}
	if !b.new {
		is := b.old.Placement
		if o.Placement != "" && o.Placement != is {
			return fault.Usage(what, fmt.Sprintf("run odooops pr down --number %d first", o.Number), "it is %s, and its data would not move", is)
		}
		b.placement = is
	}
	if o.Reset && b.placement == config.Dedicated {
		// Its data is on its droplet's volume, which no update makes anew.
		return fault.Usage(what, fmt.Sprintf("run odooops pr down --number %d, and then pr up without --reset-data", o.Number),
			"--reset-data is for previews on the shared host, and this one has a droplet of its own")
	}
	b.values["placement"] = b.placement
	return nil
}

// data says what the database is made from.
func (b *build) data(what string, o UpOptions, now time.Time) error {
	is := ""
	if !b.new {
		is = config.DataDemo
		if b.old.Template != "" {
			is = config.DataTemplate
		}
	}
	want := o.Data
	switch {
	case want != "" && is != "" && want != is && !o.Reset:
		return fault.Usage(what, "give --reset-data too: what is in it goes", "its data is %s", b.old.Data)
	case want == "" && is != "":
		want = is
	case want == "" && b.placement == config.Dedicated:
		want = config.DataDemo
	case want == "":
		want = config.DataTemplate
	}
	b.values["data"] = want
	if token := b.oldTags[index.Reset]; token != "" {
		b.values["resetToken"] = token
	}
	if o.Reset {
		b.values["resetToken"] = strings.ToLower(now.UTC().Format("r20060102t150405"))
	}
	return nil
}

// pick says which images run: those asked for, else those that run, else the pattern's.
func (b *build) pick(what string, o UpOptions) error {
	if err := json.Unmarshal([]byte(b.values["images"]), &b.images); err != nil {
		return fault.Usage(what, "correct images in Pulumi.preview.yaml", "%v", err)
	}
	if !b.new && b.old.Images.Odoo != "" {
		b.images.Odoo = b.old.Images.Odoo
	}
	for name, ref := range o.Images {
		switch name {
		case "odoo":
			b.images.Odoo = ref
		case "postgres":
			b.images.Postgres = ref
		case "mailhog":
			b.images.MailHog = ref
		default:
			return fault.Usage(what, "one of odoo, postgres, mailhog", "a preview has no image %s", name)
		}
	}
	text, err := json.Marshal(map[string]string{"odoo": b.images.Odoo, "postgres": b.images.Postgres, "mailhog": b.images.MailHog})
	if err != nil {
		return err
	}
	b.values["images"] = string(text)
	// Data of a template is compared with the template's image when that is
	// known. Other data was made by the first image it ran with.
	if !b.new && !o.Reset && (b.old.Updates || (b.values["data"] == config.DataDemo && b.images.Odoo != b.old.Images.Odoo)) {
		b.values["update"] = "true"
	}
	return nil
}

// life says whose it is and when it ends. Both are said once: an update or a
// comment never moves an expiry.
func (b *build) life(what string, o UpOptions, now time.Time) error {
	v := b.values
	now = now.UTC().Truncate(time.Second)
	v["owner"], v["created"] = b.oldTags[index.Owner], b.oldTags[index.Created]
	if o.Owner != "" && v["owner"] == "" {
		v["owner"] = o.Owner
	}
	if v["owner"] == "" {
		v["owner"] = "unknown"
	}
	if _, err := time.Parse(time.RFC3339, v["created"]); err != nil {
		v["created"] = now.Format(time.RFC3339)
	}
	if b.oldTags[index.ExpiresAt] != "" {
		at, err := index.Expiry(b.oldTags)
		if err != nil {
			return fault.Newf(what, "run odooops ttl extend "+b.name+" --for 72h", "%v", err)
		}
		v["expiresAt"] = at.UTC().Format(time.RFC3339)
		return nil
	}
	ttl := o.TTL
	if ttl == 0 {
		hours, err := strconv.Atoi(v["ttlHours"])
		if err != nil {
			hours = 72
		}
		ttl = time.Duration(hours) * time.Hour
	}
	if longest := config.LongestLife(config.KindPreview); ttl < time.Minute || ttl > longest {
		return fault.Usage(what, fmt.Sprintf("give --ttl from 1m to %.0fh", longest.Hours()), "%s is no life of a preview", ttl)
	}
	v["expiresAt"] = now.Add(ttl).Format(time.RFC3339)
	return nil
}
