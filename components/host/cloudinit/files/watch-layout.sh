#!/bin/bash
# The directories of what keeps logs and metrics, each its program's own. They
# appear in one rename, and only on an empty file system.
set -euo pipefail

partial=/data/.watch.partial

[[ ! -e /data/watch ]] || exit 0
if [[ -n $(find /data -mindepth 1 -maxdepth 1 ! -path "$partial") ]]; then
	echo "/data has no watch but is not empty: is this the right volume?" >&2
	exit 1
fi
rm -rf "$partial"
install -d -m 0755 "$partial"
# The users of the images.
install -d -m 0700 -o 10001 -g 10001 "$partial/loki"
install -d -m 0700 -o 65534 -g 65534 "$partial/prometheus" "$partial/alertmanager"
install -d -m 0700 -o 472 -g 472 "$partial/grafana"
install -d -m 0700 "$partial/traefik"
sync -f "$partial"
mv -T "$partial" /data/watch
sync -f /data
