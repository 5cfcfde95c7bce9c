package localcloud

import "context"

// Serve runs a cloud until ctx ends. ready is called when it serves and every
// machine was told to run; its error stops the cloud.
func Serve(ctx context.Context, config Config, ready func(*Cloud) error) error {
	c, err := Start(ctx, config)
	if err != nil {
		return err
	}
	if err := ready(c); err != nil {
		_ = c.Close() // the error that matters is ready's
		return err
	}
	<-ctx.Done()
	return c.Close()
}
