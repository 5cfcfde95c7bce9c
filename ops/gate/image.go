package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/odooops/odooops/ops/fault"
)

// Image finds what is known to be broken in an image, of severity high or
// critical, and mended in a newer package. Trivy looks, a program that must be
// there (docs/gates.md says which and how to pin it); it sees none of this
// process's environment but the way to docker and the network.
type Image struct {
	Image   string // a reference that docker or a registry has
	Archive string // or a file that docker save wrote
	Dir     string // where the ignore file is
	Trivy   string // the program

	// Database is a folder with Trivy's database, as `trivy --cache-dir FOLDER
	// image --download-db-only` leaves it. Nothing is downloaded then. Without
	// one Trivy downloads its own.
	Database string
	MaxAge   time.Duration // of that database

	Now func() time.Time
}

// scan is what Trivy's JSON says, as far as it matters here.
type scan struct {
	SchemaVersion int
	Metadata      struct {
		OS struct {
			Family, Name string
			EOSL         bool
		}
	}
	Results []struct {
		Target          string
		Vulnerabilities []vulnerability
	}
}

type vulnerability struct {
	VulnerabilityID, PkgName, InstalledVersion, FixedVersion, Severity, Title string

	PkgIdentifier struct{ PURL string }
}

// Check is the gate.
func (g Image) Check(ctx context.Context) (Report, error) {
	var r Report
	if (g.Image == "") == (g.Archive == "") || strings.HasPrefix(g.Image, "-") {
		return r, fault.Usage("gate image", "odooops gate image --image REFERENCE", "it needs one of --image and --archive")
	}
	name := g.Image + g.Archive
	ignored, err := readIgnored(filepath.Join(g.Dir, imageIgnore), g.Now())
	if err != nil {
		return r, err
	}
	if _, err := os.Stat(filepath.Join(g.Dir, ".trivyignore")); err == nil {
		r.warn(".trivyignore", 0, "move its entries to "+imageIgnore+", each with expired_at and statement", "it is not read: its entries have no end")
	}
	if err := g.database(); err != nil {
		return r, err
	}
	s, err := g.scan(ctx)
	if err != nil {
		return r, err
	}
	if len(s.Results) == 0 {
		return r, fault.Newf("gate image "+name, "look at it by hand: trivy image "+name, "Trivy found no packages in it")
	}
	r.Checked = append(r.Checked, name)
	switch system := strings.TrimSpace(s.Metadata.OS.Family + " " + s.Metadata.OS.Name); {
	case system == "":
		r.warn(name, 0, "look at it by hand: trivy image "+name, "Trivy doesn't know its distribution: no package of it was compared")
	case s.Metadata.OS.EOSL:
		r.fail(name, 0, "build on a newer base", "%s gets no more fixes: what is broken there is not found either", system)
	}
	for _, result := range s.Results {
		r.Checked = append(r.Checked, result.Target)
		for _, v := range result.Vulnerabilities {
			ignored.report(&r, result.Target, v)
		}
	}
	ignored.unused(&r)
	return r, nil
}

func (v vulnerability) matters() bool {
	return v.FixedVersion != "" && (v.Severity == "HIGH" || v.Severity == "CRITICAL")
}

func (v vulnerability) String() string {
	return fmt.Sprintf("%s %s %s is %s: %s", v.PkgName, v.InstalledVersion, v.VulnerabilityID, strings.ToLower(v.Severity), v.Title)
}

// database refuses one that is absent, or so old that it would pass anything.
func (g Image) database() error {
	if g.Database == "" {
		return nil
	}
	anew := "trivy --cache-dir " + g.Database + " image --download-db-only, where there is a network"
	refuse := func(err error) error { return fault.New("gate image: the database in "+g.Database, anew, err) }
	text, err := os.ReadFile(filepath.Join(g.Database, "db", "metadata.json"))
	if err != nil {
		return refuse(err)
	}
	var meta struct{ UpdatedAt time.Time }
	if err := json.Unmarshal(text, &meta); err != nil {
		return refuse(fmt.Errorf("metadata.json: %w", err))
	}
	if age := g.Now().Sub(meta.UpdatedAt); age > g.MaxAge {
		return refuse(fmt.Errorf("it is of %s, more than %s old", meta.UpdatedAt.Format(time.DateOnly), g.MaxAge))
	}
	if info, err := os.Stat(filepath.Join(g.Database, "db", "trivy.db")); err != nil || info.Size() == 0 {
		return refuse(errors.Join(errors.New("trivy.db is empty or not there"), err))
	}
	return nil
}

// passedOn are the variables that Trivy sees.
var passedOn = []string{
	"PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
}

// scan runs Trivy in an empty folder: it would take its settings, and entries
// to ignore, from files of the checkout.
func (g Image) scan(ctx context.Context) (s scan, err error) {
	what := "gate image " + g.Image + g.Archive
	empty, err := os.MkdirTemp("", "odooops-image-")
	if err != nil {
		return s, fault.New(what, "", err)
	}
	defer func() { _ = os.RemoveAll(empty) }()
	args, err := g.args()
	if err != nil {
		return s, fault.New(what, "", err)
	}
	program, err := exec.LookPath(g.Trivy)
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return s, fault.New(what, "install Trivy as docs/gates.md says, or give --trivy FILE", err)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = empty
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); slices.Contains(passedOn, name) {
			cmd.Env = append(cmd.Env, v)
		}
	}
	// By environment, because older versions don't know the flags.
	cmd.Env = append(cmd.Env, "TRIVY_SKIP_VERSION_CHECK=true", "TRIVY_DISABLE_TELEMETRY=true", "TRIVY_CACHE_BACKEND=memory")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		return s, fault.New(what, "run it by hand: trivy "+strings.Join(args, " "), fmt.Errorf("trivy: %w: %s", err, strings.TrimSpace(said.String())))
	}
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		return s, fault.New(what, "run it by hand: trivy "+strings.Join(args, " "), fmt.Errorf("what trivy printed: %w", err))
	}
	if s.SchemaVersion != 2 {
		return s, fault.Newf(what, "take a version that docs/gates.md names", "trivy's result is of schema %d, known is 2", s.SchemaVersion)
	}
	return s, nil
}

func (g Image) args() ([]string, error) {
	args := []string{"image", "--quiet", "--format", "json", "--scanners", "vuln", "--severity", "HIGH,CRITICAL", "--ignore-unfixed", "--timeout", "15m"}
	if g.Database != "" {
		folder, err := filepath.Abs(g.Database)
		if err != nil {
			return nil, err
		}
		args = append(args, "--cache-dir", folder, "--skip-db-update", "--skip-java-db-update", "--offline-scan")
	}
	if g.Archive != "" {
		file, err := filepath.Abs(g.Archive)
		return append(args, "--input", file), err
	}
	return append(args, g.Image), nil
}
