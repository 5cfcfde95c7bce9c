package pr

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"github.com/odooops/odooops/ops/fault"
	"github.com/odooops/odooops/ops/index"
	"github.com/odooops/odooops/ops/project"
	"github.com/odooops/odooops/ops/workspace"
	"github.com/odooops/odooops/stacks/config"
)

// Row is a preview.
type Row struct {
	Number    int    `json:"number"`
	Stack     string `json:"stack"`
	URL       string `json:"url"`
	Owner     string `json:"owner"`
	Created   string `json:"created"`
	ExpiresAt string `json:"expiresAt"`
	Expired   bool   `json:"expired"`
	// Problem is a bad or missing expiry; never forever.
	Problem string `json:"problem,omitempty"`
}

// List is all previews, by number. It opens none of them.
func (s *Shop) List(ctx context.Context) ([]Row, error) {
	names, err := s.Backend.Stacks(ctx)
	if err != nil {
		return nil, err
	}
	rows := []Row{}
	for _, name := range names {
		if project.IsPreview(name) {
			rows = append(rows, Row{Stack: name})
		}
	}
	errs := make([]error, len(rows))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i := range rows {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = s.fill(ctx, &rows[i])
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Number < rows[j].Number })
	return rows, nil
}

func (s *Shop) fill(ctx context.Context, r *Row) error {
	_, _ = fmt.Sscanf(r.Stack, "preview-pr-%d", &r.Number)
	tags, err := s.Backend.Tags(ctx, r.Stack)
	if err != nil {
		return err
	}
	if s.Host.PreviewDomain != "" {
		site, _ := config.PreviewNames(r.Number)
		r.URL = "https://" + site + "." + s.Host.PreviewDomain
	}
	r.Owner, r.Created, r.ExpiresAt = tags[index.Owner], tags[index.Created], tags[index.ExpiresAt]
	at, err := index.Expiry(tags)
	if err != nil {
		r.Problem = err.Error()
		return nil
	}
	r.Expired = !s.Now().Before(at)
	return nil
}

// Credentials of a preview.
type Credentials struct {
	URL           string `json:"url"`
	MailURL       string `json:"mailUrl"`
	EdgeLogin     string `json:"edgeLogin"`
	EdgePassword  string `json:"edgePassword"`
	AdminLogin    string `json:"adminLogin"`
	AdminPassword string `json:"adminPassword"`
}

// Credentials derives a preview's passwords; they are stored nowhere.
func (s *Shop) Credentials(ctx context.Context, number int) (c Credentials, err error) {
	stack := config.PreviewStack(number)
	known, err := s.Backend.State(ctx, stack)
	if err != nil {
		return c, err
	}
	if known == nil {
		return c, fault.Newf(fmt.Sprintf("credentials of pull request %d", number), fmt.Sprintf("run odooops pr up --number %d", number), "it has no preview")
	}
	out, err := config.DecodeOdoo(workspace.StateOf(*known).Outputs())
	if err != nil {
		return c, err
	}
	key := s.Pattern["zoneKey"]
	return Credentials{
		URL: out.URL, MailURL: out.MailURL, EdgeLogin: out.EdgeLogin, AdminLogin: out.AdminLogin,
		EdgePassword:  config.Derive(key, stack, config.PurposeEdge),
		AdminPassword: config.Derive(key, stack, config.PurposeAdmin),
	}, nil
}

// Left is how long a time is away, in words for a table.
func Left(expires string, now time.Time) string {
	at, err := time.Parse(time.RFC3339, expires)
	if err != nil {
		return "unknown"
	}
	if d := at.Sub(now); d > 0 {
		return "in " + d.Truncate(time.Minute).String()
	}
	return "expired"
}
