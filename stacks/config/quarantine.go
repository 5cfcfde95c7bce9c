package config

import "strings"

// Quarantine is the config of the machine of one restore.
type Quarantine struct {
	Platform     string
	Size         string
	VolumeSizeGB int
	BackendID    string
	Owner        string
	Created      string // RFC 3339
	// Source is the stack whose backup is restored, Target what it is for.
	Source, Target string

	// Both secret.
	SSHOperatorKey string
	HostKey        string
}

// ParseQuarantine is the checked config of a quarantine.
func ParseQuarantine(values map[string]string) (*Quarantine, error) {
	v, err := check(values)
	if err != nil {
		return nil, err
	}
	return &Quarantine{
		Platform: v["platform"], Size: v["size"], VolumeSizeGB: number(v["volumeSizeGb"]), BackendID: v["backendId"],
		Owner: v["owner"], Created: v["created"], Source: v["source"], Target: v["target"],
		SSHOperatorKey: v["sshOperatorKey"], HostKey: v["hostKey"],
	}, nil
}

const restorePrefix = "restore-"

// RestoreStack is the stack of a restore's quarantine. There is one for each
// purpose, so that the next run finds what a killed one left.
func RestoreStack(id string) string { return restorePrefix + id }

// IsRestore says whether a stack is the quarantine of a restore.
func IsRestore(stack string) bool {
	id, ok := strings.CutPrefix(stack, restorePrefix)
	return ok && isLabel(id) == nil && isLabel(stack) == nil
}
