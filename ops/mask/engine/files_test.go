package engine

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/odooops/odooops/ops/mask/scan"
)

func TestANameAcrossTwoBlocksOfAFileIsFound(t *testing.T) {
	set, err := scan.NewSet(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	set.Add(scan.Name, []byte("Jean Dupont"))
	content := bytes.Repeat([]byte("; "), fileBlock)
	copy(content[fileAgain+fileBlock-4:], "Jean Dupont")
	sum := sha1.Sum(content)
	name := hex.EncodeToString(sum[:])
	from, to := filepath.Join(t.TempDir(), name), filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(from, content, 0o600); err != nil {
		t.Fatal(err)
	}
	hits := 0
	if err := keep(from, to, name, &scan.Scanner{Set: set}, func(scan.Kind, uint64) { hits++ }); err != nil || hits != 1 {
		t.Errorf("%d hits, %v", hits, err)
	}
}
