package engine

import (
	"bytes"
	"context"
	"io"

	"github.com/jackc/pgx/v5"
)

// stream gives each row of a query, as a line of COPY's text format.
func stream(ctx context.Context, c *pgx.Conn, sql string, each func([]byte) error) error {
	l := &lines{each: each}
	_, err := c.PgConn().CopyTo(ctx, l, "COPY ("+sql+") TO STDOUT")
	return err
}

// lines cuts what is written into lines.
type lines struct {
	each func([]byte) error
	rest []byte
}

func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			l.rest = append(l.rest, b...)
			break
		}
		line := b[:end+1]
		if len(l.rest) > 0 {
			line = append(l.rest, line...)
			l.rest = l.rest[:0]
		}
		if err := l.each(line); err != nil {
			return 0, err
		}
		b = b[end+1:]
	}
	return n, nil
}

// belt carries blocks from the one that masks to the one that writes, a few
// at a time.
type belt struct {
	full  chan []byte
	empty chan []byte
	err   error // set before full is closed
	now   []byte
	whole []byte
}

const (
	blockSize = 256 << 10
	blocks    = 4
)

func newBelt() *belt {
	b := &belt{full: make(chan []byte, blocks), empty: make(chan []byte, blocks+2)}
	for range blocks + 2 {
		b.empty <- make([]byte, 0, blockSize+blockSize/4)
	}
	return b
}

// Read is for the writer's connection.
func (b *belt) Read(p []byte) (int, error) {
	for len(b.now) == 0 {
		if b.whole != nil {
			b.empty <- b.whole[:0]
			b.whole = nil
		}
		block, ok := <-b.full
		if !ok {
			if b.err != nil {
				return 0, b.err
			}
			return 0, io.EOF
		}
		b.now, b.whole = block, block
	}
	n := copy(p, b.now)
	b.now = b.now[n:]
	return n, nil
}

func (b *belt) close(err error) {
	b.err = err
	close(b.full)
}
