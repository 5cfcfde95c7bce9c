package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/odooops/odooops/components/size"
)

// Regions are the ones with volumes and Spaces both: the backups stay in the
// droplet's region, and a region without Spaces would have none.
var Regions = []string{"ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "sfo2", "sfo3", "sgp1", "syd1", "tor1"}

func isRegion(v string) error {
	if slices.Contains(Regions, v) {
		return nil
	}
	return fmt.Errorf("%q is no region with volumes and Spaces; use one of %s", v, strings.Join(Regions, ", "))
}

func isSize(v string) error {
	_, err := size.Lookup(v)
	return err
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func isLabel(v string) error {
	if label.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no name: a-z, 0-9 and - only, at most 63 characters", v)
}

func isDomain(v string) error {
	labels := strings.Split(v, ".")
	for _, l := range labels {
		if !label.MatchString(l) || len(v) > 253 || len(labels) < 2 {
			return fmt.Errorf("%q is no domain name such as example.com", v)
		}
	}
	return nil
}

func isVPC(v string) error {
	p, err := netip.ParsePrefix(v)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no CIDR such as 10.20.0.0/20", v)
	case p != p.Masked():
		return fmt.Errorf("%s has bits set behind its length; it would be %s", v, p.Masked())
	case !netip.MustParsePrefix("10.0.0.0/8").Overlaps(p) || p.Bits() < 16 || p.Bits() > 28:
		// Docker's own networks are in 172.16.0.0/12 and 192.168.0.0/16.
		return fmt.Errorf("%s must be within 10.0.0.0/8 and from /16 to /28", v)
	}
	for _, taken := range []string{"10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24"} {
		if netip.MustParsePrefix(taken).Overlaps(p) {
			return fmt.Errorf("%s overlaps %s, which DigitalOcean keeps for itself", v, taken)
		}
	}
	return nil
}

// isCIDRs is a list that may be empty, isCIDRList one that may not.
func isCIDRs(v string) error {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		return errors.New("must be a list of CIDRs, such as [203.0.113.7/32]")
	}
	for _, c := range list {
		if p, err := netip.ParsePrefix(c); err != nil || p != p.Masked() {
			return fmt.Errorf("%q is no CIDR such as 203.0.113.7/32", c)
		}
	}
	return nil
}

func isCIDRList(v string) error {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil || len(list) == 0 {
		return errors.New("must be a list of CIDRs, such as [203.0.113.7/32]")
	}
	return isCIDRs(v)
}

func isVolumeSize(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 5 || n > 16384 {
		return fmt.Errorf("%q is no size in GB from 5 to 16384", v)
	}
	return nil
}

func isBool(v string) error {
	if v == "true" || v == "false" {
		return nil
	}
	return fmt.Errorf("%q is neither true nor false", v)
}

var login = regexp.MustCompile(`^[^\s"\\]{3,64}$`)

func isLogin(v string) error {
	if !login.MatchString(v) {
		return fmt.Errorf("%q is no login: 3 to 64 characters without spaces", v)
	}
	if slices.Contains([]string{"admin", "demo", "portal"}, v) {
		return fmt.Errorf("%q is one of Odoo's default accounts, which everybody tries first", v)
	}
	return nil
}

func isEmail(v string) error {
	if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
		return fmt.Errorf("%q is no mail address", v)
	}
	return nil
}

func isPrivateKey(v string) error {
	k, err := ssh.ParsePrivateKey([]byte(v))
	if err != nil || k.PublicKey().Type() != ssh.KeyAlgoED25519 {
		return errors.New("is no ed25519 private key without passphrase")
	}
	return nil
}

func isStrong(v string) error {
	if len(v) < 16 || strings.ContainsAny(v, " \t\r\n'\"\\%$") {
		return errors.New("must have at least 16 characters, without spaces, quotes, $, % and backslashes")
	}
	return nil
}

// isOneWord is for secrets that somebody else made. Pasted with a line break,
// they would begin a new setting in a config file.
func isOneWord(v string) error {
	if strings.ContainsAny(v, " \t\r\n") {
		return errors.New("has spaces or line breaks in it; was it pasted whole?")
	}
	return nil
}

