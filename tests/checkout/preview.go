package checkout

import (
	"fmt"
	"testing"
)

// Preview is how to get into a preview, as `odooops pr credentials` tells it.
type Preview struct {
	URL, MailURL              string
	EdgeLogin, EdgePassword   string
	AdminLogin, AdminPassword string
}

// Preview asks for a preview's credentials.
func (c *Checkout) Preview(t testing.TB, number int) Preview {
	t.Helper()
	var p Preview
	c.JSON(t, &p, "pr", "credentials", "--number", fmt.Sprint(number))
	return p
}
