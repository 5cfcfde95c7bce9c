// Package docker boots the droplets of the local cloud as containers on this
// computer's Docker: each runs systemd, cloud-init, sshd and a dockerd of its
// own, from the user data the stacks declare.
//
// It makes records take effect (networks, volumes, reserved addresses,
// firewalls) and decides nothing: which droplet exists, what it may reach and
// which address it has is the cloud's to say. What it makes carries the label
// odooops.localcloud=<instance> and is found by it, so that two clouds with
// different instance names and subnets live side by side, and so that nothing
// is left behind when a process was killed.
//
// The firewall lives outside of the machine's network namespace: a machine's
// root can't open it.
package docker
