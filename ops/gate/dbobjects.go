package gate

import (
	"bufio"
	"context"
	"os"
	"regexp"
	"strings"

	"github.com/odooops/odooops/ops/fault"
)

// DBObjects counts the tables and sequences of a database. Odoo asks the
// catalog about all of them, and Odoo.sh refuses databases over 10,000.
type DBObjects struct {
	Database *Database
	List     string // or a file: pg_dump's plain dump, pg_restore --list, or lines of "table NAME"
}

const (
	objectsWarn = 8000
	objectsFail = 10000
)

// Check counts.
func (g DBObjects) Check(ctx context.Context) (Report, error) {
	what := "gate db-objects"
	var r Report
	var n objects
	var name string
	switch {
	case (g.Database == nil) == (g.List == ""):
		return r, fault.Usage(what, "give one of --stack, --dsn-file and --list", "it counts the objects of one database")
	case g.Database != nil:
		name = g.Database.Name
		all, err := rows[objects](ctx, g.Database, what, objectsSQL)
		if err != nil {
			return r, err
		}
		if len(all) == 1 {
			n = all[0]
		}
	default:
		var err error
		name = g.List
		if n, err = countList(what, g.List); err != nil {
			return r, err
		}
	}
	if n.Tables == 0 {
		return r, fault.Newf(what, "give a database of Odoo, or a whole dump of one", "%s has no table", name)
	}
	r.Checked = []string{name}
	next := "remove modules that nobody uses; drop tables that removed modules left"
	switch total := n.Tables + n.Sequences; {
	case total > objectsFail:
		r.fail(name, 0, next, "%d tables and %d sequences are %d objects, over %d", n.Tables, n.Sequences, total, objectsFail)
	case total >= objectsWarn:
		r.warn(name, 0, next, "%d tables and %d sequences are %d objects; over %d it fails", n.Tables, n.Sequences, total, objectsFail)
	}
	return r, nil
}

type objects struct {
	Tables    int `json:"tables"`
	Sequences int `json:"sequences"`
}

const objectsSQL = `SELECT count(*) FILTER (WHERE c.relkind IN ('r', 'p', 'f')) AS tables, count(*) FILTER (WHERE c.relkind = 'S') AS sequences
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

var (
	dumpEntry = regexp.MustCompile(`^-- (?:Data for )?Name: .*; Type: (TABLE|FOREIGN TABLE|SEQUENCE); Schema: `)
	tocEntry  = regexp.MustCompile(`^\d+; \d+ \d+ (TABLE|FOREIGN TABLE|SEQUENCE) (\S+) `)
	notObject = regexp.MustCompile(`^\d+; \d+ \d+ (TABLE DATA|TABLE ATTACH|SEQUENCE SET|SEQUENCE OWNED BY) `)
	listEntry = regexp.MustCompile(`^(table|sequence)\s+\S`)
)

// countList counts in one of three kinds of file. What is none of them, or was
// cut off, is refused.
func countList(what, file string) (n objects, err error) {
	f, err := os.Open(file)
	if err != nil {
		return n, fault.Usage(what, "give --list a file that can be read", "%v", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<30) // a row of a dump is a line
	kind, inCopy, whole := "", false, false
	count := func(name string) {
		if strings.HasSuffix(strings.ToUpper(name), "TABLE") {
			n.Tables++
		} else {
			n.Sequences++
		}
	}
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		switch {
		case kind == "" && strings.HasPrefix(line, "-- PostgreSQL database dump"):
			kind = "dump"
		case kind == "" && strings.HasPrefix(line, "; Archive created at"):
			kind, whole = "toc", true
		case kind == "" && (line == "" || strings.HasPrefix(line, ";") || line == "--" || strings.HasPrefix(line, "#")):
		case kind == "dump" && inCopy:
			inCopy = line != `\.`
		case kind == "dump":
			inCopy = strings.HasPrefix(line, "COPY ") && strings.HasSuffix(line, " FROM stdin;")
			whole = whole || strings.HasPrefix(line, "-- PostgreSQL database dump complete")
			if m := dumpEntry.FindStringSubmatch(line); m != nil {
				count(m[1])
			}
		case kind == "toc":
			if m := tocEntry.FindStringSubmatch(line); m != nil && !notObject.MatchString(line) {
				count(m[1])
			}
		case line == "" || strings.HasPrefix(line, "#"):
		default:
			kind, whole = "list", true
			m := listEntry.FindStringSubmatch(line)
			if m == nil {
				return n, fault.Newf(what, "give pg_dump's plain dump, the output of pg_restore --list, or lines such as: table res_partner",
					"%s, line %d: %.60q is neither a table nor a sequence", file, number, line)
			}
			count(m[1])
		}
	}
	if err := lines.Err(); err != nil {
		return n, fault.New(what, "", err)
	}
	if kind == "dump" && !whole {
		return n, fault.Newf(what, "make the dump again", "%s ends before its end: it was cut off", file)
	}
	return n, nil
}
