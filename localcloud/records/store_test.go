package records_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/odooops/odooops/localcloud/records"
)

func tags(st *records.Store) (list []string) {
	st.View(func(s *records.State) {
		for t := range s.Tags {
			list = append(list, t)
		}
	})
	return list
}

func TestAChangeIsKeptWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.json")
	st, err := records.Open(path)
	require.NoError(t, err)
	require.NoError(t, st.Update(func(s *records.State) error { s.Tags["kept"] = true; return nil }))

	failed := errors.New("no")
	require.ErrorIs(t, st.Update(func(s *records.State) error { s.Tags["failed"] = true; return failed }), failed)
	require.Panics(t, func() {
		_ = st.Update(func(s *records.State) error { s.Tags["panicked"] = true; panic("a bug in a handler") })
	})
	require.Equal(t, []string{"kept"}, tags(st))

	again, err := records.Open(path)
	require.NoError(t, err)
	require.Equal(t, []string{"kept"}, tags(again))
}