// pinned is an image by digest: a tag could mean another image tomorrow.
var pinned = regexp.MustCompile(`^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$`)

// optionalImages are left out where no registry has them.
var optionalImages = []string{"grafana"}

// isImages checks that the images of these names, and no others, are there.
func isImages(names ...string) func(string) error {
	return func(v string) error {
		var images map[string]string
		if err := json.Unmarshal([]byte(v), &images); err != nil {
			return errors.New("must be an object such as {odoo: NAME@sha256:…}")
		}
		for _, name := range slices.Sorted(maps.Keys(images)) {
			if !slices.Contains(names, name) {
				return fmt.Errorf("%q is no image of this kind of stack; it has %s", name, strings.Join(names, ", "))
			}
		}
		for _, name := range names {
			if images[name] == "" && slices.Contains(optionalImages, name) {
				continue
			}
			if images[name] == "" {
				return &Error{Key: "images." + name, Problem: "missing", Hint: pushHint}
			}
			if err := isPinned(images[name]); err != nil {
				return &Error{Key: "images." + name, Problem: err.Error(), Hint: pushHint}
			}
		}
		return nil
	}
}

// CheckImage refuses a reference that no stack would run.
func CheckImage(ref string) error { return isPinned(ref) }

func isPinned(v string) error {
	if pinned.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is not pinned by digest (NAME@sha256:…)", v)
}

const (
	pushHint = "scripts/images/push prints the digests, `odooops up STACK --image NAME=REF` sets one"
	initHint = "run `odooops init`"
)

func isMail(v string) error {
	var m Mail
	if err := strictJSON(v, &m); err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		check       func(string) error
	}{
		{"domain", m.Domain, isDomain},
		{"region", m.Region, isMailRegion},
		{"login", m.Login, isEmail},
		{"dkimSelector", m.DKIMSelector, isLabel},
		{"dkimPublicKey", m.DKIMPublicKey, isBase64},
		{"dmarcReports", m.DMARCReports, isEmail},
	} {
		if f.value == "" {
			continue
		}
		if err := f.check(f.value); err != nil {
			return &Error{Key: "mail." + f.name, Problem: err.Error()}
		}
	}
	return nil
}

// awsRegion is of the partition aws: the others have endpoints of other names.
var awsRegion = regexp.MustCompile(`^(af|ap|ca|eu|il|me|mx|sa|us)-(central|east|north|northeast|northwest|south|southeast|southwest|west)-[1-9]$`)

// minLockDays is the window that a point in time can be restored in.
const minLockDays = 14

func isOffsite(v string) error {
	o := Offsite{LockDays: minLockDays}
	if err := strictJSON(v, &o); err != nil {
		return err
	}
	switch {
	case o.Region != "" && !awsRegion.MatchString(o.Region):
		return &Error{Key: "offsite.region", Problem: fmt.Sprintf("%q is no region of AWS such as eu-west-1", o.Region)}
	case o.LockDays < minLockDays || o.LockDays > 365:
		return &Error{
			Key: "offsite.lockDays", Problem: fmt.Sprintf("%d is not from %d to 365", o.LockDays, minLockDays),
			Hint: "what is locked for less can be deleted while a restore may still need it",
		}
	case o.Profile != "" && !label.MatchString(o.Profile):
		return &Error{Key: "offsite.profile", Problem: fmt.Sprintf("%q is no profile's name", o.Profile)}
	}
	return nil
}

func isMailRegion(v string) error {
	if v == "us" || v == "eu" {
		return nil
	}
	return fmt.Errorf("%q is no Mailgun region; use us or eu", v)
}

var base64Text = regexp.MustCompile(`^[A-Za-z0-9+/]{100,}={0,2}$`)

func isBase64(v string) error {
	if base64Text.MatchString(v) {
		return nil
	}
	return errors.New("is no public key: give what stands behind p= in Mailgun's record")
}
