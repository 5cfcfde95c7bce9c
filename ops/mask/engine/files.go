package engine

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"

	"github.com/jackc/pgx/v5"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/plan"
	"github.com/odooops/odooops/ops/mask/sample"
	"github.com/odooops/odooops/ops/mask/scan"
)

// What is larger is looked through in blocks of this size, each with the end of
// the one before: a name may stand across.
const (
	fileBlock = 4 << 20
	fileAgain = 4 << 10
)

var storeName = regexp.MustCompile(`^[0-9a-f]{2}/[0-9a-f]{40}$`)

// files puts into r.Files.To what the copied attachments refer to: the files
// that a rule keeps, looked through, and the samples.
func files(ctx context.Context, source *pgx.Conn, r mask.CopyRequest, p *plan.Plan, set *scan.Set, found map[mask.Finding]int64) (*mask.FilesResult, error) {
	result := &mask.FilesResult{Missing: []string{}}
	kept, err := keptFiles(ctx, source, p)
	if err != nil {
		return nil, err
	}
	wanted, rows, err := storeNames(ctx, "target", r.Target)
	if err != nil {
		return nil, err
	}
	samples := map[string]*sample.File{}
	for _, f := range sample.All() {
		samples[f.Name()] = f
	}
	scanner := &scan.Scanner{Set: set}
	hit := func(k scan.Kind, _ uint64) {
		found[mask.Finding{Table: plan.Attachments, Column: "store_fname", Kind: k.String()}]++
	}
	for _, name := range wanted {
		if s := samples[name]; s != nil && !kept[name] {
			if err := write(filepath.Join(r.Files.To, name), bytes.NewReader(s.Content), name); err != nil {
				return nil, err
			}
			result.Replaced += rows[name]
			continue
		}
		if !kept[name] {
			return nil, fmt.Errorf("files: an attachment of the copy has a file that no rule keeps")
		}
		err := keep(filepath.Join(r.Files.From, name), filepath.Join(r.Files.To, name), name, scanner, hit)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errCorrupt):
			result.Missing = append(result.Missing, name)
		case err != nil:
			return nil, err
		default:
			result.Kept++
		}
	}
	return result, nil
}

// keptFiles are the names of the files that a rule keeps.
func keptFiles(ctx context.Context, c *pgx.Conn, p *plan.Plan) (map[string]bool, error) {
	kept := map[string]bool{}
	for _, t := range p.Tables {
		if t.Name != plan.Attachments {
			continue
		}
		q := newQuery(t, p.Manifest)
		inner := fmt.Sprintf("SELECT store_fname FROM (SELECT %s AS kept, t.store_fname FROM %s) x WHERE kept AND store_fname <> ''", q.keptFileSQL, q.from)
		err := stream(ctx, c, inner, func(line []byte) error {
			kept[string(bytes.TrimSuffix(line, []byte("\n")))] = true
			return nil
		})
		if err != nil {
			return nil, safe("read "+t.Name, err)
		}
	}
	return kept, nil
}

// storeNames are the files that a database refers to, and how often.
func storeNames(ctx context.Context, what, dsn string) ([]string, map[string]int, error) {
	c, err := connect(ctx, what, dsn, nil)
	if err != nil {
		return nil, nil, err
	}
	defer c.Close(ctx)
	rows := map[string]int{}
	var names []string
	err = stream(ctx, c, "SELECT store_fname, count(*) FROM ir_attachment WHERE store_fname <> '' GROUP BY 1", func(line []byte) error {
		name, count, _ := bytes.Cut(bytes.TrimSpace(line), []byte("\t"))
		if !storeName.Match(name) {
			return fmt.Errorf("ir_attachment.store_fname: one is not of the form xx/sha1")
		}
		n := 0
		_, err := fmt.Sscan(string(count), &n)
		rows[string(name)] = n
		names = append(names, string(name))
		return err
	})
	sort.Strings(names)
	return names, rows, safe("read ir_attachment", err)
}

var errCorrupt = errors.New("the file is not what its name says")

// keep copies a file whose name is the sha1 of its content, and looks through
// it on the way.
func keep(from, to, name string, scanner *scan.Scanner, hit func(scan.Kind, uint64)) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := write(to, f, name); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	block, again := make([]byte, fileAgain+fileBlock), 0
	for {
		n, err := io.ReadFull(f, block[again:])
		if n > 0 {
			scanner.Value(block[:again+n], hit)
			again = copy(block, block[max(0, again+n-fileAgain):again+n])
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// write makes a file whole or not at all.
func write(to string, content io.Reader, name string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".partial-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	sum := sha1.New()
	if _, err := io.Copy(io.MultiWriter(f, sum), content); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != filepath.Base(name) {
		return errCorrupt
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), to)
}

// whole reads a file and compares it with its name.
func whole(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha1.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != filepath.Base(name) {
		return errCorrupt
	}
	return nil
}
