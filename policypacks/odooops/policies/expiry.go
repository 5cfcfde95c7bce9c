package policies

import (
	"time"

	"github.com/odooops/odooops/policypacks/odooops/policy"
	"github.com/odooops/odooops/stacks/config"
)

// expiresTag is where a stack's end stands in its backend, expiresOutput where
// the program says it.
const (
	expiresTag    = "odooops:expires-at"
	expiresOutput = "expiresAt"
)

// expiry makes sure that what is not meant to stay goes.
func expiry(now func() time.Time) policy.Policy {
	return policy.Policy{
		Name: "expiry", Severity: policy.Mandatory,
		Holds: "Every staging ends within 90 days and every preview within 14.",
		Why: `Copies of data that nobody ends are paid for, not updated, and one day found by somebody else. The sweep ends what is past its time; without a time it would never come.
Platform, production and the preview host stay. A restore's machine is swept an hour after it was made.`,
		Bad: `ctx.Export("expiresAt", pulumi.String("2036-01-01T00:00:00Z"))`,
		Good: "`odooops up staging` and `odooops pr up` give it: " +
			"ctx.Export(\"expiresAt\", pulumi.String(now.AddDate(0, 0, 90).Format(time.RFC3339)))",
		Config: []policy.Setting{
			{Name: "stagingDays", What: "days from now that a staging may live", Default: 90.0},
			{Name: "previewDays", What: "days from now that a preview may live", Default: 14.0},
		},
		CheckStack: func(s *policy.Stack) {
			days := 0.0
			switch s.Kind {
			case config.KindPreview:
				days = s.Settings.Number("previewDays")
			case config.KindStaging:
				days = s.Settings.Number("stagingDays")
			case config.KindRestore:
				restoreBegins(s)
				return
			default:
				return
			}
			at, known := ends(s)
			if !known {
				return
			}
			if at == "" {
				s.Deny("the stack has no expiry; bring it up by odooops up or odooops pr up, which give it one (stack tag %s, output %s)", expiresTag, expiresOutput)
				return
			}
			end, err := time.Parse(time.RFC3339, at)
			switch {
			case err != nil:
				s.Deny("its expiry %q is no time such as 2026-01-31T12:00:00Z", at)
			case end.After(now().Add(time.Duration(days * 24 * float64(time.Hour)))):
				s.Deny("it expires on %s, and a %s may live for %g days; take less (ttlDays, ttlHours, ttl extend)", end.UTC().Format(time.DateOnly), s.Kind, days)
			}
		},
	}
}

// ends is when the stack ends: the later of what its tag and its output say.
func ends(s *policy.Stack) (at string, known bool) {
	said := ""
	if root := s.Root(); root != nil {
		if said, known = root.Get(expiresOutput).Text(); !known {
			return "", false
		}
	}
	tag := s.Tags[expiresTag]
	if tag == "" || said == "" {
		return tag + said, true
	}
	a, errTag := time.Parse(time.RFC3339, tag)
	b, errSaid := time.Parse(time.RFC3339, said)
	if errTag == nil && (errSaid != nil || b.After(a)) {
		return said, true
	}
	return tag, true
}

// restoreBegins wants a time that the sweep can count an hour from.
func restoreBegins(s *policy.Stack) {
	said := ""
	if root := s.Root(); root != nil {
		var known bool
		if said, known = root.Get("created").Text(); !known {
			return
		}
	}
	if _, err := time.Parse(time.RFC3339, said); err != nil {
		s.Deny("its output created is %q, and no time: the sweep would not know when its hour is over", said)
	}
}
