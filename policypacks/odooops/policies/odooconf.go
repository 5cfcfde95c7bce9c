package policies

import (
	"path"
	"strings"

	"github.com/odooops/odooops/policypacks/odooops/policy"
)

// uploads are the files put into a container whose name is this.
func uploads(r *policy.Resource, name string) []policy.Value {
	var found []policy.Value
	files, _ := r.Get("uploads").List()
	for _, f := range files {
		if file, ok := f.At("file").Text(); ok && path.Base(file) == name {
			found = append(found, f)
		}
	}
	return found
}

// content is a file's text.
func content(file policy.Value) (string, bool) {
	for _, from := range []string{"content", "contentBase64", "source"} {
		if v := file.At(from); !v.Absent() {
			text, ok := v.Text()
			if from != "content" {
				// Neither is in use, and neither can be read here.
				return "", false
			}
			return text, ok
		}
	}
	return "", true
}

// odooConf are the settings of a container's odoo.conf; there is false where
// it has none, or none that is known yet.
func odooConf(r *policy.Resource) (settings map[string]string, there bool) {
	for _, f := range uploads(r, "odoo.conf") {
		text, ok := content(f)
		if !ok {
			return nil, false
		}
		settings = map[string]string{}
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if key, value, set := strings.Cut(line, "="); set && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
				settings[strings.TrimSpace(key)] = strings.TrimSpace(value)
			}
		}
	}
	return settings, settings != nil
}

// flag is a command line's setting, such as --workers=4 or --workers 4.
func flag(r *policy.Resource, name string) (value string, set bool) {
	for _, from := range []string{"command", "entrypoints"} {
		words, _ := r.Get(from).Strings()
		for i, word := range words {
			if v, is := strings.CutPrefix(word, name+"="); is {
				return v, true
			}
			if word == name && i+1 < len(words) {
				return words[i+1], true
			}
		}
	}
	return "", false
}
