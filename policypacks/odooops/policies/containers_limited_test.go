package policies

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

// aContainer is one with all that it needs, changed.
func aContainer(changes policytest.Props) policytest.Resource {
	props := policytest.Props{
		"image": imageIDOf('1'), "memory": 640,
		"logDriver": "json-file", "logOpts": policytest.Props{"max-size": "10m", "max-file": "5"},
	}
	for name, v := range changes {
		if props[name] = v; v == nil {
			delete(props, name)
		}
	}
	return policytest.Resource{Type: container, Name: "odoo", Props: props}
}

func TestAContainerWithLimitsIsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, containersLimited(), aContainer(nil))
	policytest.Case{}.Allows(t, containersLimited(), aContainer(policytest.Props{"logDriver": "journald", "logOpts": nil}))
}

func TestAContainerWithoutALimitIsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, containersLimited(), "memory", aContainer(policytest.Props{"memory": nil}))
	policytest.Case{}.Denies(t, containersLimited(), "logs", aContainer(policytest.Props{"logOpts": policytest.Props{"max-file": "5"}}))
	policytest.Case{}.Denies(t, containersLimited(), "logs", aContainer(policytest.Props{"logOpts": policytest.Props{"max-size": "-1"}}))
}

func TestALimitThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, containersLimited(), "memory", aContainer(policytest.Props{"memory": policytest.Unknown}))
	policytest.Case{}.Waits(t, containersLimited(), "logOpts.max-size", aContainer(policytest.Props{"logOpts": policytest.Unknown}))
	policytest.Case{}.Waits(t, containersLimited(), "logDriver", aContainer(policytest.Props{"logDriver": policytest.Unknown}))
}

func TestLogLimitsThatNobodySetAreFilledIn(t *testing.T) {
	fixed, changed := policytest.Case{}.Fixed(t, containersLimited(), aContainer(policytest.Props{"logDriver": nil, "logOpts": nil}))
	assert.True(t, changed)
	assert.Equal(t, "10m", fixed.Get("logOpts").AsMap().Get("max-size").AsString())
	assert.Equal(t, 640.0, fixed.Get("memory").AsNumber(), "all else stays")

	_, changed = policytest.Case{}.Fixed(t, containersLimited(), aContainer(policytest.Props{"logOpts": policytest.Unknown}))
	assert.False(t, changed, "what is not known yet is not overwritten")
}
