package hostscript

import (
	_ "embed" // common.py
	"strings"
)

//go:embed files/common.py
var common string

// Source is a script: what all of them begin with, and then its parts. All of
// it is one argument of python3, which Linux limits to 128 KiB.
func Source(parts ...string) string {
	return strings.Join(append([]string{common}, parts...), "\n\n")
}
