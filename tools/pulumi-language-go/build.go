package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// build compiles the program and returns the executable. The executable stays
// in the cache, outside the checkout: `go build` then finds it up to date in
// well under a second, where linking it anew takes ten or more.
func build(ctx context.Context, info *rpc.ProgramInfo) (string, error) {
	options := info.GetOptions().GetFields()
	if binary := options["binary"].GetStringValue(); binary != "" {
		return filepath.Join(info.GetRootDirectory(), binary), nil
	}
	dir := info.GetProgramDirectory()
	target, err := executable(dir, info.GetEntryPoint())
	if err != nil {
		return "", err
	}
	unlock, err := lock(target + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	cmd := exec.CommandContext(ctx, "go", "build", "-o", target, entry(info.GetEntryPoint()))
	cmd.Dir = dir
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building the program in %s: %w\n%s", dir, err, output.Bytes())
	}
	return target, nil
}

func entry(point string) string {
	if point == "" || point == "." {
		return "."
	}
	return "./" + filepath.Clean(point)
}

func executable(dir, point string) (string, error) {
	cache := os.Getenv("ODOOOPS_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the cache directory: %w; set ODOOOPS_CACHE", err)
		}
		cache = filepath.Join(user, "odooops")
	}
	digest := sha256.Sum256([]byte(dir + "\x00" + point))
	home := filepath.Join(cache, "programs", hex.EncodeToString(digest[:8]))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("making the build cache: %w", err)
	}
	return filepath.Join(home, "program"), nil
}

// lock keeps two engines from building the same program at once.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the build lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("waiting for the build lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
