package observability

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Query is one question of one panel, with every variable put in: what a
// browser would ask with the dashboard as it opens.
type Query struct {
	Dashboard  string // file name without .json, such as odoo
	Panel      string // title
	Datasource string // prometheus or loki
	Expr       string // PromQL or LogQL
	// Instant queries are asked for one moment, the others over a range.
	Instant bool
	// Data: where production serves, the answer holds data. The dashboard has
	// the tag core, and the panel no text for having none (noValue).
	Data bool
}

// windows are Grafana's own variables, for a range of an hour.
var windows = map[string]string{
	"$__rate_interval": "5m", "$__auto": "5m", "$__interval": "1m", "$__range": "1h",
}

// Queries are all of all dashboards, in the order of their files and panels.
func Queries() ([]Query, error) {
	var out []Query
	texts := Dashboards()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d, err := parse(name, texts[name])
		if err != nil {
			return nil, err
		}
		values := d.values()
		for _, p := range d.Panels {
			for _, t := range p.Targets {
				out = append(out, Query{
					Dashboard: strings.TrimSuffix(name, ".json"), Panel: p.Title, Datasource: t.Datasource.UID,
					Expr: values.Replace(t.Expr), Instant: t.Instant || t.QueryType == "instant",
					Data: slices.Contains(d.Tags, "core") && p.FieldConfig.Defaults.NoValue == nil,
				})
			}
		}
	}
	return out, nil
}

// dashboard is what this package looks at of Grafana's model.
type dashboard struct {
	UID, Title, Description string
	Tags                    []string
	Templating              struct{ List []variable }
	Annotations             struct{ List []annotation }
	Panels                  []panel
}

type variable struct {
	Name, AllValue string
	Current        struct{ Value string }
}

type annotation struct {
	Name, Expr string
	Datasource datasource
}

type datasource struct{ Type, UID string }

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               datasource
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []target
	Links                    []struct{ Title, URL string }
	FieldConfig              struct {
		Defaults struct {
			Unit    string
			NoValue *string
		}
	}
}

type target struct {
	RefID, Expr, QueryType string
	Instant                bool
	Datasource             datasource
}

func parse(name, text string) (dashboard, error) {
	var d dashboard
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, fmt.Errorf("dashboard %s is no JSON of Grafana's: %w", name, err)
	}
	return d, nil
}

// values puts in what is chosen when the dashboard opens.
func (d dashboard) values() *strings.Replacer {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(windows)) {
		pairs = append(pairs, k, windows[k])
	}
	for _, v := range d.Templating.List {
		value := v.Current.Value
		if value == "$__all" {
			value = v.AllValue
		}
		pairs = append(pairs, "$"+v.Name, value)
	}
	return strings.NewReplacer(pairs...)
}
