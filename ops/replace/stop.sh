# shellcheck shell=sh
# Stops what writes first and Postgres last, then Docker and the file system, so
# that the volume leaves clean. On the previews' host that is a hundred
# containers: those of one pass stop at the same time. One part that fails does
# not keep the others from being stopped, but the exit status tells.
set -u
failed=0
# shellcheck disable=SC2086 # a list of ids
stop() { [ -z "$2" ] || docker stop --time "$1" $2 >/dev/null || failed=1; }
databases=$(docker ps --filter name=postgres --quiet)
others=$(docker ps --quiet)
for id in $databases; do
	others=$(printf '%s\n' "$others" | grep -vx "$id")
done
stop 60 "$others"
stop 120 "$databases"
# The guard of the volume has it open, and would be started again otherwise.
for unit in edge-routes.service docker.socket docker.service data-reserve.service \
	var-lib-docker-volumes.mount data-volume.service; do
	! systemctl cat "$unit" >/dev/null 2>&1 || sudo systemctl stop "$unit" || failed=1
done
sync
exit "$failed"
