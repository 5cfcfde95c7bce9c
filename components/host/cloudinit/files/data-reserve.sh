#!/bin/bash
# Uploads must not fill the disk that Postgres commits to. When less than the
# reserve is free, the filestore's directories become immutable: an upload
# fails, everything else goes on. They open again when there is room.
#
# (Project quotas would say the same, but not every kernel has them, and the
# local cloud must keep the promise that production makes.)
#
# It also grows the file system when the volume was grown.
set -euo pipefail

filestore=/data/$ODOOOPS_STACK/current/filestore/filestore
floor=$((1 << 30))

# Sets an attribute of every directory of the filestore. Odoo may be making
# or removing some meanwhile, hence the failures that don't count.
directories() {
	# A link in its place would lead to directories of the host's own.
	[[ -d $filestore && ! -L $filestore ]] || return 0
	find "$filestore" -type d -execdir chattr "$1" {} + 2>/dev/null || true
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

	if ((free < reserve)) || { [[ $state == closed ]] && ((free <= reserve * 5 / 4)); }; then
		# Again on every turn: a generation may have been flipped.
		directories +i
		[[ $state == closed ]] || echo "only $((free >> 20)) MB free on /data: uploads are refused until $((reserve * 5 / 4 >> 20)) MB are; make the volume larger (volumeSizeGb)" >&2
		state=closed
	elif [[ $state != open ]]; then
		directories -i
		echo "$((free >> 20)) MB free on /data: uploads are accepted"
		state=open
	fi
	sleep 2
done
