package smoke

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// forged is an address for documentation: no client has it.
const forged = "203.0.113.77"

// clientAddress claims another address and looks at which one Odoo logs.
func clientAddress(ctx context.Context, v *visit) (string, error) {
	token := make([]byte, 8)
	if _, err := rand.Read(token); err != nil {
		return "", err
	}
	mark := "smoke-" + hex.EncodeToString(token)
	own := ""
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		own, _, _ = net.SplitHostPort(i.Conn.LocalAddr().String())
	}}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodGet, v.url("/web/login?"+mark+"=1"), nil)
	if err != nil {
		return "", err
	}
	for _, h := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
		req.Header.Set(h, forged)
	}
	res, err := v.anonymous.Do(req)
	if err != nil {
		return "", err
	}
	_ = res.Body.Close()
	line, err := v.logLine(ctx, mark)
	if err != nil {
		return "", err
	}
	if strings.Contains(line, forged) {
		return "", fmt.Errorf("a forged address is believed by Odoo: %s", line)
	}
	return judgeAddress(line, own)
}

// judgeAddress compares what Odoo logged with our own end of the connection.
// Behind a NAT our end is private and the logged one is our router's.
func judgeAddress(line, own string) (string, error) {
	if strings.Contains(line, own) {
		return "Odoo logs the real peer " + own, nil
	}
	mine, err := netip.ParseAddr(own)
	if err != nil {
		return "", err
	}
	for _, f := range strings.Fields(line) {
		if a, err := netip.ParseAddr(f); err == nil && mine.IsPrivate() && !a.IsPrivate() && !a.IsLoopback() {
			return "Odoo logs " + a.String() + ", this computer's public address", nil
		}
	}
	return "", fmt.Errorf("the real peer %s is not what Odoo logs: %s", own, line)
}

// logLine waits for Odoo's request log to have the mark.
func (v *visit) logLine(ctx context.Context, mark string) (string, error) {
	for {
		out, err := v.Shell(ctx, "docker logs --since 2m "+v.OdooContainer+" 2>&1 | grep -F "+mark+" | tail -n 1")
		if line := strings.TrimSpace(out); line != "" {
			return line, nil
		}
		if err != nil && ctx.Err() != nil {
			return "", fmt.Errorf("the request is not in Odoo's log: %w", err)
		}
		select {
		case <-ctx.Done():
			return "", errors.New("the request is not in Odoo's log")
		case <-time.After(time.Second):
		}
	}
}

// freshWAL is how old the last archived WAL may be.
const freshWAL = 60 * time.Second

// walArchived wants a segment that was archived within the last minute, and
// looks for that very segment in every repository: Postgres's word alone is not
// enough.
func walArchived(ctx context.Context, v *visit) (string, error) {
	const query = `SELECT coalesce(last_archived_wal,''), coalesce(extract(epoch FROM now()-last_archived_time)::int,-1), ` +
		`coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL, false) FROM pg_stat_archiver`
	var lack []string
	for {
		segment, age, failing, err := v.archiver(ctx, query)
		if err != nil {
			return "", err
		}
		if !failing && segment != "" && age >= 0 && age <= freshWAL {
			if lack, err = v.Archived(ctx, segment); err != nil {
				return "", err
			}
			if len(lack) == 0 {
				return fmt.Sprintf("%s archived %s ago, and in every repository", segment, age), nil
			}
		}
		select {
		case <-ctx.Done():
			if len(lack) > 0 {
				return "", fmt.Errorf("%s, archived %s ago, is not in %s", segment, age, strings.Join(lack, ", "))
			}
			return "", fmt.Errorf("last archived: %q, %s ago, failing: %v", segment, age, failing)
		case <-time.After(3 * time.Second):
		}
	}
}

func (v *visit) archiver(ctx context.Context, query string) (segment string, age time.Duration, failing bool, err error) {
	out, err := v.Shell(ctx, `docker exec -u postgres `+v.PostgresContainer+` psql -XAtqF, -d postgres -c "`+query+`"`)
	if err != nil {
		return "", 0, false, fmt.Errorf("ask Postgres: %w", err)
	}
	f := strings.Split(strings.TrimSpace(out), ",")
	if len(f) != 3 {
		return "", 0, false, fmt.Errorf("ask Postgres: unexpected answer %q", out)
	}
	s, err := strconv.Atoi(f[1])
	if err != nil {
		return "", 0, false, fmt.Errorf("ask Postgres: unexpected answer %q", out)
	}
	return f[0], time.Duration(s) * time.Second, f[2] == "t", nil
}
