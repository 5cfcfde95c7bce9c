package edge

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

type dynamic struct {
	HTTP struct {
		Routers map[string]struct {
			Rule        string
			Priority    int
			Middlewares []string
			Service     string
		}
		Services map[string]struct {
			LoadBalancer struct {
				Servers []struct{ URL string }
			} `yaml:"loadBalancer"`
		}
		Middlewares map[string]map[string]any
	}
}

func routes(t *testing.T, websocketPort int) dynamic {
	t.Helper()
	text, err := routesFile(Routes{
		Hostname: "erp.example.com", Backend: "odoo", HTTPPort: 8069, WebsocketPort: websocketPort,
	})
	require.NoError(t, err)
	var d dynamic
	require.NoError(t, yaml.Unmarshal([]byte(text), &d))
	return d
}

func TestTheWebsocketGoesToItsOwnPort(t *testing.T) {
	d := routes(t, 8072)
	assert.Equal(t, "websocket", d.HTTP.Routers["websocket"].Service)
	assert.Equal(t, "http://odoo:8072", d.HTTP.Services["websocket"].LoadBalancer.Servers[0].URL)
	assert.Equal(t, "http://odoo:8069", d.HTTP.Services["http"].LoadBalancer.Servers[0].URL)
}

func TestTheDatabaseManagerIsRefusedForEveryMethod(t *testing.T) {
	r := routes(t, 8072).HTTP.Routers["database"]
	assert.Contains(t, r.Rule, "PathPrefix(`/web/database`)")
	assert.NotContains(t, r.Rule, "Method(")
	assert.Contains(t, r.Middlewares, "nobody")
	for name, other := range routes(t, 8072).HTTP.Routers {
		if name != "database" {
			assert.Less(t, other.Priority, r.Priority, name)
		}
	}
}

func TestLoginsAndRemoteCallsAreRateLimited(t *testing.T) {
	d := routes(t, 8072)
	assert.Contains(t, d.HTTP.Routers["login"].Middlewares, "few-logins")
	assert.Contains(t, d.HTTP.Routers["rpc"].Middlewares, "few-calls")
	for _, path := range []string{"`/jsonrpc`", "`/xmlrpc`"} {
		assert.Contains(t, d.HTTP.Routers["rpc"].Rule, path)
	}
	assert.Contains(t, d.HTTP.Middlewares["few-logins"], "rateLimit")
}

func TestALanguageInFrontIsNoWayAroundTheLimit(t *testing.T) {
	assert.Contains(t, routes(t, 8072).HTTP.Routers["login"].Rule, "PathRegexp(`"+loginPaths+"`)")
	pattern := regexp.MustCompile(loginPaths)
	for _, path := range []string{"/web/login", "/web/login/totp", "/fr/web/login", "/fr_BE/web/login", "/sr@latin/web/signup", "/web/session/authenticate"} {
		assert.Regexp(t, pattern, path)
	}
	for _, path := range []string{"/web/assets/login", "/shop/web/login", "/odoo"} {
		assert.NotRegexp(t, pattern, path)
	}
}

func TestEveryRouteTellsBrowsersToStayOnTLS(t *testing.T) {
	for name, r := range routes(t, 8072).HTTP.Routers {
		assert.Contains(t, r.Middlewares, "hsts", name)
	}
}

func TestTheFrontDoor(t *testing.T) {
	text, err := render("traefik.yml", map[string]any{"Email": ""})
	require.NoError(t, err)
	var static map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &static))
	points := static["entryPoints"].(map[string]any)

	web := points["web"].(map[string]any)["http"].(map[string]any)["redirections"].(map[string]any)["entryPoint"]
	assert.Equal(t, map[string]any{"to": "websecure", "scheme": "https", "permanent": true}, web)

	secure := points["websecure"].(map[string]any)
	assert.NotContains(t, secure, "forwardedHeaders", "nobody's X-Forwarded-For is trusted")
	timeouts := secure["transport"].(map[string]any)["respondingTimeouts"].(map[string]any)
	assert.Equal(t, "0s", timeouts["readTimeout"], "a long upload is not cut")

	assert.Equal(t, "json", static["accessLog"].(map[string]any)["format"])
	assert.NotContains(t, static, "api", "no dashboard")
	acme := static["certificatesResolvers"].(map[string]any)["acme"].(map[string]any)["acme"].(map[string]any)
	assert.Contains(t, acme, "tlsChallenge")
	assert.NotContains(t, acme, "email")
}

func TestTheAuthoritysMailAddressIsOneStringWhateverIsInIt(t *testing.T) {
	text, err := render("traefik.yml", map[string]any{"Email": "#ops@example.com"})
	require.NoError(t, err)
	var static map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &static))
	acme := static["certificatesResolvers"].(map[string]any)["acme"].(map[string]any)["acme"].(map[string]any)
	assert.Equal(t, "#ops@example.com", acme["email"])
}
