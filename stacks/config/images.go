package config

// ImagesOf are the names of the images that a kind of stack runs.
func ImagesOf(kind string) []string {
	switch kind {
	case KindProduction:
		return []string{"odoo", "postgres", "traefik"}
	case KindStaging:
		return []string{"odoo", "postgres", "traefik", "mailhog"}
	case KindPreviewHost:
		return []string{"traefik"}
	case KindPreview:
		return []string{"odoo", "postgres", "mailhog"}
	}
	return nil
}
