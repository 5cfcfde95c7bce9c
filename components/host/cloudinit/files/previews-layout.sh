#!/bin/bash
# The previews' directories. /data/previews comes last, by a rename: where it
# is missing, nothing was ever kept, and a volume that holds a file all the
# same is for a person to look at.
set -euo pipefail

partial=/data/.previews.partial

[[ ! -e /data/previews ]] || exit 0
if [[ -n $(find /data -mindepth 1 ! -type d -print -quit) ]]; then
	echo "/data has no previews but is not empty: is this the right volume?" >&2
	exit 1
fi
# As Docker makes its own.
install -d -m 0701 /data/docker-volumes
install -d -m 0755 /data/templates /data/edge /data/edge/dynamic
install -d -m 0700 /data/edge/certs
install -d -m 0755 "$partial" "$partial/admitted"
sync -f /data
mv -T "$partial" /data/previews
sync -f /data
