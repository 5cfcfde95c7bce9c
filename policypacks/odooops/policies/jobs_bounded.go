package policies

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aptible/supercronic/cronexpr"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// jobsBounded keeps what runs by itself from running for ever, or all the time.
func jobsBounded() policy.Policy {
	return policy.Policy{
		Name: "jobs-bounded", Severity: policy.Mandatory,
		Holds: "Every job says how long it may take, and none is scheduled more often than every 5 minutes.",
		Why: `A job that hangs keeps its lock and its memory, and nobody notices: the next one waits behind it. One that runs all the time is a daemon without a supervisor.
Looked at are the lines of a container's crontab, jobs that an update waits for, and Odoo's limit_time_real_cron. How often Odoo's own scheduled actions run is in its modules: the gate crons looks there.`,
		Bad:  `Content: pulumi.String("* * * * * backup-run diff\n")`,
		Good: `Content: pulumi.String("0 * * * * timeout 3h backup-run diff\n")`,
		Config: []policy.Setting{
			{Name: "leastMinutes", What: "minutes between two starts of a scheduled job", Default: 5.0},
			{Name: "mostHours", What: "hours that a scheduled job may declare", Default: 24.0},
			{Name: "mostCronSeconds", What: "seconds that limit_time_real_cron may be", Default: 3600.0},
		},
		Types: []string{container},
		Check: func(r *policy.Resource) {
			for _, f := range uploads(r, "crontab") {
				if text, ok := content(f); ok {
					crontab(r, text)
				}
			}
			if conf, there := odooConf(r); there {
				most := int(r.Settings.Number("mostCronSeconds"))
				if n, err := strconv.Atoi(conf["limit_time_real_cron"]); err != nil || n <= 0 || n > most {
					r.Deny("limit_time_real_cron is %q in odoo.conf, so that a scheduled action may hang; set it to 1 to %d seconds", conf["limit_time_real_cron"], most)
				}
			}
			oneShot(r)
		},
	}
}

// oneShot is about a job that an update waits for.
func oneShot(r *policy.Resource) {
	attach, known := r.Get("attach").Bool()
	if !known || !attach {
		return
	}
	if limit, err := time.ParseDuration(r.CreateTimeout); err != nil || limit <= 0 {
		r.Deny("the update waits for this job without a limit; give it pulumi.Timeouts with a time for Create")
	}
}

func crontab(r *policy.Resource, text string) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		name, _, assignment := strings.Cut(line, "=")
		if line == "" || strings.HasPrefix(line, "#") || assignment && !strings.ContainsAny(name, " \t") {
			continue
		}
		schedule, command, ok := schedule(line)
		if !ok {
			r.Deny("line %d of its crontab can't be read: %s", number, line)
			continue
		}
		least := time.Duration(r.Settings.Number("leastMinutes") * float64(time.Minute))
		if every := shortest(schedule); every < least {
			r.Deny("line %d of its crontab starts every %s; let it start every %s at most", number, every, least)
		}
		most := time.Duration(r.Settings.Number("mostHours") * float64(time.Hour))
		if limit, declared := limitOf(command); !declared || limit <= 0 || limit > most {
			r.Deny("line %d of its crontab says not how long it may take; begin it with timeout and at most %s: %s", number, most, strings.Join(command, " "))
		}
	}
}

// schedule splits a line as the program that runs it does: a word with @, or
// as many fields as make a schedule, five at least.
func schedule(line string) (when *cronexpr.Expression, command []string, ok bool) {
	words := strings.Fields(line)
	if strings.HasPrefix(line, "@") {
		when, err := cronexpr.ParseStrict(words[0])
		return when, words[1:], err == nil && len(words) > 1
	}
	for fields := 7; fields >= 5; fields-- {
		if len(words) <= fields {
			continue
		}
		if when, err := cronexpr.ParseStrict(strings.Join(words[:fields], " ")); err == nil {
			return when, words[fields:], true
		}
	}
	return nil, nil, false
}

// looked is how many starts are compared: a day of the fastest that may be.
const looked = 300

// shortest is the least time between two starts.
func shortest(when *cronexpr.Expression) time.Duration {
	least := time.Duration(1<<63 - 1)
	starts := when.NextN(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), looked)
	for i := 1; i < len(starts); i++ {
		least = min(least, starts[i].Sub(starts[i-1]))
	}
	return least
}

// limitOf is the limit that timeout is given.
func limitOf(command []string) (time.Duration, bool) {
	if len(command) < 3 || path.Base(command[0]) != "timeout" {
		return 0, false
	}
	words := command[1:]
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		two := words[0] == "-k" || words[0] == "-s" || words[0] == "--kill-after" || words[0] == "--signal"
		words = words[1:]
		if two && len(words) > 0 {
			words = words[1:]
		}
	}
	if len(words) < 2 {
		return 0, false
	}
	unit, text := time.Second, words[0]
	for suffix, of := range map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
		if number, is := strings.CutSuffix(text, suffix); is {
			unit, text = of, number
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return time.Duration(n * float64(unit)), err == nil
}
