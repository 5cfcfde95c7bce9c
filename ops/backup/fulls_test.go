package backup

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWALOfTheTimelineThatIsServedOutlivesARollback asks the image's own count,
// by which pgBackRest removes WAL.
func TestWALOfTheTimelineThatIsServedOutlivesARollback(t *testing.T) {
	fulls := func(base string, timelines ...int) string {
		var list []string
		for i, timeline := range timelines {
			list = append(list, fmt.Sprintf(`{"label":"%dF","type":"full","database":{"id":1},"archive":{"start":"%08X00000000%08X"}}`, i+1, timeline, i))
		}
		cmd := exec.Command("jq", "--arg", "base", base, "-f", "../../images/postgres/lib/fulls.jq")
		cmd.Stdin = strings.NewReader(`[{"backup":[` + strings.Join(list, ",") + `]}]`)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	assert.Equal(t, "2", fulls("3F", 1, 1, 1, 1))
	assert.Equal(t, "3", fulls("2F", 1, 2, 2, 2), "after a restore")
	assert.Equal(t, "4", fulls("2F", 1, 2, 1, 1), "after a rollback: what sorts before all counts")
	assert.Equal(t, "0", fulls("1F", 2, 1, 1), "where there is none, all WAL stays")
	assert.Equal(t, "0", fulls("", 1, 1))
	assert.Equal(t, "2", fulls("2F", 1, 1, 1), "a backup that came since it was decided counts")
}
