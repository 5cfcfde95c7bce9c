// Package hostdocker declares what runs on a host: every container, network,
// volume and image goes through it, so that the rules which make the docker
// provider safe over SSH hold everywhere and are tested once.
//
//   - Everything is replaced with its machine, and not deleted one by one when
//     the machine is gone: a replaced droplet would otherwise come up empty
//     while the engine reports "unchanged". On another stack's host its id is
//     the trigger instead.
//   - Arguments are complete, so that a refresh shows no drift: memory with
//     swap, capabilities with prefix, log options on the container.
//   - What the provider would silently not apply is replaced: health checks
//     and tmpfs mounts.
//   - A service counts as up when it is healthy, and gets time to stop.
//   - Secrets are uploaded files. Env takes plain strings only, so that an
//     output, and with it a secret, can't get there.
//   - A job that fails stops what needs its result.
//
// Data never lives in here: host paths are on the data volume, which no
// option of this package reaches. Previews' volumes are the exception: their
// data is a copy and goes with the stack.
package hostdocker
