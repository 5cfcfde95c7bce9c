package smoke

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

func health(ctx context.Context, v *visit) (string, error) {
	code, body, err := v.get(ctx, v.anonymous, "/web/health?db_server_status=1")
	if err != nil {
		return "", err
	}
	var h map[string]any
	if code != http.StatusOK || json.Unmarshal(body, &h) != nil || h["status"] != "pass" {
		return "", fmt.Errorf("/web/health answers %d: %.200s", code, body)
	}
	if db, said := h["db_server_status"]; !said || db == false {
		return "", fmt.Errorf("/web/health says nothing good of the database: %.200s", body)
	}
	return "Odoo and its database pass", nil
}

var asset = regexp.MustCompile(`(?:src|href)="(/[^"#]+)"`)

// loginPage fetches the page and all that it refers to on this host.
func loginPage(ctx context.Context, v *visit) (string, error) {
	code, body, err := v.get(ctx, v.anonymous, "/web/login")
	if err != nil {
		return "", err
	}
	if code != http.StatusOK || !bytes.Contains(body, []byte(`name="password"`)) {
		return "", fmt.Errorf("/web/login answers %d, %d bytes, without a password field or with an error", code, len(body))
	}
	var paths []string
	for _, m := range asset.FindAllStringSubmatch(string(body), -1) {
		p := strings.ReplaceAll(m[1], "&amp;", "&")
		isAsset := strings.HasPrefix(p, "/web/assets") || strings.HasPrefix(p, "/web/image") || strings.HasPrefix(p, "/web/static") || strings.HasPrefix(p, "/web/binary")
		if isAsset && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	size := len(body)
	for _, p := range paths {
		code, b, err := v.get(ctx, v.anonymous, p)
		if err != nil {
			return "", err
		}
		if code != http.StatusOK || len(b) == 0 {
			return "", fmt.Errorf("%s answers %d, %d bytes", p, code, len(b))
		}
		size += len(b)
	}
	if len(paths) == 0 {
		return "", errors.New("the login page refers to no assets")
	}
	return fmt.Sprintf("200, %d assets, %d kB", len(paths), size/1024), nil
}

func login(ctx context.Context, v *visit) (string, error) {
	if _, err := v.login(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("as %s, user %d", v.AdminLogin, v.uid), nil
}

// upload stores a file, reads it back through the web, and deletes it.
func upload(ctx context.Context, v *visit) (detail string, err error) {
	content := make([]byte, 1<<20)
	if _, err := rand.Read(content); err != nil {
		return "", err
	}
	var ids []int
	err = v.kw(ctx, "ir.attachment", "create", []any{[]any{map[string]any{
		"name": "smoke-" + hex.EncodeToString(content[:6]) + ".bin", "datas": base64.StdEncoding.EncodeToString(content),
		"mimetype": "application/octet-stream",
	}}}, nil, &ids)
	if err != nil {
		return "", fmt.Errorf("upload 1 MB: %w", err)
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("upload 1 MB: %d attachments made", len(ids))
	}
	defer func() {
		if derr := v.kw(ctx, "ir.attachment", "unlink", []any{ids}, nil, nil); derr != nil && err == nil {
			err = fmt.Errorf("delete attachment %d: %w", ids[0], derr)
		}
	}()
	code, back, err := v.get(ctx, v.session, fmt.Sprintf("/web/content/%d?download=1", ids[0]))
	if err != nil {
		return "", err
	}
	if code != http.StatusOK || !bytes.Equal(back, content) {
		return "", fmt.Errorf("read back: %d, %d bytes, equal: %v", code, len(back), bytes.Equal(back, content))
	}
	return "1 MB stored, read back, deleted", nil
}

// pdfOff is where an image without a working wkhtmltopdf says so.
const pdfOff = "/usr/share/odooops/pdf-off"

func pdf(ctx context.Context, v *visit) (string, error) {
	if _, err := v.Shell(ctx, "docker exec "+v.OdooContainer+" test -e "+pdfOff); err == nil {
		return "", skipped("PDF off: the image has no wkhtmltopdf")
	}
	var modules []int
	if err := v.kw(ctx, "ir.module.module", "search", []any{[]any{[]any{"name", "=", "base"}}}, nil, &modules); err != nil {
		return "", err
	}
	if len(modules) != 1 {
		return "", fmt.Errorf("%d modules are called base", len(modules))
	}
	code, body, err := v.get(ctx, v.session, fmt.Sprintf("/report/pdf/base.report_irmodulereference/%d", modules[0]))
	if err != nil {
		return "", err
	}
	if code != http.StatusOK || !bytes.HasPrefix(body, []byte("%PDF-")) {
		return "", fmt.Errorf("the report answers %d with %d bytes that are no PDF", code, len(body))
	}
	return fmt.Sprintf("a report of %d kB", len(body)/1024), nil
}

// defaultAccounts tries what Odoo and its demo data come with.
func defaultAccounts(ctx context.Context, v *visit) (string, error) {
	names := []string{"admin", "demo", "portal"}
	for _, name := range names {
		uid, _, err := v.authenticate(ctx, v.client(), name, name)
		if err == nil {
			return "", fmt.Errorf("%s logs in with the password %s (user %d)", name, name, uid)
		}
		if !errors.Is(err, errRefused) {
			return "", fmt.Errorf("try %s: %w", name, err)
		}
	}
	return strings.Join(names, ", ") + " refused", nil
}

// databaseManager tries every method on every page of it.
func databaseManager(ctx context.Context, v *visit) (string, error) {
	paths := []string{"manager", "selector", "list", "create", "duplicate", "drop", "backup", "restore", "change_password"}
	methods := []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
	for _, p := range paths {
		for _, m := range methods {
			req, err := http.NewRequestWithContext(ctx, m, v.url("/web/database/"+p), nil)
			if err != nil {
				return "", err
			}
			res, err := v.anonymous.Do(req)
			if err != nil {
				return "", err
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
				return "", fmt.Errorf("%s /web/database/%s answers %d, want 403 or 404", m, p, res.StatusCode)
			}
		}
	}
	return fmt.Sprintf("%d pages refused for %d methods", len(paths), len(methods)), nil
}
