package observability

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/odooops/odooops/tests/realprogram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func parsed(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &out))
	return out
}

var told = Args{Webhook: "https://chat.example.com/hooks/hunter2", DeadMansSwitch: "https://watch.example.com/hunter2", Repository: "octo/erp"}

func TestAlertmanagerTakesItsConfiguration(t *testing.T) {
	amtool := realprogram.Named(t, "ODOOOPS_TEST_AMTOOL")
	for name, args := range map[string]Args{"told": told, "nobody is told": {}} {
		t.Run(name, func(t *testing.T) {
			text, err := alertmanagerConf(args)
			require.NoError(t, err)
			file := written(t, "alertmanager.yml", text)
			out, err := exec.Command(amtool, "check-config", file).CombinedOutput()
			require.NoError(t, err, "%s", out)
			for alert, receiver := range map[string]string{
				"alertname=Watchdog severity=ticket": "dead-mans-switch",
				"alertname=SiteDown severity=page":   "chat",
				"alertname=MailQueueStuck":           "chat",
			} {
				out, err := exec.Command(amtool, append([]string{"config", "routes", "test", "--config.file=" + file}, strings.Fields(alert)...)...).Output()
				require.NoError(t, err)
				assert.Equal(t, receiver+"\n", string(out), alert)
			}
		})
	}
}

func TestWhereAlertsGoIsInSecretFilesAlone(t *testing.T) {
	text, err := alertmanagerConf(told)
	require.NoError(t, err)
	assert.NotContains(t, text, "hunter2")
	assert.Contains(t, text, "api_url_file: /etc/alertmanager/webhook")
	assert.Contains(t, text, "url_file: /etc/alertmanager/dead-mans-switch")
	assert.Contains(t, text, "https://github.com/octo/erp/blob/main/")
}

func TestWithoutAWebhookNobodyIsTold(t *testing.T) {
	text, err := alertmanagerConf(Args{})
	require.NoError(t, err)
	for _, r := range parsed(t, text)["receivers"].([]any) {
		assert.Len(t, r, 1, "a name and nothing else")
	}
}

func TestPrometheusTakesItsConfiguration(t *testing.T) {
	promtool := realprogram.Named(t, "ODOOOPS_TEST_PROMTOOL")
	text, err := files.ReadFile("files/prometheus.yml")
	require.NoError(t, err)
	out, err := exec.Command(promtool, "check", "config", "--syntax-only", written(t, "prometheus.yml", string(text))).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestMetricsLeaveRoomOnTheVolume(t *testing.T) {
	flags := prometheusFlags(Args{VolumeSizeGB: 20, MetricsDays: 90})
	assert.Contains(t, flags, "--storage.tsdb.retention.time=90d")
	assert.Contains(t, flags, "--storage.tsdb.retention.size=10000MB")
}

func TestLokiKeepsLogsAsLongAsTheConfigSaysUnderFiveLabels(t *testing.T) {
	text, err := lokiConf(lokiSettings{Endpoint: "https://fra1.digitaloceanspaces.com", Bucket: "logs", KeyID: "id", Secret: "s", Days: 30})
	require.NoError(t, err)
	limits := parsed(t, text)["limits_config"].(map[string]any)
	assert.Equal(t, "30d", limits["retention_period"])
	assert.Contains(t, text, "attributes: [stack, kind, role, source, host]")
}
