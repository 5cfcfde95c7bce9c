package smoke

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The previews' shared host, without any preview.

// nobodyHome asks for a name that no preview has.
func nobodyHome(ctx context.Context, v *visit) (string, error) {
	code, err := v.at(ctx, v.anonymous, v.Hostname, "/")
	if err != nil {
		return "", err
	}
	if code != http.StatusNotFound {
		return "", fmt.Errorf("%s answers %d, want 404", v.Hostname, code)
	}
	return "404 for " + v.Hostname, nil
}

// previewsLayout looks at what a host needs that previews can live on.
func previewsLayout(ctx context.Context, v *visit) (string, error) {
	const question = `findmnt --noheadings --output FSTYPE --target /data
findmnt --noheadings --output SOURCE /var/lib/docker/volumes
systemctl is-active edge-routes.service data-reserve.service || true
ls /data/templates`
	out, err := v.Shell(ctx, question)
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	switch {
	case len(lines) < 4:
		return "", fmt.Errorf("unexpected answer %q", out)
	case strings.TrimSpace(lines[0]) != "xfs":
		return "", fmt.Errorf("/data is %s, want xfs: a copy of a template would not be one of blocks", lines[0])
	case !strings.Contains(lines[1], "docker-volumes"):
		return "", errors.New("Docker's volumes are not on the data volume")
	case lines[2] != "active" || lines[3] != "active":
		return "", fmt.Errorf("edge-routes is %s, data-reserve is %s", lines[2], lines[3])
	}
	return fmt.Sprintf("XFS, volumes on it, routes followed, %d templates", len(lines)-4), nil
}
