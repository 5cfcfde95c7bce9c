package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/scan"
)

// Copy makes the target database anew, with the source's rows masked on the
// way. Nothing of a row that is not masked ever reaches the target.
func Copy(ctx context.Context, r mask.CopyRequest, say func(string, ...any)) (mask.CopyResult, error) {
	started := time.Now()
	result := mask.CopyResult{Findings: []mask.Finding{}, Tables: []mask.Table{}}
	if len(r.Key) != 32 {
		return result, fmt.Errorf("copy: key must be 32 bytes in base64, not %d", len(r.Key))
	}
	source, err := connect(ctx, "source", r.Source, nil)
	if err != nil {
		return result, err
	}
	defer source.Close(ctx)
	tx, err := source.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return result, safe("read the source", err)
	}
	var snapshot string
	if err := tx.QueryRow(ctx, "SELECT pg_export_snapshot()").Scan(&snapshot); err != nil {
		return result, safe("read the source", err)
	}
	p, err := planOf(ctx, source, r.Manifest)
	if err != nil {
		return result, err
	}
	if !p.Ready() {
		result.Unclassified, result.Problems = list(p.Unclassified), p.Problems
		return result, nil
	}
	if err := refuse(ctx, source); err != nil {
		return result, err
	}
	say("reading what must not come through")
	second, err := reader(ctx, r.Source, snapshot)
	if err != nil {
		return result, err
	}
	defer second.Close(ctx)
	set, err := originals(ctx, source, p, r.Settings, second)
	if err != nil {
		return result, err
	}
	say("%d originals to look for", set.Len())
	schema, err := dumpSchema(ctx, r.Source, snapshot)
	if err != nil {
		return result, err
	}
	defer schema.remove()
	if err := recreate(ctx, source, r.Target); err != nil {
		return result, err
	}
	if err := schema.restore(ctx, r.Target, "pre-data", 1); err != nil {
		return result, err
	}
	say("%d tables", len(p.Tables))
	c := &copier{request: r, plan: p, set: set, snapshot: snapshot, rows: map[string]int64{}, found: map[mask.Finding]int64{}, say: say}
	if err := c.run(ctx); err != nil {
		return result, err
	}
	if err := schema.look(ctx, set, c.found); err != nil {
		return result, err
	}
	say("rows: %d MB in %.0f s; now indexes, constraints and files", c.bytes.Load()>>20, time.Since(started).Seconds())
	filed := make(chan error, 1)
	go func() {
		var err error
		if r.Files != nil {
			result.Files, err = files(ctx, second, r, p, set, c.found)
		}
		filed <- err
	}()
	err = finish(ctx, source, r, schema)
	if err := errors.Join(<-filed, err); err != nil {
		return result, err
	}
	if f := result.Files; f != nil {
		say("%d files kept, %d attachments have samples, %d files missing", f.Kept, f.Replaced, len(f.Missing))
	}
	for _, t := range p.Tables {
		result.Tables = append(result.Tables, mask.Table{Name: t.Name, Rows: c.rows[t.Name]})
	}
	result.Findings = findings(c.found)
	result.Bytes, result.Seconds = c.bytes.Load(), time.Since(started).Seconds()
	return result, nil
}

type copier struct {
	request  mask.CopyRequest
	plan     *plan.Plan
	set      *scan.Set
	snapshot string
	say      func(string, ...any)
	bytes    atomic.Int64

	mu    sync.Mutex
	rows  map[string]int64
	found map[mask.Finding]int64 // with Count 0
}

// run copies all tables, the largest first. A table is not parted: only in the
// transaction that emptied it are its rows written without a log, and frozen.
// Reading, masking and writing one keeps three processes at work.
func (c *copier) run(ctx context.Context) error {
	var tables []*plan.Table
	for _, t := range c.plan.Tables {
		if !t.Truncate {
			tables = append(tables, t)
		}
	}
	slices.SortStableFunc(tables, func(a, b *plan.Table) int { return cmp.Compare(b.Bytes, a.Bytes) })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan *plan.Table, len(tables))
	for _, t := range tables {
		work <- t
	}
	close(work)
	errs := make([]error, max(c.request.Jobs, 1))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			if errs[i] = c.worker(ctx, work); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return errors.Join(errs...)
}

