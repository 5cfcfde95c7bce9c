package workspace

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const interrupted = `{
 "manifest": {"version": "x"},
 "unknown": 1,
 "resources": [{"urn": "a"}],
 "pending_operations": [
  {"type": "creating", "resource": {"urn": "volume", "inputs": {"name": "v"}, "protect": true}},
  {"type": "creating", "resource": {"urn": "key", "inputs": {}}},
  {"type": "updating", "resource": {"urn": "a"}}
 ]}`

func TestWhatIsAdoptedKeepsWhatTheProgramSaid(t *testing.T) {
	out, err := settled(json.RawMessage(interrupted), map[string]string{"volume": "id-1"})
	require.NoError(t, err)
	assert.JSONEq(t, `{
 "manifest": {"version": "x"},
 "unknown": 1,
 "resources": [{"urn": "a"}, {"urn": "volume", "id": "id-1", "inputs": {"name": "v"}, "outputs": {"name": "v"}, "protect": true}]
}`, string(out))
}
