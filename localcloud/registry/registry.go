// Package registry serves container images: the distribution project's own
// registry over a directory. Machines only pull; images are pushed from this
// computer. It must not fetch anything from elsewhere.
package registry

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // the driver "filesystem" below
	"github.com/sirupsen/logrus"
)

// New serves the images in dir, push and pull.
func New(ctx context.Context, dir string) http.Handler {
	config := &configuration.Configuration{Storage: configuration.Storage{
		"filesystem":  configuration.Parameters{"rootdirectory": dir},
		"delete":      configuration.Parameters{"enabled": true},
		"maintenance": configuration.Parameters{"uploadpurging": map[any]any{"enabled": false}},
	}}
	config.HTTP.Secret = rand.Text() // of uploads under way, which end with the cloud
	config.Catalog.MaxEntries = 1000
	// The registry logs every request through logrus' own logger.
	logrus.SetLevel(logrus.ErrorLevel)
	return handlers.NewApp(ctx, config)
}

// ReadOnly refuses whatever changes images.
func ReadOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{ // the client went away: nothing to do
			"code": "DENIED", "message": "machines only pull; push from this computer to the registry's own port",
		}}})
	})
}
