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

// A table beyond this many pages is copied in parts, so that no worker is
// left with the largest one.
const partPages = 32 << 10 // 256 MB

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
	set, err := originals(ctx, source, p, r.Settings)
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
	say("rows: %d MB in %.0f s; now indexes and constraints", c.bytes.Load()>>20, time.Since(started).Seconds())
	if err := finish(ctx, source, r, schema); err != nil {
		return result, err
	}
	for _, t := range p.Tables {
		result.Tables = append(result.Tables, mask.Table{Name: t.Name, Rows: c.rows[t.Name]})
	}
	result.Findings = findings(c.found)
	result.Bytes, result.Seconds = c.bytes.Load(), time.Since(started).Seconds()
	return result, nil
}

// part is some of a table's rows, or all.
type part struct {
	table    *plan.Table
	from, to int64 // pages; to 0 is the whole table
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

// run copies all parts, the largest first.
func (c *copier) run(ctx context.Context) error {
	var parts []part
	for _, t := range c.plan.Tables {
		if t.Truncate {
			continue
		}
		if t.Pages <= partPages*3/2 {
			parts = append(parts, part{table: t})
			continue
		}
		for from := int64(0); from < t.Pages; from += partPages {
			to := from + partPages
			if to >= t.Pages {
				to = 1<<32 - 2 // grown since it was counted
			}
			parts = append(parts, part{t, from, to})
		}
	}
	size := func(p part) int64 {
		if p.to != 0 {
			return p.table.Bytes * partPages / p.table.Pages
		}
		return p.table.Bytes
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(size(b), size(a)) })
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := make(chan part, len(parts))
	for _, p := range parts {
		work <- p
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

func (c *copier) worker(ctx context.Context, work <-chan part) error {
	source, err := connect(ctx, "source", c.request.Source, nil)
	if err != nil {
		return err
	}
	defer source.Close(context.WithoutCancel(ctx))
	target, err := connect(ctx, "target", c.request.Target, map[string]string{"session_replication_role": "replica"})
	if err != nil {
		return err
	}
	defer target.Close(context.WithoutCancel(ctx))
	for _, sql := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET TRANSACTION SNAPSHOT '" + c.snapshot + "'"} {
		if _, err := source.Exec(ctx, sql); err != nil {
			return safe("read the source", err)
		}
	}
	for p := range work {
		if err := c.part(ctx, source, target, p); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) part(ctx context.Context, source, target *pgx.Conn, p part) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := newQuery(p.table, c.plan.Manifest)
	m := newMasker(p.table, q, c.request.Settings, c.plan.Manifest, c.request.Key, c.set)
	sql := "SELECT " + q.selects + " FROM " + q.from
	options := ""
	if p.to != 0 {
		sql += fmt.Sprintf(" WHERE t.ctid >= '(%d,0)' AND t.ctid < '(%d,0)'", p.from, p.to)
	} else if p.table.Pages > 16 {
		// In the transaction that emptied it a table needs no log and no second pass.
		for _, begin := range []string{"BEGIN", "TRUNCATE ONLY " + p.table.Quoted()} {
			if _, err := target.Exec(ctx, begin); err != nil {
				return safe("write "+p.table.Name, err)
			}
		}
		options = " (FREEZE)"
	}
	b := newBelt()
	go func() { b.close(c.mask(ctx, source, sql, m, b)) }()
	into := fmt.Sprintf("COPY %s (%s) FROM STDIN%s", p.table.Quoted(), q.columns, options)
	tag, err := target.PgConn().CopyFrom(ctx, b, into)
	cancel()
	for range b.full { // until the other side has ended
	}
	switch {
	case b.err != nil && !errors.Is(b.err, context.Canceled):
		return safe("read "+p.table.Name, b.err)
	case err != nil:
		return safe("write "+p.table.Name, err)
	}
	if options != "" {
		if _, err := target.Exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
			return safe("write "+p.table.Name, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows[p.table.Name] += tag.RowsAffected()
	for f, n := range m.found {
		c.found[mask.Finding{Table: p.table.Name, Column: p.table.Columns[f.column].Name, Kind: f.kind.String()}] += n
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
