package modules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// content gathers the files of a folder of modules, from a disk or from an
// image, and sums each module up. A module's sum is the sha256 over its files,
// in the order of a walk (a folder's files before its folders), each as its
// path, a zero byte and the sha256 of its bytes. Compiled Python is left out:
// it comes and goes. The first 16 digits are what the Odoo image records in the
// database (images/odoo/lib/modules.py). A symbolic link counts by where it
// points: it is not followed.
type content struct {
	files map[string][]file // by module
	found map[string]bool   // modules with a manifest
}

type file struct {
	path string // in the module
	sum  [sha256.Size]byte
}

func newContent() *content {
	return &content{files: map[string][]file{}, found: map[string]bool{}}
}

// add takes one file; its path is that in the folder of modules.
func (c *content) add(name string, r io.Reader) error {
	module, inside, ok := strings.Cut(name, "/")
	if !ok || strings.HasSuffix(name, ".pyc") || slices.Contains(strings.Split(inside, "/"), "__pycache__") {
		return nil
	}
	if inside == "__manifest__.py" {
		c.found[module] = true
	}
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	f := file{path: inside}
	h.Sum(f.sum[:0])
	c.files[module] = append(c.files[module], f)
	return nil
}

// sums are the modules' sums by name.
func (c *content) sums() map[string]string {
	sums := make(map[string]string, len(c.found))
	for module := range c.found {
		files := c.files[module]
		slices.SortFunc(files, func(a, b file) int { return walkOrder(a.path, b.path) })
		h := sha256.New()
		for _, f := range files {
			h.Write(append([]byte(f.path), 0))
			h.Write(f.sum[:])
		}
		sums[module] = sumPrefix + hex.EncodeToString(h.Sum(nil))
	}
	return sums
}

// walkOrder sorts the files of a folder before its folders, each by name.
func walkOrder(a, b string) int {
	for {
		x, restA, inA := strings.Cut(a, "/")
		y, restB, inB := strings.Cut(b, "/")
		switch {
		case inA != inB:
			if inB {
				return -1
			}
			return 1
		case x != y || !inA:
			return cmp.Compare(x, y)
		}
		a, b = restA, restB
	}
}

// onDisk sums up the modules in a folder.
func onDisk(dir string) (map[string]string, error) {
	c := newContent()
	err := filepath.WalkDir(dir, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, full)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		switch {
		case d.IsDir():
			if base := path.Base(relative); base == ".git" || base == "__pycache__" {
				return fs.SkipDir
			}
			return nil
		case relative == ".git", !strings.Contains(relative, "/"):
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(full)
			if err != nil {
				return err
			}
			return c.add(relative, strings.NewReader(target))
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder nor a link", full)
		}
		f, err := os.Open(full)
		if err != nil {
			return err
		}
		return errorsFirst(c.add(relative, f), f.Close())
	})
	if err != nil {
		return nil, fmt.Errorf("read the modules in %s: %w", dir, err)
	}
	return c.sums(), nil
}

func errorsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
