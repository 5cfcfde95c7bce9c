package policies

import (
	"fmt"
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
			{Name: "stagingDays", What: "days from now that a staging may live", Default: days(config.KindStaging)},
			{Name: "previewDays", What: "days from now that a preview may live", Default: days(config.KindPreview)},
		},
		Types: []string{root},
		// The tag is there before the program runs.
		Check: func(r *policy.Resource) {
			if days, has := life(r.Kind, r.Settings); has && r.Tags[expiresTag] != "" {
				if problem := ending(r.Tags[expiresTag], now(), r.Kind, days); problem != "" {
					r.Deny("%s", problem)
				}
			}
		},
		CheckStack: func(s *policy.Stack) {
			if s.Kind == config.KindRestore {
				restoreBegins(s)
				return
			}
			days, has := life(s.Kind, s.Settings)
			if !has {
				return
			}
			said, known := output(s, expiresOutput)
			switch {
			case !known:
			case said == "" && s.Tags[expiresTag] == "":
				s.Deny("the stack has no expiry; bring it up by odooops up or odooops pr up, which give it one (stack tag %s, output %s)", expiresTag, expiresOutput)
			case said != "":
				if problem := ending(said, now(), s.Kind, days); problem != "" {
					s.Deny("%s", problem)
				}
			}
		},
	}
}

// days are the default of a kind.
func days(kind string) float64 { return config.LongestLife(kind).Hours() / 24 }

// life is how many days a stack of the kind may live from now.
func life(kind string, settings policy.Settings) (days float64, has bool) {
	switch kind {
	case config.KindPreview:
		return settings.Number("previewDays"), true
	case config.KindStaging:
		return settings.Number("stagingDays"), true
	}
	return 0, false
}

// ending says what is wrong with an end, or nothing.
func ending(at string, now time.Time, kind string, days float64) string {
	end, err := time.Parse(time.RFC3339, at)
	switch {
	case err != nil:
		return fmt.Sprintf("its expiry %q is no time such as 2026-01-31T12:00:00Z", at)
	case end.After(now.Add(time.Duration(days * 24 * float64(time.Hour)))):
		return fmt.Sprintf("it expires on %s, and a %s may live for %g days; take less (ttlDays, ttlHours, --ttl, ttl extend)", end.UTC().Format(time.DateOnly), kind, days)
	}
	return ""
}

// output is one of the stack's, empty where there is none.
func output(s *policy.Stack, name string) (text string, known bool) {
	if stack := s.Root(); stack != nil {
		return stack.Get(name).Text()
	}
	return "", true
}

// restoreBegins wants a time that the sweep can count an hour from.
func restoreBegins(s *policy.Stack) {
	said, known := output(s, "created")
	if !known {
		return
	}
	if _, err := time.Parse(time.RFC3339, said); err != nil {
		s.Deny("its output created is %q, and no time: the sweep would not know when its hour is over", said)
	}
}
