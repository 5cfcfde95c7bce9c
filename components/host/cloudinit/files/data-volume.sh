#!/bin/bash
# Waits for the data volume and mounts it at /data. A blank volume is
# formatted and gets its first directories; a volume that holds anything is
# never formatted, whatever it holds.
set -euo pipefail

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

/usr/local/sbin/odooops-data-layout
