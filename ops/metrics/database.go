package metrics

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed sql/*.sql
var questions embed.FS

// User is the role that the server's container makes for this program.
const User = "odooops_metrics"

// Parts of what is asked.
const (
	partPostgres   = "postgres"
	partOdoo       = "odoo_schema"
	partStatements = "statements"
)

// Database is where the server is, and Odoo's database in it.
type Database struct {
	Host     string `json:"host"`
	Port     uint16 `json:"port"` // 0 is 5432
	Database string `json:"database"`
	Password string `json:"password"`
}

// Look asks both databases at once: the server's own, and Odoo's. It holds no
// session between two scrapes.
func (d Database) Look(ctx context.Context) Answers {
	server, odoo := newAnswers(), newAnswers()
	var both sync.WaitGroup
	both.Go(func() { server.Up[partPostgres] = d.ask(ctx, "postgres", server, d.server) })
	both.Go(func() {
		if !d.ask(ctx, d.Database, odoo, d.odoo) {
			odoo.Up[partOdoo] = false
		}
	})
	both.Wait()
	server.Rows = append(server.Rows, odoo.Rows...)
	maps.Copy(server.Up, odoo.Up)
	if !server.Up[partPostgres] {
		// That Odoo's does not answer either needs no line of its own.
		return *server
	}
	maps.Copy(server.Trouble, odoo.Trouble)
	return *server
}

func newAnswers() *Answers { return &Answers{Up: map[string]bool{}, Trouble: map[string]error{}} }

// session asks one question after another.
type session struct {
	*Answers
	ctx  context.Context
	conn *pgx.Conn
}

// ask is false if there was nobody to ask.
func (d Database) ask(ctx context.Context, database string, answers *Answers, questions func(session)) bool {
	conn, err := d.connect(ctx, database)
	if err != nil {
		answers.Trouble["database "+database] = explain(err)
		return false
	}
	questions(session{answers, ctx, conn})
	// Not the scrape's time, which may be over.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(closing)
	return true
}

func (d Database) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.Database = d.Host, d.Port, database
	if config.Port == 0 {
		config.Port = 5432
	}
	config.User, config.Password, config.ConnectTimeout = User, d.Password, 2*time.Second
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams = map[string]string{
		"application_name": "odooops-metrics", "default_transaction_read_only": "on",
		"statement_timeout": "2s", "lock_timeout": "500ms",
	}
	return pgx.ConnectConfig(ctx, config)
}

func (d Database) server(s session) {
	rows(s, "sessions", &s.Rows)
	rows(s, "archive", &s.Rows)
	rows(s, "database", &s.Rows, d.Database)
	s.Statements = []Statement{}
	s.Up[partStatements] = rows(s, "statements", &s.Statements, d.Database)
	if !s.Up[partStatements] {
		s.Statements = nil
	}
}

func (d Database) odoo(s session) {
	rows(s, "tables", &s.Rows)
	if !rows(s, "odoo", &s.Rows) {
		s.Up[partOdoo] = false
	}
}

// rows adds the answer to a question; it is false if there is none.
func rows[T any](s session, question string, to *[]T, args ...any) bool {
	all, err := answer[T](s, question, args...)
	if err != nil {
		s.Trouble[question] = explain(err)
		return false
	}
	*to = append(*to, all...)
	return true
}

func answer[T any](s session, question string, args ...any) ([]T, error) {
	sql, err := questions.ReadFile("sql/" + question + ".sql")
	if err != nil {
		return nil, err
	}
	found, err := s.conn.Query(s.ctx, string(sql), args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[T])
}

// explain says what to do about what is known.
func explain(err error) error {
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return err
	}
	switch p.Code {
	case "28P01", "28000":
		return fmt.Errorf("the server does not take the password of %s, which it is given at each of its starts; its log may say why not: then run odooops up", User)
	case "55000", "42P01":
		return errors.New("nothing counts statements: the server runs without shared_preload_libraries = 'pg_stat_statements', or has just begun")
	case "3F000", "42883":
		return errors.New("the server does not know odooops.counts(), which it is given at each of its starts; its log may say why not")
	}
	return err
}
