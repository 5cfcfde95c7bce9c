// Command reference writes docs/policies.md from the policies themselves:
//
//	cd policypacks/odooops && go run ./reference
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"

	"github.com/odooops/odooops/policypacks/odooops/policies"
	"github.com/odooops/odooops/policypacks/odooops/policy"
)

//go:embed policies.md.tmpl
var page string

func main() {
	var out bytes.Buffer
	err := write(&out, policies.All())
	if err == nil {
		err = os.WriteFile(file, out.Bytes(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// file is the page, seen from the pack's folder.
var file = filepath.Join("..", "..", "docs", "policies.md")

func write(out io.Writer, all []policy.Policy) error {
	t, err := template.New("page").Funcs(template.FuncMap{"json": asJSON}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(out, all)
}

func asJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
