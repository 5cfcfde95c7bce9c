package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func publishing(port any, ip string) policytest.Resource {
	return aContainer(policytest.Props{"ports": []any{policytest.Props{"internal": port, "external": port, "ip": ip}}})
}

func TestTheEdgesPortsMayBePublished(t *testing.T) {
	policytest.Case{}.Allows(t, databasesPrivate(), publishing(443, ""))
	policytest.Case{}.Allows(t, databasesPrivate(), publishing(5432, "127.0.0.1"))
	policytest.Case{Config: map[string]any{"published": []any{"9000"}}}.Allows(t, databasesPrivate(), publishing(9000, ""))
}

func TestADatabaseOrDashboardWithAPortIsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, databasesPrivate(), "5432", publishing(5432, ""))
	policytest.Case{}.Denies(t, databasesPrivate(), "3000", publishing(3000, "0.0.0.0"))
	policytest.Case{}.Denies(t, databasesPrivate(), "all its ports", aContainer(policytest.Props{"publishAllPorts": true}))
	policytest.Case{}.Denies(t, databasesPrivate(), "dashboard", aContainer(anUpload("/etc/traefik/traefik.yml", "api:\n  insecure: true\n")))
	policytest.Case{}.Denies(t, databasesPrivate(), "privateNetworkUuid", policytest.Resource{Type: database, Name: "db"})
	policytest.Case{}.Denies(t, databasesPrivate(), "everybody", policytest.Resource{Type: databaseFirewall, Name: "db", Props: policytest.Props{
		"rules": []any{policytest.Props{"type": "ip_addr", "value": "0.0.0.0/0"}},
	}})
}

func TestAPortThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, databasesPrivate(), "ports[0].internal", publishing(policytest.Unknown, ""))
	policytest.Case{}.Waits(t, databasesPrivate(), "ports", aContainer(policytest.Props{"ports": policytest.Unknown}))
}
