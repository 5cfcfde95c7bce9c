package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/odooops/odooops/localcloud/durable"
)

// Store keeps the State in one file. A change is on disk before Update
// returns, so a cloud killed at any moment has everything it answered for.
type Store struct {
	path string

	mu    sync.RWMutex
	state *State
	saved []byte // what is on disk; a failed change goes back to it
}

// Open reads the state file, or starts an empty state when there is none.
func Open(path string) (*Store, error) {
	st := &Store{path: path, state: empty()}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return st, nil
	case err != nil:
		return nil, fmt.Errorf("read the local cloud's records: %w", err)
	}
	if err := json.Unmarshal(b, st.state); err != nil {
		return nil, fmt.Errorf("the local cloud's records in %s are damaged: %w; move the file away, or run `odooops local stop --purge`", path, err)
	}
	st.saved = b
	return st, nil
}

// View reads the state. What f gets must not outlive it.
func (st *Store) View(f func(*State)) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	f(st.state)
}

// Update changes the state. When f fails or panics, or the file can't be
// written, nothing has changed.
func (st *Store) Update(f func(*State) error) (err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, st.restore())
		}
	}()
	if err := f(st.state); err != nil {
		return err
	}
	b, err := json.MarshalIndent(st.state, "", " ")
	if err != nil {
		return err
	}
	if err := durable.WriteFile(st.path, b, 0o600); err != nil {
		return fmt.Errorf("save the local cloud's records: %w", err)
	}
	st.saved, kept = b, true
	return nil
}

func (st *Store) restore() error {
	st.state = empty()
	if st.saved == nil {
		return nil
	}
	return json.Unmarshal(st.saved, st.state)
}

// empty has every map made, so that handlers can write to it.
func empty() *State {
	s := &State{LastID: 100000}
	// Unmarshalling into a map makes it: one place less that lists every field.
	const maps = `{"droplets":{},"actions":{},"volumes":{},"reserved_ips":{},"vpcs":{},"firewalls":{},"keys":{},
		"domains":{},"tags":{},"projects":{},"spaces_keys":{},"aws_users":{},"uptime_checks":{},"monitor_alerts":{},"docker":{}}`
	if err := json.Unmarshal([]byte(maps), s); err != nil {
		panic(err) // the constant above is wrong
	}
	return s
}
