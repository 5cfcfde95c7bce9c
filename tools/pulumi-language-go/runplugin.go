package main

import (
	"errors"
	"os"
	"os/exec"
	"sync"

	"google.golang.org/grpc"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin runs a plugin written in Go from its source, such as a policy
// pack, and passes on what it prints and how it ends.
func (h *host) RunPlugin(req *rpc.RunPluginRequest, stream grpc.ServerStreamingServer[rpc.RunPluginResponse]) error {
	program, err := build(stream.Context(), req.GetInfo())
	if err != nil {
		return err
	}
	var mu sync.Mutex
	send := func(r *rpc.RunPluginResponse) error {
		mu.Lock()
		defer mu.Unlock()
		return stream.Send(r)
	}
	cmd := exec.CommandContext(stream.Context(), program, req.GetArgs()...)
	cmd.Dir = req.GetPwd()
	cmd.Env = append(os.Environ(), req.GetEnv()...)
	cmd.Stdout = writer(func(p []byte) error {
		return send(&rpc.RunPluginResponse{Output: &rpc.RunPluginResponse_Stdout{Stdout: p}})
	})
	cmd.Stderr = writer(func(p []byte) error {
		return send(&rpc.RunPluginResponse{Output: &rpc.RunPluginResponse_Stderr{Stderr: p}})
	})
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return send(&rpc.RunPluginResponse{Output: &rpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())}})
	}
	if err != nil {
		return err
	}
	return send(&rpc.RunPluginResponse{Output: &rpc.RunPluginResponse_Exitcode{Exitcode: 0}})
}

// writer is a function that takes what a process prints.
type writer func([]byte) error

func (w writer) Write(p []byte) (int, error) {
	if err := w(append([]byte(nil), p...)); err != nil {
		return 0, err
	}
	return len(p), nil
}