// reader is one more connection that sees the source as the snapshot's does.
func reader(ctx context.Context, dsn, snapshot string) (*pgx.Conn, error) {
	source, err := connect(ctx, "source", dsn, nil)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET TRANSACTION SNAPSHOT '" + snapshot + "'"} {
		if _, err := source.Exec(ctx, sql); err != nil {
			_ = source.Close(ctx)
			return nil, safe("read the source", err)
		}
	}
	return source, nil
}

func (c *copier) worker(ctx context.Context, work <-chan *plan.Table) error {
	source, err := reader(ctx, c.request.Source, c.snapshot)
	if err != nil {
		return err
	}
	defer source.Close(context.WithoutCancel(ctx))
	target, err := connect(ctx, "target", c.request.Target, map[string]string{"session_replication_role": "replica"})
	if err != nil {
		return err
	}
	defer target.Close(context.WithoutCancel(ctx))
	for t := range work {
		if err := c.table(ctx, source, target, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) table(ctx context.Context, source, target *pgx.Conn, t *plan.Table) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := newQuery(t, c.plan.Manifest)
	m := newMasker(t, q, c.request.Settings, c.plan.Manifest, c.request.Key, c.set)
	sql := "SELECT " + q.selects + " FROM " + q.from
	options := ""
	if t.Pages > 16 {
		// In the transaction that emptied it a table needs no log and no second pass.
		for _, begin := range []string{"BEGIN", "TRUNCATE ONLY " + t.Quoted()} {
			if _, err := target.Exec(ctx, begin); err != nil {
				return safe("write "+t.Name, err)
			}
		}
		options = " (FREEZE)"
	}
	b := newBelt()
	go func() { b.close(c.mask(ctx, source, sql, m, b)) }()
	into := fmt.Sprintf("COPY %s (%s) FROM STDIN%s", t.Quoted(), q.columns, options)
	tag, err := target.PgConn().CopyFrom(ctx, b, into)
	cancel()
	for range b.full { // until the other side has ended
	}
	switch {
	case b.err != nil && !errors.Is(b.err, context.Canceled):
		return safe("read "+t.Name, b.err)
	case err != nil:
		return safe("write "+t.Name, err)
	}
	if options != "" {
		if _, err := target.Exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
			return safe("write "+t.Name, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows[t.Name] += tag.RowsAffected()
	for f, n := range m.found {
		c.found[mask.Finding{Table: t.Name, Column: t.Columns[f.column].Name, Kind: f.kind.String()}] += n
	}
	return nil
}

// mask reads rows and puts them on the belt.
func (c *copier) mask(ctx context.Context, source *pgx.Conn, sql string, m *masker, b *belt) error {
	take := func() ([]byte, error) {
		select {
		case block := <-b.empty:
			return block, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	give := func(block []byte) error {
		c.bytes.Add(int64(len(block)))
		select {
		case b.full <- block:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	block, err := take()
	if err != nil {
		return err
	}
	err = stream(ctx, source, sql, func(line []byte) error {
		var err error
		if block, err = m.row(block, line); err != nil {
			return err
		}
		if len(block) < blockSize {
			return nil
		}
		if err := give(block); err != nil {
			return err
		}
		block, err = take()
		return err
	})
	if err != nil {
		return err
	}
	return give(block)
}

func findings(counts map[mask.Finding]int64) []mask.Finding {
	all := []mask.Finding{}
	for f, n := range counts {
		f.Count = n
		all = append(all, f)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return a.Table+"\x00"+a.Column+"\x00"+a.Kind < b.Table+"\x00"+b.Column+"\x00"+b.Kind
	})
	return all
}
