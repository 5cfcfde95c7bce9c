package policies

import (
	"strings"
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func imageIDOf(digit byte) string { return "sha256:" + strings.Repeat(string(digit), 64) }

func pinnedImage(ref any) policytest.Resource {
	return policytest.Resource{Type: remoteImage, Name: "odoo-image", Props: policytest.Props{"name": ref}}
}

func TestAPinnedImageIsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, imagesPinned(), pinnedImage("registry.example.com/odoo@"+imageIDOf('a')), aContainer(nil))
}

func TestATagIsRefused(t *testing.T) {
	policytest.Case{}.Denies(t, imagesPinned(), "odoo:19", pinnedImage("odoo:19"))
	policytest.Case{}.Denies(t, imagesPinned(), "odoo:19", pinnedImage(policytest.Secret("odoo:19")))
	policytest.Case{}.Denies(t, imagesPinned(), "postgres", aContainer(policytest.Props{"image": "postgres"}))
}

func TestAnImageOfTheStackNeedsNoWait(t *testing.T) {
	c := aContainer(policytest.Props{"image": policytest.Unknown})
	c.Dependencies = map[string][]string{"image": {"odoo-image"}}
	policytest.Case{}.Allows(t, imagesPinned(), pinnedImage("registry.example.com/odoo@"+imageIDOf('a')), c)
}

func TestAnImageFromElsewhereIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, imagesPinned(), "name", pinnedImage(policytest.Unknown))
	policytest.Case{}.Waits(t, imagesPinned(), "image", aContainer(policytest.Props{"image": policytest.Unknown}))
}
