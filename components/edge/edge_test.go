package edge

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

type dynamicFile struct {
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

func routes(t *testing.T, websocketPort int) dynamicFile {
	t.Helper()
	text, err := Odoo(Routes{
		Hostname: "erp.example.com", Backend: "odoo", HTTPPort: 8069, WebsocketPort: websocketPort,
	})
	require.NoError(t, err)
	var d dynamicFile
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
	text, err := render("traefik.yml", own(""))
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
	text, err := render("traefik.yml", own("#ops@example.com"))
	require.NoError(t, err)
	var static map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &static))
	acme := static["certificatesResolvers"].(map[string]any)["acme"].(map[string]any)["acme"].(map[string]any)
	assert.Equal(t, "#ops@example.com", acme["email"])
}

func gated(t *testing.T, allow ...string) dynamicFile {
	t.Helper()
	text, err := Odoo(Routes{
		Prefix: "preview-pr-7-", Hostname: "pr-7.preview.example.com", Backend: Address, HTTPPort: 8069, WebsocketPort: 8069,
		Gate: &Gate{User: "preview", Password: "a-random-password", AllowCIDRs: allow},
	})
	require.NoError(t, err)
	assert.NotContains(t, text, "a-random-password")
	var d dynamicFile
	require.NoError(t, yaml.Unmarshal([]byte(text), &d))
	return d
}

func TestAGateAsksEverywhereAndOdooDoesNotSeeTheAnswer(t *testing.T) {
	d := gated(t)
	for name, r := range d.HTTP.Routers {
		assert.True(t, strings.HasPrefix(name, "preview-pr-7-"), name)
		if name != "preview-pr-7-database" {
			assert.Contains(t, r.Middlewares, "preview-pr-7-password", name)
		}
		for _, m := range r.Middlewares {
			assert.Contains(t, d.HTTP.Middlewares, m)
		}
		assert.Contains(t, d.HTTP.Services, r.Service)
	}
	auth := d.HTTP.Middlewares["preview-pr-7-password"]["basicAuth"].(map[string]any)
	assert.Equal(t, true, auth["removeHeader"])
	assert.Equal(t, []any{"preview:{SHA}oQMR/Z761qYmxfmdWfrAnaNblAM="}, auth["users"])
	headers := d.HTTP.Middlewares["preview-pr-7-hsts"]["headers"].(map[string]any)
	assert.Equal(t, map[string]any{"X-Robots-Tag": "noindex, nofollow"}, headers["customResponseHeaders"])
}

func TestWhoeverIsAllowedIsNotAskedOnAnyRoute(t *testing.T) {
	d := gated(t, "203.0.113.0/24", "198.51.100.7/32")
	for _, name := range []string{"odoo", "websocket", "login", "rpc"} {
		asked, known := d.HTTP.Routers["preview-pr-7-"+name], d.HTTP.Routers["preview-pr-7-"+name+"-known"]
		assert.NotContains(t, known.Middlewares, "preview-pr-7-password", name)
		assert.Equal(t, asked.Rule+" && (ClientIP(`203.0.113.0/24`) || ClientIP(`198.51.100.7/32`))", known.Rule)
	}
	assert.NotContains(t, d.HTTP.Routers, "preview-pr-7-database-known")
}

func TestMailIsBehindTheSameGate(t *testing.T) {
	text, err := Mail(Routes{
		Prefix: "preview-pr-7-", Hostname: "pr-7-mail.preview.example.com", Backend: Address, HTTPPort: 8025,
		Gate: &Gate{User: "preview", Password: "a-random-password"},
	})
	require.NoError(t, err)
	var d dynamicFile
	require.NoError(t, yaml.Unmarshal([]byte(text), &d))
	assert.Contains(t, d.HTTP.Routers["preview-pr-7-mail"].Middlewares, "preview-pr-7-password")
	assert.Equal(t, "http://@IP@:8025", d.HTTP.Services["preview-pr-7-mail"].LoadBalancer.Servers[0].URL)
}

func TestTheSharedEdgeReadsItsRoutesAndCertificatesFromFilesThatChange(t *testing.T) {
	text, err := render("traefik.yml", shared())
	require.NoError(t, err)
	var conf map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &conf))
	assert.NotContains(t, conf, "certificatesResolvers", "no container asks an authority")
	assert.Equal(t, map[string]any{
		"providersThrottleDuration": "100ms",
		"file":                      map[string]any{"directory": "/data/edge/dynamic", "watch": true},
	}, conf["providers"])
	secure := conf["entryPoints"].(map[string]any)["websecure"].(map[string]any)
	assert.Equal(t, map[string]any{"tls": map[string]any{}}, secure["http"])
}
