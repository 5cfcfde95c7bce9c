package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// isMailedLabel is isLabel with room for MailHog's name: the label and "-mail".
func isMailedLabel(v string) error {
	if err := isLabel(v); err != nil {
		return err
	}
	if len(v) > 63-len("-mail") {
		return fmt.Errorf("%q is longer than 58 characters, so that there is no name for its mail, %s-mail", v, v)
	}
	return nil
}

func isOneOf(allowed ...string) func(string) error {
	return func(v string) error {
		if slices.Contains(allowed, v) {
			return nil
		}
		return fmt.Errorf("%q is none of %s", v, strings.Join(allowed, ", "))
	}
}

func isCount(least, most int) func(string) error {
	return func(v string) error {
		if n, err := strconv.Atoi(v); err == nil && n >= least && n <= most && strconv.Itoa(n) == v {
			return nil
		}
		return fmt.Errorf("%q is no whole number from %d to %d", v, least, most)
	}
}

func isNumber(v string) error { return isCount(1, 1<<52)(v) }

func isTime(v string) error {
	if _, err := time.Parse(time.RFC3339, v); err != nil {
		return fmt.Errorf("%q is no time such as 2026-01-31T12:00:00Z", v)
	}
	return nil
}

var id = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func isID(v string) error {
	if id.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no UUID", v)
}

// owner is a login of GitHub's, and fits into a tag of DigitalOcean's.
var owner = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9_]){0,38}$`)

func isOwner(v string) error {
	if owner.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no login: letters, digits, - and _ only, at most 39", v)
}

func isLoginList(v string) error {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		return errors.New("must be a list of logins")
	}
	for _, l := range list {
		if err := isOwner(l); err != nil {
			return err
		}
	}
	return nil
}

var repository = regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}$`)

func isRepository(v string) error {
	if repository.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no repository such as owner/name", v)
}

func isSecretsByEnvironment(v string) error {
	var secrets map[string]map[string]string
	if err := json.Unmarshal([]byte(v), &secrets); err != nil {
		return errors.New("must be JSON such as {ENVIRONMENT: {NAME: value}}") // the value is not for an error
	}
	return nil
}

var modules = regexp.MustCompile(`^[a-z0-9_]+(,[a-z0-9_]+)*$`)

func isModules(v string) error {
	if modules.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no list of modules such as base,web,mail", v)
}

// isAllowList is a list of those who need no password: anybody is not a list.
func isAllowList(v string) error {
	if err := isCIDRs(v); err != nil {
		return err
	}
	for _, c := range list(v) {
		if strings.HasSuffix(c, "/0") {
			return fmt.Errorf("%s is everybody, and nobody would be asked for the password; list your own addresses", c)
		}
	}
	return nil
}

func isHostList(v string) error {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		return errors.New("must be a list of host names, such as [api.example.com]")
	}
	for _, h := range list {
		if err := isDomain(h); err != nil {
			return err
		}
	}
	return nil
}

func isEmailList(v string) error {
	var list []string
	if err := json.Unmarshal([]byte(v), &list); err != nil {
		return errors.New("must be a list of mail addresses")
	}
	for _, a := range list {
		if err := isEmail(a); err != nil {
			return err
		}
	}
	return nil
}

// isURL is for addresses that hold a secret: the error doesn't repeat them.
func isURL(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || isOneWord(v) != nil {
		return errors.New("is no URL such as https://chat.example.com/hooks/KEY")
	}
	return nil
}

var hash = regexp.MustCompile(`^\{SHA\}[A-Za-z0-9+/]{27}=$`)

func isHash(v string) error {
	if hash.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is no hash such as {SHA}…", v)
}

func isPublicKey(v string) error {
	k, _, _, rest, err := ssh.ParseAuthorizedKey([]byte(v))
	if err != nil || len(rest) > 0 || k.Type() != ssh.KeyAlgoED25519 {
		return errors.New("is no ed25519 public key (ssh-ed25519 AAAA…)")
	}
	return nil
}
