package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/odooops/odooops/tools/internal/provider"
)

// records is the local cloud's store of what would run on a host:
// PUT, GET and DELETE of BASE/KIND/ID.
type records struct{ base string }

func (s *records) put(ctx context.Context, kind, id string, r record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding %s %s: %w", kind, id, err)
	}
	_, err = s.do(ctx, http.MethodPut, kind, id, body)
	return err
}

func (s *records) get(ctx context.Context, kind, id string) (record, error) {
	var r record
	body, err := s.do(ctx, http.MethodGet, kind, id, nil)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("the local cloud's record of %s %s: %w", kind, id, err)
	}
	return r, nil
}

func (s *records) delete(ctx context.Context, kind, id string) error {
	_, err := s.do(ctx, http.MethodDelete, kind, id, nil)
	return err
}

func (s *records) do(ctx context.Context, method, kind, id string, body []byte) ([]byte, error) {
	address := s.base + "/" + kind + "/" + url.PathEscape(id)
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the local cloud for its records: %w; is it running? `odooops local start`", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, provider.ErrGone
	case resp.StatusCode >= 300:
		return nil, fmt.Errorf("%s %s: %s: %s", method, address, resp.Status, bytes.TrimSpace(answer))
	}
	return answer, nil
}
