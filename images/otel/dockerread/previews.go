package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// admitted is where the preview host's registry is, one file for each preview
// that has a place there; budgetVariable is how many MB they may have together.
const (
	admitted       = "/previews/admitted"
	budgetVariable = "PREVIEW_BUDGET_MB"
)

var preview = regexp.MustCompile(`^preview-pr-(\d{1,9})$`)

// Previews answers with what the registry holds, as Prometheus reads it. Half
// an answer would hide a preview: an entry that can't be read is an error.
func Previews(dir, budgetMB string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := metrics(dir, budgetMB)
		if err != nil {
			log.Printf("docker-read: %v", err)
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprint(w, text)
	})
}

func metrics(dir, budgetMB string) (string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		return "", fmt.Errorf("read who is admitted: %w", err)
	}
	sum := 0
	var ends strings.Builder
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), ".") {
			continue // being written
		}
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // gone meanwhile
		}
		var entry struct {
			Stack     string `json:"stack"`
			MB        int    `json:"mb"`
			ExpiresAt string `json:"expiresAt"`
		}
		if err == nil {
			err = json.Unmarshal(text, &entry)
		}
		if err != nil {
			return "", fmt.Errorf("read who is admitted: %s: %w", filepath.Base(name), err)
		}
		sum += entry.MB
		at, err := time.Parse(time.RFC3339, entry.ExpiresAt)
		if pr := preview.FindStringSubmatch(entry.Stack); pr != nil && err == nil {
			fmt.Fprintf(&ends, "odooops_stack_expires_seconds{pr=%q} %d\n", pr[1], at.Unix())
		}
	}
	return "# TYPE odooops_preview_admitted_mb gauge\n" + fmt.Sprintf("odooops_preview_admitted_mb %d\n", sum) +
		"# TYPE odooops_preview_budget_mb gauge\nodooops_preview_budget_mb " + budgetMB + "\n" +
		"# TYPE odooops_stack_expires_seconds gauge\n" + ends.String(), nil
}
