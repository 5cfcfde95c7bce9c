package provider

import (
	"context"
	"errors"
)

// Resource is the life of one resource type. Inputs hold what the program
// set; state is the inputs with the outputs merged over them. Values are
// plain: no secrets, no unknowns.
type Resource interface {
	// Create makes the resource and returns its outputs. An error together
	// with an id means that it was made but does not work: the engine keeps
	// it in state and replaces it in the next update.
	Create(ctx context.Context, inputs Props) (id string, outputs Props, err error)
	// Read returns the outputs, and those inputs whose real value is known.
	// A resource that is not there is ErrGone.
	Read(ctx context.Context, id string, state Props) (outputs Props, err error)
	// Update carries changed inputs over to the existing resource.
	Update(ctx context.Context, id string, state, inputs Props) (outputs Props, err error)
	// Delete removes it. ErrGone counts as done.
	Delete(ctx context.Context, id string, state Props) error
}

// Function is a data source.
type Function func(ctx context.Context, args Props) (Props, error)

// ErrGone says that the resource does not exist (any more).
var ErrGone = errors.New("the resource does not exist")
