package policies

import (
	"testing"

	"github.com/odooops/odooops/policypacks/odooops/policy/policytest"
)

func TestAnImageThatIsWholeIsAllowed(t *testing.T) {
	policytest.Case{}.Allows(t, imagesWhole(), pinnedImage("odoo"), aContainer(policytest.Props{"command": []string{"odoo", "--update=base"}}))
	policytest.Case{}.Allows(t, imagesWhole(), aContainer(anUpload("/etc/notes.txt", "apt-get install nothing")))
}

func TestWhatIsBuiltOrInstalledAtRunTimeIsRefused(t *testing.T) {
	for _, command := range [][]string{
		{"sh", "-c", "pip install phonenumbers && odoo"}, {"apt-get", "-y", "install", "wkhtmltopdf"},
		{"bash", "-c", "apk add --no-cache git"}, {"python3", "-m", "pip", "install", "x"},
	} {
		policytest.Case{}.Denies(t, imagesWhole(), "installs packages", aContainer(policytest.Props{"command": command}))
		policytest.Case{}.Denies(t, imagesWhole(), "installs packages", aContainer(policytest.Props{"entrypoints": command}))
	}
	policytest.Case{}.Denies(t, imagesWhole(), "installs packages", aContainer(anUpload("/start.sh", policytest.Secret("pip3 install -r requirements.txt\n"))))
	policytest.Case{}.Denies(t, imagesWhole(), "CI", policytest.Resource{Type: builds[0], Name: "odoo"})
	policytest.Case{}.Denies(t, imagesWhole(), "CI", policytest.Resource{Type: remoteImage, Name: "odoo", Props: policytest.Props{"build": policytest.Props{"context": "."}}})
}

func TestACommandThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	policytest.Case{}.Waits(t, imagesWhole(), "command[1]", aContainer(policytest.Props{"command": []any{"sh", policytest.Unknown}}))
	policytest.Case{}.Waits(t, imagesWhole(), "uploads[0].content", aContainer(anUpload("/start.sh", policytest.Unknown)))
	policytest.Case{}.Denies(t, imagesWhole(), "installs", aContainer(policytest.Props{"command": []any{policytest.Unknown, "pip install x"}}))
}
