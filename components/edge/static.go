package edge

// static is Traefik's own configuration.
type static struct {
	// Email goes to the certificate authority; may be empty.
	Email string
	// Shared says that routes come and go, and certificates with them, as
	// files; without it Traefik gets the certificate itself.
	Shared bool
	// Ingest takes telemetry, too.
	Ingest bool
	// Directory holds the dynamic configuration.
	Directory string
}

// own is the configuration of a site's own Traefik.
func own(email string) static { return static{Email: email, Directory: "/etc/traefik/dynamic"} }

// shared is the configuration of the previews' Traefik.
func shared() static { return static{Shared: true, Directory: SharedDir + "/dynamic"} }
