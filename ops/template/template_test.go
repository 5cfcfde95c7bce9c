package template

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/ops/fault"
)

func TestAPublicationHasTheImagesOfThePattern(t *testing.T) {
	o := Options{
		Pattern: map[string]string{"images": `{"odoo":"o@sha256:1","postgres":"p@sha256:2","mailhog":"m@sha256:3"}`, "modules": "base,web"},
		Domain:  "preview.example.com", Now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	p, err := o.publication()
	require.NoError(t, err)
	assert.Equal(t, "20300102-030405", p.ID)
	assert.Equal(t, map[string]string{"odoo": "o@sha256:1", "postgres": "p@sha256:2"}, p.Images)
	assert.Equal(t, "template.preview.example.com", p.Domain)
	assert.Contains(t, p.OdooConf, "db_password = "+p.Password)
	again, err := o.publication()
	require.NoError(t, err)
	assert.NotEqual(t, p.Password, again.Password, "each template's password is its own")
}

func TestWithoutImagesNothingIsPublished(t *testing.T) {
	_, err := Options{Pattern: map[string]string{}}.publication()
	assert.Equal(t, 2, fault.ExitCode(err))
}
