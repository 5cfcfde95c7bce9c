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
# A preview can also write into its containers' own layers, on the droplet's
# disk. When that runs out, containers with a large layer are paused likewise.
#
# It also grows the file system when the volume was grown.
set -euo pipefail

floor=$((1 << 30))
# Free on the droplet's disk below which images that nothing uses are removed.
images=$((2 << 30))
# A container that holds more of that disk than this is not at its usual work.
large=$((256 << 20))

# Containers that we paused, and nobody else: for the volume, and for the disk.
paused=/run/odooops-paused
hoarders=/run/odooops-paused-hoarders

# Sets an attribute of every directory that uploads go to: those of a
# filestore that is a layer over the template's, or a whole one. Odoo may be
# making or removing some meanwhile, hence the failures that don't count.
# A preview that runs no more is being removed, which must not fail by it.
directories() {
	local data found volume attribute live
	live=" $(docker ps --filter label=odooops.stack --format '{{.Label "odooops.stack"}}' | sort -u | tr '\n' ' ') "
	for data in /data/docker-volumes/*/_data; do
		# In the merged view an attribute would copy every directory up.
		! mountpoint -q "$data" || continue
		volume=${data%/_data} volume=${volume##*/} attribute=-i
		[[ $live != *" ${volume%-*} "* ]] || attribute=$1
		for found in "$data/upper/filestore" "$data/filestore"; do
			# What is in there is a pull request's: a link in the directory's place
			# would have the host's own directories made immutable.
			[[ ! -d $found || -L $found ]] || find "$found" -type d -execdir chattr "$attribute" {} + 2>/dev/null || true
		done
	done
}

# running LABEL... lists the running containers that have the labels.
running() { docker ps -q --filter status=running "${@/#/--filter=label=}"; }

# usage prints, for every running preview, the KB of its volumes and its name.
usage() {
	local stack volume kb size
	while read -r stack; do
		kb=0
		for volume in $(docker volume ls -q --filter "label=odooops.stack=$stack"); do
			# A layered filestore is mounted over its own directory: not twice.
			# Files go while du looks, and then it fails, having said the sum.
			size=$(du -skx "/data/docker-volumes/$volume" 2>/dev/null | cut -f 1) || true
			kb=$((kb + ${size:-0}))
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

# pause_hoarder pauses the preview's container that wrote most on the droplet's
# disk, if that is much.
pause_hoarder() {
	local bytes name
	read -r bytes name < <(running odooops.kind=preview |
		xargs -r docker container inspect --size --format '{{.SizeRw}} {{.Name}}' 2>/dev/null | sort -rn) || return 0
	((bytes >= large)) || return 0
	echo "${name#/} holds $((bytes >> 20)) MB of the droplet's disk and is paused until there is room: odooops pr down" >&2
	echo "${name#/}" >>"$hoarders"
	docker pause "${name#/}" >/dev/null || true
}

# unpause FILE lets go on what FILE names.
unpause() {
	[[ -s $1 ]] || return 0
	xargs docker unpause <"$1" >/dev/null 2>&1 || true # some are gone
	rm -f "$1"
}

size=0
state=unknown
prune=0 # when, in seconds since the start, images may be removed again
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

	if ((free < reserve)) || { [[ $state == closed ]] && ((free <= reserve * 5 / 4)); }; then
		# Again on every turn: a preview may have come up meanwhile.
		directories +i
		if [[ $state != closed ]]; then
			echo "only $((free >> 20)) MB free on /data: uploads are refused until $((reserve * 5 / 4 >> 20)) MB are; odooops ttl sweep, odooops pr down, or make the volume larger (volumeSizeGb)" >&2
			before=()
			while read -r kb stack; do before[$stack]=$kb; done < <(usage)
		fi
		state=closed
		((free >= reserve / 2)) || pause_fastest
	elif [[ $state != open ]]; then
		directories -i
		unpause "$paused"
		echo "$((free >> 20)) MB free on /data: uploads are accepted"
		state=open
	fi

	read -r free block < <(stat -f -c '%a %S' /var/lib/docker)
	free=$((free * block))
	if ((free < images && SECONDS >= prune)); then
		echo "only $((free >> 20)) MB free on the droplet's disk: removing images that nothing uses" >&2
		docker image prune --all --force >/dev/null || true
		prune=$((SECONDS + 60))
	elif ((free < images / 4)); then
		pause_hoarder
	elif ((free > images)); then
		unpause "$hoarders"
	fi
	sleep 2
done
