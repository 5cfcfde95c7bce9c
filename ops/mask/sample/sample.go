// Package sample is what attachments hold outside production: one small valid
// file for each type.
package sample

import (
	"archive/zip"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"sync"
)

// File is one sample.
type File struct {
	MIME    string
	Content []byte
	Sum     string // its sha1, which is its name in the filestore
}

// Name as ir_attachment.store_fname has it.
func (f *File) Name() string { return f.Sum[:2] + "/" + f.Sum }

var all = sync.OnceValue(build)

// For is the sample for a MIME type. A type without one gets plain bytes.
func For(mime string) *File {
	mime, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(mime)), ";")
	files := all()
	if f := files[mime]; f != nil {
		return f
	}
	switch {
	case strings.HasPrefix(mime, "image/"):
		return files["image/png"]
	case strings.HasPrefix(mime, "text/"):
		return files["text/plain"]
	}
	return files["application/octet-stream"]
}

// All of them.
func All() []*File {
	var list []*File
	for _, f := range all() {
		list = append(list, f)
	}
	return list
}

const (
	webp   = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
	svg    = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1" fill="#888"/></svg>`
	pdf    = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
	office = "application/vnd.openxmlformats-officedocument."
)

func build() map[string]*File {
	files := map[string]*File{}
	add := func(mime string, content []byte) {
		sum := sha1.Sum(content)
		files[mime] = &File{MIME: mime, Content: content, Sum: hex.EncodeToString(sum[:])}
	}
	pixel := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Gray{Y: 0x88}})
	for mime, encode := range map[string]func(*bytes.Buffer) error{
		"image/png":  func(b *bytes.Buffer) error { return png.Encode(b, pixel) },
		"image/gif":  func(b *bytes.Buffer) error { return gif.Encode(b, pixel, nil) },
		"image/jpeg": func(b *bytes.Buffer) error { return jpeg.Encode(b, pixel, nil) },
		"image/webp": func(b *bytes.Buffer) error { return decode(b, webp) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			panic(err) // memory does not fail
		}
		add(mime, b.Bytes())
	}
	add("image/svg+xml", []byte(svg))
	add("application/pdf", []byte(pdf))
	add("text/plain", []byte("masked\n"))
	add("text/csv", []byte("masked\n1\n"))
	add("text/css", []byte("/* masked */\n"))
	add("text/javascript", []byte("/* masked */\n"))
	add("application/javascript", []byte("/* masked file */\n"))
	add("text/html", []byte("<!DOCTYPE html><title>masked</title>\n"))
	add("application/json", []byte("{}\n"))
	add("text/xml", []byte("<masked/>\n"))
	add("application/xml", []byte("<?xml version=\"1.0\"?><masked/>\n"))
	add("application/zip", archive(nil))
	add(office+"wordprocessingml.document", archive(word))
	add(office+"spreadsheetml.sheet", archive(sheet))
	add("application/octet-stream", []byte("masked file\n"))
	return files
}

func decode(b *bytes.Buffer, text string) error {
	content, err := base64.StdEncoding.DecodeString(text)
	b.Write(content)
	return err
}

const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

var (
	word  = parts(office+"wordprocessingml.document.main+xml", "word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>masked</w:t></w:r></w:p></w:body></w:document>`)
	sheet = append(parts(office+"spreadsheetml.sheet.main+xml", "xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="masked" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		[2]string{"xl/_rels/workbook.xml.rels", declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		[2]string{"xl/worksheets/sheet1.xml", declaration + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>`})
)

// parts of an office document.
func parts(mime, name, content string) [][2]string {
	types := `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/` + name + `" ContentType="` + mime + `"/>`
	if strings.HasPrefix(name, "xl/") {
		types += `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + office + `spreadsheetml.worksheet+xml"/>`
	}
	return [][2]string{
		{"[Content_Types].xml", declaration + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` + types + `</Types>`},
		{"_rels/.rels", declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="` + name + `"/></Relationships>`},
		{name, declaration + content},
	}
}

func archive(files [][2]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			panic(err) // memory does not fail
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
