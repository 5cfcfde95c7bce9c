package policies

import (
	"regexp"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// builds are resources that make an image during an update.
var builds = []string{"docker:index/image:Image", "docker-build:index:Image", "docker-build:index:Index"}

// installs is a package manager at work.
var installs = regexp.MustCompile(`\b(apt|apt-get|aptitude|apk|yum|dnf|microdnf|zypper|pip|pip3|pipx|uv|npm|yarn|pnpm|gem|cargo)\s+(-\S+\s+)*(install|add|update|upgrade|ci|sync|i)\b|\bgo\s+install\b`)

// imagesWhole makes sure that an image is all that runs.
func imagesWhole() policy.Policy {
	return policy.Policy{
		Name: "images-whole", Severity: policy.Mandatory,
		Holds: "Images are built before an update, and nothing installs packages at run time.",
		Why: `What an update builds, or a container installs when it starts, nobody has scanned or tested, and it differs from day to day. When the package server is down, nothing starts any more.
CI builds images, scans them and pushes them by digest.`,
		Bad:   `docker.NewContainer(ctx, "odoo", &docker.ContainerArgs{Command: pulumi.ToStringArray([]string{"sh", "-c", "pip install phonenumbers && odoo"})})`,
		Good:  `docker.NewContainer(ctx, "odoo", &docker.ContainerArgs{Image: image.ImageId, Command: pulumi.ToStringArray([]string{"odoo"})})`,
		Types: append([]string{container, remoteImage}, builds...),
		Check: func(r *policy.Resource) {
			switch r.Type {
			case remoteImage:
				if build := r.Get("build"); !build.Absent() {
					r.Deny("builds the image during the update; build it in CI and name its digest")
				}
			case container:
				installing(r)
			default:
				r.Deny("builds an image during the update; build it in CI and name its digest")
			}
		},
	}
}

func installing(r *policy.Resource) {
	for _, from := range []string{"command", "entrypoints"} {
		words, _ := r.Get(from).Strings()
		if found := installs.FindString(strings.Join(words, " ")); found != "" {
			r.Deny("the %s installs packages (%s); put them into the image", from, found)
		}
	}
	files, _ := r.Get("uploads").List()
	for _, f := range files {
		name, ok := f.At("file").Text()
		runs, _ := f.At("executable").Bool()
		if !ok || !runs && !strings.HasSuffix(name, ".sh") {
			continue
		}
		if text, ok := content(f); ok && installs.MatchString(text) {
			r.Deny("%s installs packages; put them into the image", name)
		}
	}
}
