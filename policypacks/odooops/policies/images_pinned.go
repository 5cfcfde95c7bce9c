package policies

import (
	"regexp"
	"slices"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

var (
	digest  = regexp.MustCompile(`^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$`)
	imageID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// imagesPinned makes sure that what was tested is what runs.
func imagesPinned() policy.Policy {
	return policy.Policy{
		Name: "images-pinned", Severity: policy.Mandatory,
		Holds: "Every image is pinned by its digest.",
		Why:   `A tag names another image tomorrow: the next container to start on the host would run what nobody has tested, and two hosts with the same config would differ.`,
		Bad:   `docker.NewRemoteImage(ctx, "odoo", &docker.RemoteImageArgs{Name: pulumi.String("odoo:19")})`,
		Good:  `docker.NewRemoteImage(ctx, "odoo", &docker.RemoteImageArgs{Name: pulumi.String("registry.example.com/odoo@sha256:…")})`,
		Types: []string{container, remoteImage},
		Check: func(r *policy.Resource) {
			if r.Type == remoteImage {
				if ref, ok := r.Get("name").Text(); ok && !digest.MatchString(ref) {
					r.Deny("the image %q is not pinned; write it as NAME@sha256:DIGEST", ref)
				}
				return
			}
			image := r.Get("image")
			if image.Unknown() && r.Preview {
				return // CheckStack sees where it comes from
			}
			if ref, ok := image.Text(); ok && !digest.MatchString(ref) && !imageID.MatchString(ref) {
				r.Deny("runs the image %q, which is not pinned; give it an image's id, or NAME@sha256:DIGEST", ref)
			}
		},
		CheckStack: func(s *policy.Stack) {
			var images []string
			for _, i := range s.OfType(remoteImage) {
				images = append(images, i.URN)
			}
			for _, c := range s.OfType(container) {
				image := c.Get("image")
				fromHere := slices.ContainsFunc(c.Dependencies["image"], func(urn string) bool { return slices.Contains(images, urn) })
				if image.Unknown() && !fromHere {
					c.NotYet(image.Path())
				}
			}
		},
	}
}
