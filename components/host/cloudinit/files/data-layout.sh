#!/bin/bash
# The first generation appears in one rename, and only on an empty file
# system: a missing directory on a used one is for a person to look at.
set -euo pipefail

stack=$ODOOOPS_STACK
partial=/data/.$stack.partial

[[ ! -e /data/$stack ]] || exit 0
if [[ -n $(find /data -mindepth 1 -maxdepth 1 ! -path "$partial") ]]; then
	echo "/data has no $stack but is not empty: is this the right volume?" >&2
	exit 1
fi
rm -rf "$partial"
# 999 is postgres and 101 is odoo in the images.
install -d -m 0755 "$partial" "$partial/gen-0001"
install -d -m 0700 -o 999 -g 999 "$partial/gen-0001/postgres"
install -d -m 0750 -o 101 -g 101 "$partial/gen-0001/filestore"
install -d -m 0700 "$partial/traefik"
ln -s gen-0001 "$partial/current"
sync -f "$partial"
mv -T "$partial" "/data/$stack"
sync -f /data
