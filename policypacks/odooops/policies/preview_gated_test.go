package policies

import (
	"encoding/base64"
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

const (
	openRoutes  = "http:\n  routers:\n    odoo: {rule: \"Host(`a.example.com`)\", service: odoo}\n"
	gatedRoutes = "http:\n  routers:\n    odoo: {rule: \"Host(`a.example.com`)\", service: odoo, middlewares: [password]}\n" +
		"    known: {rule: \"Host(`a.example.com`) && (ClientIP(`203.0.113.0/24`))\", service: odoo}\n" +
		"    database: {rule: \"PathPrefix(`/web/database`)\", middlewares: [nobody]}\n" +
		"  middlewares:\n    password: {basicAuth: {users: [\"preview:{SHA}x\"]}}\n    nobody: {ipAllowList: {sourceRange: [\"255.255.255.255/32\"]}}\n"
)

var pr = policytest.Case{Stack: "preview-pr-7"}

func routed(text any) policytest.Resource {
	if plain, ok := text.(string); ok {
		text = base64.StdEncoding.EncodeToString([]byte(plain))
	}
	return aContainer(policytest.Props{"labels": []any{policytest.Props{"label": "odooops.routes", "value": text}}})
}

func TestAPasswordAtTheEdgeIsAllowed(t *testing.T) {
	pr.Allows(t, previewGated(), routed(gatedRoutes), routed(""), aContainer(nil))
	rehearsal.Allows(t, previewGated(), aContainer(anUpload("/etc/traefik/dynamic/routes.yml", policytest.Secret(gatedRoutes))))
	policytest.Case{}.Allows(t, previewGated(), aContainer(anUpload("/etc/traefik/dynamic/routes.yml", openRoutes)))
}

func TestAPreviewWithoutAPasswordIsRefused(t *testing.T) {
	pr.Denies(t, previewGated(), "router odoo", routed(openRoutes))
	pr.Denies(t, previewGated(), "router odoo", routed("http:\n  routers:\n    odoo: {rule: \"Host(`a`) && ClientIP(`0.0.0.0/0`)\"}\n"))
	pr.Denies(t, previewGated(), "router odoo", routed("http:\n  routers:\n    odoo: {middlewares: [password]}\n  middlewares:\n    password: {basicAuth: {users: []}}\n"))
	pr.Denies(t, previewGated(), "TCP", routed("tcp:\n  routers: {odoo: {}}\n"))
	pr.Denies(t, previewGated(), "can't be read", routed("\t:"))
	rehearsal.Denies(t, previewGated(), "router odoo", aContainer(anUpload("/etc/traefik/dynamic/routes.yml", policytest.Secret(openRoutes))))
}

func TestRoutesThatAreNotKnownYetAreWaitedFor(t *testing.T) {
	pr.Waits(t, previewGated(), "labels[0].value", routed(policytest.Unknown))
	rehearsal.Waits(t, previewGated(), "uploads[0].content", aContainer(anUpload("/etc/traefik/dynamic/routes.yml", policytest.Unknown)))
}
