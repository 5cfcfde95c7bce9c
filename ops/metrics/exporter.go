package metrics

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// patience is how long a scrape may take, whatever does not answer.
const patience = 3 * time.Second

// Exporter answers scrapes.
type Exporter struct {
	// Look asks the server; see Database.
	Look func(ctx context.Context) Answers
	// Repositories is the directory that the backup writes to; it need not exist.
	Repositories string
	// Log gets a line when something fails that did not, or in another way.
	Log io.Writer
	Now func() time.Time

	mu         sync.Mutex
	statements statementCounter
	told       map[string]string
}

// Answers are those of the server to one scrape.
type Answers struct {
	// Rows are of the questions that were answered.
	Rows []Row
	// Statements is nil where nothing counts them.
	Statements []Statement
	// Up says of a part whether it answers, where no row does.
	Up map[string]bool
	// Trouble is what questions failed with.
	Trouble map[string]error
}

// Row is how questions are answered: a metric's name, its label if it has one,
// and its value.
type Row struct {
	Name, Label string
	Value       float64
}

// Handler serves /metrics, and / to those who ask whether it runs.
func (e *Exporter) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(e)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2, ErrorLog: lines{e.Log},
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	return mux
}

// Describe is for the registry, which then checks what Collect gives.
func (e *Exporter) Describe(out chan<- *prometheus.Desc) {
	for name := range served {
		out <- describe(name)
	}
}

// Collect is one scrape.
func (e *Exporter) Collect(out chan<- prometheus.Metric) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, s := range e.samples(ctx) {
		m, err := prometheus.NewConstMetric(describe(s.name), served[s.name].kind, s.value, s.labels...)
		if err != nil {
			m = prometheus.NewInvalidMetric(describe(s.name), err)
		}
		out <- m
	}
}

func describe(name string) *prometheus.Desc {
	return prometheus.NewDesc(name, served[name].help, served[name].labels, nil)
}

func (e *Exporter) samples(ctx context.Context) []sample {
	answers := e.Look(ctx)
	var all []sample
	for _, r := range answers.Rows {
		s := sample{name: r.Name, value: r.Value}
		if len(served[r.Name].labels) > 0 {
			s.labels = []string{r.Label}
		}
		all = append(all, s)
	}
	for part, up := range answers.Up {
		value := 0.0
		if up {
			value = 1
		}
		all = append(all, sample{"odooops_up", []string{part}, value})
	}
	if answers.Statements != nil {
		all = append(all, e.statements.add(answers.Statements)...)
	}
	trouble := maps.Clone(answers.Trouble)
	if trouble == nil {
		trouble = map[string]error{}
	}
	known, err := repositories(e.Repositories, e.Now())
	if err != nil {
		trouble["repositories"] = err
	}
	e.tell(trouble)
	return append(all, known...)
}

// tell says what goes wrong, once, and when it is right again.
func (e *Exporter) tell(trouble map[string]error) {
	now := map[string]string{}
	for what, err := range trouble {
		now[what] = err.Error()
		if e.told[what] != now[what] {
			lines{e.Log}.Println(what + ": " + now[what])
		}
	}
	for what := range e.told {
		if now[what] == "" {
			lines{e.Log}.Println(what + ": right again")
		}
	}
	e.told = now
}

// lines writes them as this program's.
type lines struct{ to io.Writer }

func (l lines) Println(v ...any) { _, _ = fmt.Fprint(l.to, "odooops-metrics: ", fmt.Sprintln(v...)) }
