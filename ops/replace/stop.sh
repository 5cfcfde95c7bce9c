# Stops what writes first and Postgres last, then Docker and the file system, so
# that the volume leaves clean. One part that fails does not keep the others from
# being stopped, but the exit status tells.
set -u
failed=0
pg=$(docker ps --filter name=postgres --quiet)
for container in $(docker ps --quiet); do
	[ "$container" = "$pg" ] || docker stop --time 60 "$container" >/dev/null || failed=1
done
[ -z "$pg" ] || docker stop --time 120 "$pg" >/dev/null || failed=1
# The guard of the volume has it open, and would be started again otherwise.
sudo systemctl stop docker.socket docker.service data-reserve.service data-volume.service || failed=1
sync
exit "$failed"
