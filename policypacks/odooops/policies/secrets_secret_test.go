package policies

import (
	"strings"
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

// These are put together here, so that no scanner takes them for real ones.
var (
	aKey   = "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3Blbn\n"
	aToken = "dop_" + "v1_" + strings.Repeat("a1", 32)
)

func aDroplet(userData any) policytest.Resource {
	return policytest.Resource{Type: droplet, Name: "host", Props: policytest.Props{"userData": userData}}
}

func withEnv(envs ...any) policytest.Resource { return aContainer(policytest.Props{"envs": envs}) }

func outputs(props policytest.Props) policytest.Resource {
	return policytest.Resource{Type: "pulumi:pulumi:Stack", Name: "odooops-production", Props: props}
}

func TestSecretsThatAreSecretAreAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, secretsSecret(),
		aDroplet(policytest.Secret("#cloud-config\nssh_keys:\n  ed25519_private: |\n    "+aKey)),
		aDroplet("#cloud-config\n"),
		withEnv("GOMEMLIMIT=48MiB", "PGPASSWORD_FILE=/run/odooops/password"),
		aContainer(anUpload("/run/odooops/key", policytest.Secret(aKey))),
		outputs(policytest.Props{"telemetryToken": policytest.Secret("t"), "resetToken": "2", "url": "https://erp.example.com", "readKeys": policytest.Props{"spaces": policytest.Secret("k")}}),
	)
}

func TestACredentialInPlainSightIsRefused(t *testing.T) {
	for _, c := range []struct {
		what string
		r    policytest.Resource
	}{
		{"in plain sight", aDroplet("ed25519_private: " + aKey)},
		{"beside the host key", aDroplet(policytest.Secret(aKey + "\nexport DO_TOKEN=" + aToken))},
		{"beside the host key", aDroplet(policytest.Secret(aKey + aKey))},
		{"beside the host key", aDroplet(policytest.Secret("write_files:\n  DB_PASSWORD=hunter2x\n"))},
		{"DB_PASSWORD", withEnv("DB_PASSWORD=hunter2")},
		{"into the environment", withEnv(policytest.Secret("ANYTHING=hunter2"))},
		{"HARMLESS", withEnv("HARMLESS=" + aToken)},
		{"api-token", aContainer(policytest.Props{"labels": []any{policytest.Props{"label": "api-token", "value": "x"}}})},
		{"uploads[0].content", aContainer(anUpload("/run/key", aKey))},
		{"tags[0]", policytest.Resource{Type: "some:new:Thing", Name: "thing", Props: policytest.Props{"tags": []string{aToken}}}},
		{"adminPassword", outputs(policytest.Props{"adminPassword": "hunter2"})},
		{"keys.spacesSecret", outputs(policytest.Props{"keys": policytest.Props{"spacesSecret": aToken}})},
	} {
		policytest.Case{}.Denies(t, secretsSecret(), c.what, c.r)
	}
}

func TestACredentialIsNeverInTheMessage(t *testing.T) {
	r := policytest.Case{}.Run(t, secretsSecret(), withEnv("DB_PASSWORD=hunter2"), aContainer(anUpload("/run/key", aKey)))
	for _, f := range r.Denied {
		if strings.Contains(f.Message, "hunter2") || strings.Contains(f.Message, "b3Blbn") {
			t.Errorf("the message shows it: %s", f.Message)
		}
	}
}

func TestWhereACredentialMayComeToBeIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, secretsSecret(), "userData", aDroplet(policytest.Unknown))
	policytest.Case{}.Waits(t, secretsSecret(), "envs[0]", withEnv(policytest.Unknown))
	policytest.Case{}.Waits(t, secretsSecret(), "labels[0].value",
		aContainer(policytest.Props{"labels": []any{policytest.Props{"label": "api-token", "value": policytest.Unknown}}}))
}
