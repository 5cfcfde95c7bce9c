package gate

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/odooops/odooops/ops/fault"
)

// Crons wants scheduled actions that come round no more often than every five
// minutes and that end: by Odoo's limit for a run, and by being switched off
// when they time out again and again. Odoo 19 does the latter (three runs over
// the limit are a failure, five failures within no less than a week switch it
// off) as long as nobody replaces what does it.
type Crons struct {
	Dir      string
	Database *Database // looks at the scheduled actions of a database instead
	// Failures is after how many, one after the other, an action of a database
	// should be off.
	Failures int
}

const (
	cronEvery = 5 * time.Minute
	cronLimit = 30 * time.Minute
)

// Check the modules' data and Python and the configurations, or a database.
func (g Crons) Check(ctx context.Context) (Report, error) {
	var r Report
	if g.Database != nil {
		return r, g.database(ctx, &r)
	}
	t, err := openTree(ctx, "crons", g.Dir)
	if err != nil {
		return r, err
	}
	modules, err := t.checked(&r)
	if err != nil {
		return r, err
	}
	crons, err := t.records(&r, modules, "ir.cron")
	if err != nil {
		return r, err
	}
	for _, c := range crons {
		cronRecord(&r, c)
	}
	models, err := t.models(ctx, &r, modules, "ir.cron")
	if err != nil {
		return r, err
	}
	for _, m := range models {
		cronModel(&r, m)
	}
	confs, err := t.confs()
	if err != nil {
		return r, err
	}
	for _, c := range confs {
		r.Checked = append(r.Checked, c.file)
		cronConf(&r, c)
	}
	return r, nil
}

var units = map[string]time.Duration{
	"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour, "weeks": 7 * 24 * time.Hour, "months": 30 * 24 * time.Hour,
}

const oftenNext = "let it run every 5 minutes at most; what must be quicker is triggered (ir.cron's _trigger) when there is something to do"

var endless = regexp.MustCompile(`\bwhile\s*\(?\s*(True|1)\b`)

func cronRecord(r *Report, c record) {
	if c.function != "" {
		r.warn(c.file, c.line, "declare it as a record", "it calls %s of ir.cron: how often that runs can't be told", c.function)
		return
	}
	number, hasNumber := c.fields["interval_number"]
	unit, hasUnit := c.fields["interval_type"]
	if hasNumber || hasUnit || !c.foreign() {
		at := c.line
		if hasNumber {
			at = number.line
		}
		// Odoo's own defaults; of another module's record, what it has isn't known here.
		if !hasNumber {
			number.value = "1"
		}
		if !hasUnit && !c.foreign() {
			unit.value = "months"
		} else if !hasUnit {
			unit.value = "minutes"
		}
		if cause := tooOften(number, unit); cause != "" {
			r.fail(c.file, at, oftenNext, "%s %s", title(c), cause)
		}
	}
	if code := c.fields["code"]; endless.MatchString(code.value) {
		r.fail(c.file, code.line, "let it do a part, and Odoo call it again (_commit_progress)", "%s has a loop without an end", title(c))
	}
}

func title(c record) string {
	if c.id != "" {
		return c.id
	}
	return "a scheduled action"
}

// tooOften says what is wrong with an interval, or nothing.
func tooOften(number, unit field) string {
	n, err := strconv.Atoi(number.value)
	each, known := units[unit.value]
	switch {
	case number.dynamic || unit.dynamic || err != nil || !known:
		return fmt.Sprintf("runs every %q %q, which can't be told from the file", number.value, unit.value)
	case n <= 0:
		return fmt.Sprintf("runs every %d %s", n, unit.value)
	case time.Duration(n)*each < cronEvery:
		return fmt.Sprintf("runs every %d %s, more often than every 5 minutes", n, unit.value)
	}
	return ""
}

// bounds are Odoo's methods that count time-outs, switch off and commit.
var bounds = []string{"_process_jobs", "_process_jobs_loop", "_process_job", "_run_job", "_acquire_one_job", "_update_failure_count", "_add_progress"}

func cronModel(r *Report, m model) {
	if m.Name != "ir.cron" && !slices.Contains(m.Inherit, "ir.cron") {
		return
	}
	for name, line := range m.Methods {
		if slices.Contains(bounds, name) {
			r.fail(m.file, line, "leave it to Odoo, which switches off what times out again and again", "it replaces %s of ir.cron", name)
		}
	}
}

// cronConf wants a limit for a run. Without the option it is limit_time_real.
func cronConf(r *Report, c *conf) {
	o, ok := c.get("limit_time_real_cron")
	if !ok || o.value == "-1" {
		if o, ok = c.get("limit_time_real"); !ok {
			return // Odoo's own 120 seconds
		}
	}
	n, err := strconv.Atoi(o.value)
	switch next := "set limit_time_real_cron to at most " + strconv.Itoa(int(cronLimit.Seconds())) + " seconds"; {
	case err != nil:
		r.fail(c.file, o.line, next, "%s is %q, no number of seconds", o.name, o.value)
	case n <= 0:
		r.fail(c.file, o.line, next, "%s is %d: a scheduled action may run for ever", o.name, n)
	case n > int(cronLimit.Seconds()):
		r.fail(c.file, o.line, next, "%s is %d: a scheduled action may run for %s", o.name, n, time.Duration(n)*time.Second)
	}
}

// job is a scheduled action of a database.
type job struct {
	Name     string `json:"name"`
	Number   int    `json:"interval_number"`
	Unit     string `json:"interval_type"`
	Failures int    `json:"failure_count"`
	TimedOut int    `json:"timed_out"`
}

// Odoo counts a run before it begins, so the last may be one that is running.
const cronsSQL = `SELECT coalesce(c.cron_name, 'id ' || c.id) AS name, c.interval_number, c.interval_type, coalesce(c.failure_count, 0) AS failure_count,
	coalesce((SELECT greatest(p.timed_out_counter - 1, 0) FROM ir_cron_progress p WHERE p.cron_id = c.id ORDER BY p.id DESC LIMIT 1), 0) AS timed_out
	FROM ir_cron c WHERE c.active ORDER BY c.id`

func (g Crons) database(ctx context.Context, r *Report) error {
	what := "gate crons"
	if g.Failures < 1 {
		return fault.Usage(what, "give --failures a number from 1", "%d failures", g.Failures)
	}
	jobs, err := rows[job](ctx, g.Database, what, cronsSQL)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		r.Checked = append(r.Checked, j.Name)
		cause := tooOften(field{value: strconv.Itoa(j.Number)}, field{value: j.Unit})
		if cause != "" {
			r.fail(j.Name, 0, oftenNext, "it %s", cause)
		}
		switch {
		case j.Failures >= g.Failures:
			r.fail(j.Name, 0, "switch it off in Settings, Technical, Scheduled Actions until it is mended", "it is active after %d failures, one after the other", j.Failures)
		case j.Failures+j.TimedOut > 0:
			r.warn(j.Name, 0, "see Odoo's log for why", "it has failed %d times, and %d runs since were over the limit", j.Failures, j.TimedOut)
		}
	}
	return nil
}
