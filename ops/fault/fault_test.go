package fault

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestErrorNamesThingCauseAndNextCommand(t *testing.T) {
	err := New("up production", "run odooops local start", errors.New("no local cloud"))
	assert.Equal(t, "up production: no local cloud\n  next: run odooops local start", err.Error())
}

func TestExitCodes(t *testing.T) {
	assert.Equal(t, 0, ExitCode(nil))
	assert.Equal(t, 1, ExitCode(errors.New("x")))
	assert.Equal(t, 1, ExitCode(New("a", "b", errors.New("x"))))
	assert.Equal(t, 2, ExitCode(fmt.Errorf("wrapped: %w", Usage("a", "b", "c"))))
}
