// Package cloudinit renders the user data of the droplets: a hardened Docker
// host (or, with RoleBastion, a hardened way in) and nothing more.
//
// A changed user data replaces a droplet, so nothing goes in here that a
// container could do, and nothing that changes often. The only secret in it
// is the machine's SSH host key, which is pinned so that nobody ever has to
// trust a machine on first use. The package must not import Pulumi: whoever
// boots a machine in a test renders the same text.
package cloudinit
