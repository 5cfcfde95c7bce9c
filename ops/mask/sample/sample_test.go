package sample

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"image"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestSamplesAreWhatTheyAreNamed(t *testing.T) {
	for _, f := range All() {
		if f.MIME == "image/png" || f.MIME == "image/gif" || f.MIME == "image/jpeg" {
			if _, _, err := image.Decode(bytes.NewReader(f.Content)); err != nil {
				t.Errorf("%s: %v", f.MIME, err)
			}
		}
		if strings.HasPrefix(f.MIME, "image/") && f.MIME != "image/svg+xml" && http.DetectContentType(f.Content) != f.MIME {
			t.Errorf("%s looks like %s", f.MIME, http.DetectContentType(f.Content))
		}
	}
	z, err := zip.NewReader(bytes.NewReader(For(office+"spreadsheetml.sheet").Content), int64(len(For(office+"spreadsheetml.sheet").Content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for err == nil {
			_, err = d.Token()
		}
		if err != io.EOF {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	pdf := string(For("application/pdf").Content)
	if at := strings.Index(pdf, "xref\n"); !strings.Contains(pdf, "startxref\n"+"164\n") || at != 164 {
		t.Errorf("the PDF's table is at %d", at)
	}
	if For("image/x-unknown").MIME != "image/png" || For("").MIME != "application/octet-stream" {
		t.Error("an unknown type has no sample")
	}
}
