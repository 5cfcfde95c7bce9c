package restore

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/restore/quarantine"
)

// The names of a dump's parts in the quarantine.
const (
	dumped      = "dump"
	dumpedFiles = "files.tar"
)

// load makes the raw cluster of a dump: of Odoo's zip, or of pg_dump's custom
// format, which has no files.
func (w *work) load(ctx context.Context) error {
	if err := w.machine.Empty(ctx, quarantine.Raw, quarantine.RawFiles); err != nil {
		return err
	}
	custom, err := w.send(ctx)
	if err != nil {
		return fault.New("read the dump "+w.Source.Dump, "give Odoo's zip (dump.sql and filestore/) or a file of pg_dump -Fc", err)
	}
	err = quarantine.Serve(ctx, w.machine, quarantine.Raw, w.postgres(), &quarantine.Accounts{
		SuperuserPassword: w.password, OdooUser: "odoo", OdooPassword: w.password, Database: w.Source.Database,
	})
	if err != nil {
		return err
	}
	// Its statements are Odoo's to own, and some of them a superuser's to make.
	if err := w.sql(ctx, quarantine.Raw, "ALTER ROLE odoo SUPERUSER"); err != nil {
		return err
	}
	uri := "postgresql://odoo:" + w.password + "@127.0.0.1/" + w.Source.Database
	command := []string{"psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", uri}
	if custom {
		command = []string{"pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--dbname=" + uri}
	}
	if _, err := w.machine.Exec(ctx, quarantine.Exec{Role: quarantine.Raw, Command: command, FromFile: dumped}); err != nil {
		return fmt.Errorf("load the dump: %w", terse(err))
	}
	return w.sql(ctx, quarantine.Raw, "ALTER ROLE odoo NOSUPERUSER")
}

// terse is a server's error without the row that it is about.
func terse(err error) error {
	var exit *quarantine.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	for _, line := range exit.Tail {
		if i := strings.Index(line, "ERROR:"); i >= 0 {
			text, _, _ := strings.Cut(line[i:], `"`)
			return errors.New(strings.TrimSpace(text))
		}
	}
	return fmt.Errorf("exit code %d", exit.Code)
}

// send takes the dump into the quarantine; custom says that it is pg_dump's format.
func (w *work) send(ctx context.Context) (custom bool, err error) {
	file, err := os.Open(w.Source.Dump)
	if err != nil {
		return false, err
	}
	defer file.Close()
	begin := make([]byte, 5)
	if _, err := io.ReadFull(file, begin); err != nil {
		return false, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	switch {
	case string(begin) == "PGDMP":
		return true, w.machine.Take(ctx, dumped, file)
	case bytes.HasPrefix(begin, []byte("PK")):
		return false, w.sendZip(ctx, file)
	}
	return false, errors.New("it is neither of them")
}

func (w *work) sendZip(ctx context.Context, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	z, err := zip.NewReader(file, info.Size())
	if err != nil {
		return err
	}
	sql, err := z.Open("dump.sql")
	if err != nil {
		return err
	}
	defer sql.Close()
	if err := w.machine.Take(ctx, dumped, sql); err != nil {
		return err
	}
	err = stream(ctx, func(_ context.Context, to Writer) error { return tarOf(z, to) },
		func(ctx context.Context, from io.Reader) error { return w.machine.Take(ctx, dumpedFiles, from) })
	if err != nil {
		return err
	}
	_, err = w.machine.Run(ctx, quarantine.Container{
		Role: "unpack", Image: w.postgres(), Network: quarantine.Nowhere,
		Command: []string{"tar", "--extract", "--file=/files.tar", "--directory=/filestore"},
		Mounts: []quarantine.Mount{
			{Dir: dumpedFiles, Path: "/files.tar", ReadOnly: true},
			{Dir: quarantine.RawFiles + "/" + quarantine.FilesOf(w.Source.Database), Path: "/filestore"},
		},
	}, w.say)
	return err
}

// tarOf is the file store of Odoo's zip.
func tarOf(z *zip.Reader, to io.Writer) error {
	out := tar.NewWriter(to)
	for _, f := range z.File {
		name, is := strings.CutPrefix(f.Name, "filestore/")
		if !is || f.FileInfo().IsDir() || path.Clean("/"+name) != "/"+name {
			continue
		}
		header := &tar.Header{Name: name, Mode: 0o640, Size: int64(f.UncompressedSize64), Uid: 101, Gid: 101}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		content, err := f.Open()
		if err != nil {
			return err
		}
		_, err = io.Copy(out, content) //nolint:gosec // the header bounds it
		_ = content.Close()
		if err != nil {
			return err
		}
	}
	return out.Close()
}
