package spaces

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// payload is the request's body as it was meant: without the aws-chunked
// framing, and checked, at its end, against the digests the client sent.
func payload(r *http.Request) io.Reader {
	declared := r.Header.Get("X-Amz-Content-Sha256")
	var body io.Reader = r.Body
	if strings.HasPrefix(declared, "STREAMING-") {
		body = &chunkReader{src: bufio.NewReader(r.Body)}
	}
	checks := []check{}
	if sum, err := base64.StdEncoding.DecodeString(r.Header.Get("Content-Md5")); err == nil && len(sum) == md5.Size {
		checks = append(checks, check{md5.New(), sum})
	}
	if sum, err := hex.DecodeString(declared); err == nil && len(sum) == sha256.Size {
		checks = append(checks, check{sha256.New(), sum})
	}
	length := int64(-1)
	if n, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); err == nil {
		length = n
	} else if r.ContentLength >= 0 {
		length = r.ContentLength
	}
	return &checkedReader{src: body, checks: checks, length: length}
}

type check struct {
	sum  hash.Hash
	want []byte
}

// checkedReader refuses, at the end, a body that is not what was announced.
type checkedReader struct {
	src    io.Reader
	checks []check
	length int64 // -1: not announced
	read   int64
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.read += int64(n)
	for _, k := range c.checks {
		k.sum.Write(p[:n])
	}
	if err != io.EOF {
		return n, err
	}
	if c.length >= 0 && c.read != c.length {
		return n, refuse(http.StatusBadRequest, "IncompleteBody", "%d bytes were announced, %d came.", c.length, c.read)
	}
	for _, k := range c.checks {
		if string(k.sum.Sum(nil)) != string(k.want) {
			return n, refuse(http.StatusBadRequest, "BadDigest", "The digest does not match what was received.")
		}
	}
	return n, io.EOF
}

// chunkReader takes away the aws-chunked framing. The signatures of single
// chunks are not checked: the request's own is, and this cloud is on one computer.
type chunkReader struct {
	src  *bufio.Reader
	left int64
	done bool
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.done {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.src.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if c.left == 0 && err == nil {
		_, err = c.src.Discard(2) // the line end after the data
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads a chunk's header, and after the last one the trailers.
func (c *chunkReader) next() error {
	line, err := c.src.ReadString('\n')
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
	c.left, err = strconv.ParseInt(size, 16, 64)
	if err != nil || c.left < 0 {
		return invalid("a chunk starts with %q, not with its size", size)
	}
	if c.left == 0 {
		c.done = true
		_, err = io.Copy(io.Discard, c.src) // trailers: checksums, which the length and digests stand for
	}
	return err
}
