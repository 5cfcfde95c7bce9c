// Command odooops-mask makes a masked copy of an Odoo database. It runs beside
// the two clusters: a request comes in on stdin, a result goes out on stdout,
// progress on stderr. See package mask.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/odooops/odooops/ops/mask"
	"github.com/odooops/odooops/ops/mask/engine"
)

const usage = "usage: odooops-mask check | propose | copy | verify  (request on stdin, result on stdout)"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "odooops-mask: %v\n", err)
	}
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) (int, error) {
	if len(args) != 1 {
		return 2, fmt.Errorf("%s", usage)
	}
	started := time.Now()
	say := func(format string, values ...any) {
		fmt.Fprintf(errs, "mask [%3.0fs] %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, values...))
	}
	switch args[0] {
	case "check":
		return answer(in, out, func(r mask.CheckRequest) (mask.CheckResult, int, error) {
			result, err := engine.Check(ctx, r)
			return result, code(len(result.Unclassified)+len(result.Problems) > 0, mask.ExitUnclassified), err
		})
	case "propose":
		return answer(in, out, func(r mask.CheckRequest) (mask.ProposeResult, int, error) {
			result, err := engine.Propose(ctx, r)
			return result, 0, err
		})
	case "copy":
		return answer(in, out, func(r mask.CopyRequest) (mask.CopyResult, int, error) {
			result, err := engine.Copy(ctx, r, say)
			if len(result.Unclassified)+len(result.Problems) > 0 {
				return result, mask.ExitUnclassified, err
			}
			missing := result.Files != nil && len(result.Files.Missing) > 0
			return result, code(missing || len(result.Findings) > 0, mask.ExitFindings), err
		})
	case "verify":
		return answer(in, out, func(r mask.VerifyRequest) (mask.VerifyResult, int, error) {
			result, err := engine.Verify(ctx, r, say)
			failed := false
			for _, c := range result.Checks {
				failed = failed || !c.Pass
			}
			return result, code(failed, mask.ExitFindings), err
		})
	}
	return 2, fmt.Errorf("%s", usage)
}

func code(bad bool, exit int) int {
	if bad {
		return exit
	}
	return 0
}

// answer reads a request and prints its result.
func answer[Q, R any](in io.Reader, out io.Writer, do func(Q) (R, int, error)) (int, error) {
	var request Q
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := d.Decode(&request); err != nil {
		return 2, fmt.Errorf("the request on stdin: %w", err)
	}
	result, code, err := do(request)
	if err != nil {
		return 1, err
	}
	return code, json.NewEncoder(out).Encode(result)
}
