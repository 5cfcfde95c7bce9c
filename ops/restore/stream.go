package restore

import (
	"context"
	"errors"
	"io"
)

// stream has one side write what the other reads. When one ends badly the
// other is told, and the error is the one that came first.
func stream(ctx context.Context, from func(context.Context, Writer) error, to func(context.Context, io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := from(ctx, w)
		_ = w.CloseWithError(err) // nil is the end of the stream
		sent <- err
	}()
	received := to(ctx, r)
	_ = r.CloseWithError(errors.New("the receiver gave up"))
	if received != nil {
		cancel()
	}
	fault := <-sent
	// A sender that failed is why the receiver did.
	if fault != nil && !errors.Is(fault, context.Canceled) && received == nil {
		return fault
	}
	if received != nil && fault != nil && !errors.Is(fault, context.Canceled) {
		return errors.Join(received, fault)
	}
	return received
}
