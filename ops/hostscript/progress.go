package hostscript

import (
	"bufio"
	"io"
	"strings"
)

// follow reads the progress to its end. What begins with "failed: " is the
// error, with all the lines that follow it.
func follow(r io.Reader, say func(string)) (failed, last string) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		rest, is := strings.CutPrefix(line, "failed: ")
		switch {
		case failed != "":
			failed += "\n" + line
		case is:
			failed = rest
		case say != nil:
			say(line)
		}
		last = line
	}
	return failed, last
}
