package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/digitalocean/godo"

	"github.com/odooops/odooops/tools/internal/provider"
)

// gone turns a 404 into ErrGone.
func gone(err error) error {
	if hasStatus(err, http.StatusNotFound) {
		return provider.ErrGone
	}
	return err
}

func hasStatus(err error, codes ...int) bool {
	var e *godo.ErrorResponse
	if !errors.As(err, &e) || e.Response == nil {
		return false
	}
	for _, code := range codes {
		if e.Response.StatusCode == code {
			return true
		}
	}
	return false
}

const (
	firstPoll = 100 * time.Millisecond
	lastPoll  = 2 * time.Second
	// patience is more than anything takes: a droplet's boot, the resize of a
	// large disk. What isn't done by then never will be.
	patience = 30 * time.Minute
)

// poll asks until done says so. It starts fast and slows down: a local cloud
// answers at once, a real one within a minute.
func poll(ctx context.Context, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done after %s", patience))
	defer cancel()
	for wait := firstPoll; ; wait = min(wait*3/2, lastPoll) {
		ok, err := done()
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}

// finish waits for an action and fails when it did.
func finish(ctx context.Context, c *godo.Client, what string, a *godo.Action, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return poll(ctx, what, func() (bool, error) {
		now, _, err := c.Actions.Get(ctx, a.ID)
		if err != nil {
			return false, err
		}
		if now.Status == "errored" {
			return false, fmt.Errorf("action %d (%s) failed", now.ID, now.Type)
		}
		return now.CompletedAt != nil, nil
	})
}

// number reads an id that is a number.
func number(what, id string) (int, error) {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0, fmt.Errorf("%s id %q is not a number", what, id)
	}
	return n, nil
}

// all collects every page of a list.
func all[T any](ctx context.Context, page func(context.Context, *godo.ListOptions) ([]T, *godo.Response, error)) ([]T, error) {
	var items []T
	for options := (&godo.ListOptions{Page: 1, PerPage: 200}); ; options.Page++ {
		some, resp, err := page(ctx, options)
		if err != nil {
			return nil, err
		}
		items = append(items, some...)
		if resp == nil || resp.Links == nil || resp.Links.IsLastPage() {
			return items, nil
		}
	}
}

// immutable is embedded by types that every change replaces.
type immutable struct{}

func (immutable) Update(context.Context, string, provider.Props, provider.Props) (provider.Props, error) {
	return nil, nil
}

func strs(list []string) []any {
	out := []any{}
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

func nums(list []int) []any {
	out := []any{}
	for _, n := range list {
		out = append(out, float64(n))
	}
	return out
}

func ints(v any) []int {
	var out []int
	list, _ := v.([]any)
	for _, e := range list {
		if f, ok := e.(float64); ok {
			out = append(out, int(f))
		}
	}
	return out
}
