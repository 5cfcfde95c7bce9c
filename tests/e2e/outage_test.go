package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/tests/checkout"
)

// outage is Loki that is away, while a container of production goes on writing.
type outage struct {
	c     *checkout.Checkout
	watch *watching
	prod  *site
	mark  string
	began time.Time
}

const (
	outageTakes = 10 * time.Minute
	outageLines = 3000 // five a second
)

// beginOutage stops Loki, and starts a container that writes, as Odoo does,
// what is counted when the outage ends.
func beginOutage(t *testing.T, c *checkout.Checkout, watch *watching) *outage {
	t.Helper()
	o := &outage{c: c, watch: watch, prod: loadSite(t, c, "production"), mark: fmt.Sprintf("outage-%d", time.Now().Unix())}
	watch.run(t, "docker stop platform-loki >/dev/null")
	o.began = time.Now()
	r := o.prod.onHost(t, c, fmt.Sprintf(`docker run -d --name e2e-lines --network none \
		--label odooops.stack=production --label odooops.kind=production --label odooops.role=odoo \
		--log-opt labels=odooops.stack,odooops.kind,odooops.role --entrypoint sh \
		$(docker inspect -f '{{.Image}}' %s) -c 'i=0; while [ $i -lt %d ]; do i=$((i+1)); 
		echo "$(date -u "+%%Y-%%m-%%d %%H:%%M:%%S,000") 1 INFO odoo e2e: %s $i"; sleep 0.19; done'`,
		o.prod.containers["postgres"], outageLines, o.mark))
	require.Zero(t, r.Code, r.All())
	r = c.Run(t, "bin/odooops", "logs", "production", "--json")
	assert.Equal(t, 1, r.Code)
	assert.Contains(t, r.Stdout, "platform-loki does not run", "what is away is said")
	return o
}

// ends waits until the ten minutes are over, starts Loki, and counts.
func (o *outage) ends(t *testing.T) {
	time.Sleep(time.Until(o.began.Add(outageTakes)))
	t.Logf("nobody took the logs for %s", time.Since(o.began).Round(time.Second))
	r := o.prod.onHost(t, o.c, "sudo du -sh /data/production/agent; docker stats --no-stream production-agent; free -m")
	t.Log(r.Stdout)
	o.watch.run(t, "docker start platform-loki >/dev/null")
	var numbers []string
	checkout.Eventually(t, 5*time.Minute, "all lines", func(context.Context) (bool, string) {
		var found []logLine
		r := o.c.Run(t, "bin/odooops", "logs", "production", "--since", "1h", "--limit", "0", "--grep", o.mark, "--json")
		if r.Code != 0 {
			return false, r.Stdout // it still starts
		}
		checkout.Decode(t, r.Stdout, &found)
		numbers = nil
		for _, l := range found {
			numbers = append(numbers, l.Text[strings.LastIndex(l.Text, " ")+1:])
		}
		return len(numbers) >= outageLines, fmt.Sprintf("%d of %d", len(numbers), outageLines)
	})
	assert.Len(t, numbers, outageLines, "each line once")
	slices.Sort(numbers)
	assert.Len(t, slices.Compact(numbers), outageLines)
	r = o.prod.onHost(t, o.c, "docker rm -f e2e-lines")
	require.Zero(t, r.Code, r.All())
}
