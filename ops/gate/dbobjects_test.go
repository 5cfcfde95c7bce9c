package gate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering is a database that answers everything with this.
func answering(text string, err error) *Database {
	return &Database{Name: "stack production", Query: func(context.Context, string) ([]byte, error) { return []byte(text), err }}
}

func counted(tables, sequences int) DBObjects {
	return DBObjects{Database: answering(fmt.Sprintf(`[{"tables":%d,"sequences":%d}]`, tables, sequences), nil)}
}

func TestDBObjectsWarnsAt8000AndFailsOver10000(t *testing.T) {
	assert.Empty(t, found(t, counted(4000, 3999)))
	assert.Equal(t, []string{"warn stack production: 4000 tables and 4000 sequences are 8000 objects; over 10000 it fails"}, found(t, counted(4000, 4000)))
	assert.Len(t, found(t, counted(5000, 5000)), 1)
	assert.Equal(t, []string{"fail stack production: 5001 tables and 5000 sequences are 10001 objects, over 10000"}, found(t, counted(5001, 5000)))
}

func TestDBObjectsCountsWhatADumpHas(t *testing.T) {
	for file, want := range map[string]objects{
		"good/dump.sql": {4, 3}, "good/dump.list": {4, 3}, "good/plain.list": {1, 1},
	} {
		got, err := countList("x", "testdata/db-objects/"+file)
		require.NoError(t, err)
		assert.Equal(t, want, got, file)
		assert.Empty(t, found(t, DBObjects{List: "testdata/db-objects/" + file}))
	}
	list := filepath.Join(t.TempDir(), "list")
	require.NoError(t, os.WriteFile(list, []byte(strings.Repeat("table t\n", 10001)), 0o600))
	assert.Len(t, found(t, DBObjects{List: list}), 1)
}

func TestDBObjectsIsNotMisledByTheRowsOfADump(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dump.sql")
	require.NoError(t, os.WriteFile(file, []byte(`--
-- PostgreSQL database dump
--
-- Name: a; Type: TABLE; Schema: public; Owner: odoo
COPY public.a (name) FROM stdin;
-- Name: x; Type: TABLE; Schema: public; Owner: y
-- PostgreSQL database dump complete
\.
-- Name: a_id_seq; Type: SEQUENCE SET; Schema: public; Owner: odoo
`), 0o600))
	assert.Contains(t, refused(t, DBObjects{List: file}), "was cut off")
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("-- PostgreSQL database dump complete\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	n, err := countList("x", file)
	require.NoError(t, err)
	assert.Equal(t, objects{Tables: 1}, n)
}

func TestDBObjectsOfNothingOrHalfIsNoPass(t *testing.T) {
	for want, g := range map[string]DBObjects{
		"was cut off":                      {List: "testdata/db-objects/bad/cut-off.sql"},
		"line 2: \"res_users\" is neither": {List: "testdata/db-objects/bad/words.list"},
		"has no table":                     {List: "/dev/null"},
		"no such file":                     {List: "testdata/db-objects/absent"},
		"stack production has no table":    counted(0, 0),
		"it is down":                       {Database: answering("", errors.New("it is down"))},
		"unexpected answer":                {Database: answering("<html>", nil)},
		"give one of":                      {},
	} {
		assert.Contains(t, refused(t, g), want)
	}
}

func TestADSNFileIsReadWithoutTellingWhatIsInIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dsn")
	require.NoError(t, os.WriteFile(file, []byte("postgres://u:geheim@h:port/x\n"), 0o600))
	_, err := OpenDSN("x", file)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "geheim")
	require.NoError(t, os.WriteFile(file, []byte(" \n"), 0o600))
	_, err = OpenDSN("x", file)
	require.ErrorContains(t, err, "is empty")
}
