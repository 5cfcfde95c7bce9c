// Package sshaccess reaches the machines: by SSH, through the bastion, with
// pinned host keys on the whole way. It knows no Pulumi and no cloud, so the
// program and the operations share it.
//
// Nothing in here trusts a host on first use: an Endpoint without a HostKey
// is refused.
package sshaccess
