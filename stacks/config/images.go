package config

// ImagesOf are the names of the images that a kind of stack runs.
func ImagesOf(kind string) []string {
	switch kind {
	case KindPlatform:
		return []string{"traefik", "otel", "loki", "prometheus", "alertmanager", "grafana"}
	case KindProduction:
		return []string{"odoo", "postgres", "traefik", "otel"}
	case KindStaging:
		return []string{"odoo", "postgres", "traefik", "mailhog", "otel"}
	case KindPreviewHost:
		return []string{"traefik", "otel"}
	case KindPreview:
		return []string{"odoo", "postgres", "mailhog"}
	}
	return nil
}
