#!/bin/bash
# Waits for the data volume and mounts it at /data. A blank volume is
# formatted and gets its first generation; a volume that holds anything is
# never formatted, whatever it holds.
set -euo pipefail

stack=$ODOOOPS_STACK
device=/dev/disk/by-id/scsi-0DO_Volume_$ODOOOPS_VOLUME

for ((waited = 0; ; waited++)); do
	[[ -b $device ]] && break
	((waited % 60)) || echo "waiting for the volume $ODOOOPS_VOLUME to be attached ($device)"
	sleep 1
done

rc=0
type=$(blkid -p -s TYPE -o value "$device") || rc=$?
case $rc:$type in
0:xfs) ;;
2:)
	# blkid knows nothing on it; look for ourselves before we write.
	if ! cmp -s -n 16777216 "$device" /dev/zero; then
		echo "$device holds something that is no known file system: not formatting it" >&2
		exit 1
	fi
	mkfs.xfs -q -m reflink=1 "$device"
	;;
*)
	echo "$device holds ${type:-a partition table}, not xfs: not touching it" >&2
	exit 1
	;;
esac

mkdir -p /data
mountpoint -q /data || mount -t xfs -o noatime,nodev,nosuid "$device" /data
xfs_growfs -d /data >/dev/null

# The first generation appears in one rename, and only on an empty file
# system: a missing directory on a used one is for a person to look at.
partial=/data/.$stack.partial
if [[ ! -e /data/$stack ]]; then
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
fi
