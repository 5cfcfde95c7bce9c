package api

import (
	"net/url"
	"strconv"

	"github.com/digitalocean/godo"
)

const (
	defaultPerPage = 20
	maxPerPage     = 200
	maxPage        = 1 << 20
)

// page cuts a list as ?page and ?per_page ask, with the links to go on.
func page[T any](c *call, name string, all []T) (any, error) {
	number, perPage := 1, defaultPerPage
	for key, value := range map[string]*int{"page": &number, "per_page": &perPage} {
		if text := c.URL.Query().Get(key); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > maxPage {
				return nil, badRequest("%s must be a number from 1 to %d, not %q", key, maxPage, text)
			}
			*value = n
		}
	}
	perPage = min(perPage, maxPerPage)
	last := max(1, (len(all)+perPage-1)/perPage)
	from := min((number-1)*perPage, len(all))
	to := min(from+perPage, len(all))

	pages := &godo.Pages{}
	if number > 1 {
		pages.First, pages.Prev = c.pageURL(1), c.pageURL(number-1)
	}
	if number < last {
		pages.Next, pages.Last = c.pageURL(number+1), c.pageURL(last)
	}
	// A copy that is never nil: an empty list is [] on the wire.
	items := append([]T{}, all[from:to]...)
	return object{name: items, "links": godo.Links{Pages: pages}, "meta": godo.Meta{Total: len(all)}}, nil
}

func (c *call) pageURL(number int) string {
	u := url.URL{Scheme: "http", Host: c.Host, Path: c.URL.Path}
	if c.TLS != nil {
		u.Scheme = "https"
	}
	q := c.URL.Query()
	q.Set("page", strconv.Itoa(number))
	u.RawQuery = q.Encode()
	return u.String()
}
