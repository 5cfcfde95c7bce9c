#!/bin/bash
# Previews must not fill their volume, and images not the droplet's disk.
#
# When less than the reserve is free on the volume, uploads are closed as on
# every host: the filestores' directories become immutable. A database can go
# on growing, so when half of the reserve is gone too, the preview that grew
# most since then is paused: it neither writes nor answers, its data is whole,
# and it goes on by itself when there is room. The host and the other previews
# never notice. `odooops pr up` admits nobody below the reserve.
#
# It also grows the file system when the volume was grown.
set -euo pipefail

floor=$((1 << 30))
# Free on the droplet's disk below which images that nothing uses are removed.
images=$((2 << 30))

# Container ids that we paused, and nobody else.
paused=/run/odooops-paused

# Sets an attribute of every directory that uploads go to: those of a
# filestore that is a layer over the template's, or a whole one. Odoo may be
# making or removing some meanwhile, hence the failures that don't count.
directories() {
	local data found
	for data in /data/docker-volumes/*/_data; do
		# In the merged view an attribute would copy every directory up.
		! mountpoint -q "$data" || continue
		for found in "$data/upper/filestore" "$data/filestore"; do
			[[ ! -d $found ]] || find "$found/" -type d -exec chattr "$1" {} + 2>/dev/null || true
		done
	done
}

# running LABEL... lists the running containers that have the labels.
running() { docker ps -q --filter status=running "${@/#/--filter=label=}"; }

# usage prints, for every running preview, the KB of its volumes and its name.
usage() {
	local stack volume kb
	while read -r stack; do
		kb=0
		for volume in $(docker volume ls -q --filter "label=odooops.stack=$stack"); do
			# A layered filestore is mounted over its own directory: not twice.
			kb=$((kb + $(du -skx "/data/docker-volumes/$volume" 2>/dev/null | cut -f 1)))
		done
		echo "$kb $stack"
	done < <(docker ps --filter status=running --filter label=odooops.kind=preview --format '{{.Label "odooops.stack"}}' | sort -u)
}

# pause_fastest pauses the preview that grew most since it was first seen here.
declare -A before=()
pause_fastest() {
	local kb stack grown=0 who=''
	while read -r kb stack; do
		: "${before[$stack]:=$kb}"
		if ((kb - before[$stack] > grown)); then
			grown=$((kb - before[$stack])) who=$stack
		fi
	done < <(usage)
	[[ -n $who ]] || return 0
	echo "$who grew by $((grown >> 10)) MB and is paused until there is room: odooops pr down, or make the volume larger (volumeSizeGb)" >&2
	running odooops.kind=preview "odooops.stack=$who" | tee -a "$paused" | xargs -r docker pause >/dev/null || true
}

unpause() {
	[[ -s $paused ]] || return 0
	xargs docker unpause <"$paused" >/dev/null 2>&1 || true # some are gone
	rm -f "$paused"
}

size=0
state=unknown
while true; do
	now=$(blockdev --getsize64 "$(findmnt -n -o SOURCE /data)")
	if ((now != size)); then
		xfs_growfs -d /data >/dev/null
		size=$now
	fi

	read -r free block total < <(stat -f -c '%a %S %b' /data)
	free=$((free * block))
	reserve=$((total * block / 20))
	((reserve >= floor)) || reserve=$floor

	if ((free < reserve)); then
		# Again on every turn: a preview may have come up meanwhile.
		directories +i
		if [[ $state != closed ]]; then
			echo "only $((free >> 20)) MB free on /data: uploads are refused until $((reserve * 5 / 4 >> 20)) MB are; odooops ttl sweep, odooops pr down, or make the volume larger (volumeSizeGb)" >&2
			before=()
			while read -r kb stack; do before[$stack]=$kb; done < <(usage)
		fi
		state=closed
		((free >= reserve / 2)) || pause_fastest
	elif [[ $state == unknown ]] || { [[ $state == closed ]] && ((free > reserve * 5 / 4)); }; then
		directories -i
		unpause
		echo "$((free >> 20)) MB free on /data: uploads are accepted"
		state=open
	fi

	read -r free block < <(stat -f -c '%a %S' /var/lib/docker)
	if ((free * block < images)); then
		echo "only $((free * block >> 20)) MB free on the droplet's disk: removing images that nothing uses" >&2
		docker image prune --all --force >/dev/null || true
		sleep 60
	fi
	sleep 2
done
