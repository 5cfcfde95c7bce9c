#!/bin/bash
# First boot, once: installs what the image lacks and starts it in order.
set -euo pipefail

# shellcheck source=/dev/null
. /etc/odooops/host.env

# need COMMAND PACKAGE
packages=()
need() {
	command -v "$1" >/dev/null || packages+=("$2")
}
# A machine of the local cloud is a container and lives for hours.
systemd-detect-virt --quiet --container || need unattended-upgrade unattended-upgrades
if [[ $ODOOOPS_ROLE != bastion ]]; then
	need dockerd docker.io
	need docker docker-cli
	need mkfs.xfs xfsprogs
	need nft nftables
fi

if ((${#packages[@]})); then
	# Docker must not start by its installation, but when its volume is there.
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
	chmod 0755 /usr/sbin/policy-rc.d
	trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	export DEBIAN_FRONTEND=noninteractive
	for attempt in 1 2 3 4 5; do
		if apt-get -q update && apt-get -q install -y "${packages[@]}"; then
			break
		fi
		if ((attempt == 5)); then
			echo "apt-get could not install: ${packages[*]}" >&2
			exit 1
		fi
		sleep $((attempt * 5))
	done
	rm -f /usr/sbin/policy-rc.d
	trap - EXIT
fi

chmod -R go= /etc/ssh/sshd_config /etc/ssh/sshd_config.d
# The boot sets them, but has been here before the file was. What a container
# can set beyond its network is everyone's on its computer.
settings=.
if systemd-detect-virt --quiet --container; then
	settings='^net\.'
fi
sysctl --quiet --ignore --pattern "$settings" --load=/etc/sysctl.d/90-odooops.conf ||
	echo "not every setting of /etc/sysctl.d/90-odooops.conf could be made" >&2
systemctl try-restart systemd-journald.service
systemctl reload-or-restart ssh.service

[[ $ODOOOPS_ROLE != bastion ]] || exit 0

usermod -aG docker ops
systemctl stop docker.service docker.socket
units=(data-volume.service data-reserve.service metadata-guard.service docker.socket)
if [[ $ODOOOPS_ROLE == previews ]]; then
	units+=(var-lib-docker-volumes.mount edge-routes.service)
fi
# Debian's package enabled it already. To do it again takes a second, and so
# does every reload: one for all.
systemctl is-enabled --quiet docker.service || units+=(docker.service)
systemctl --no-reload enable "${units[@]}"
systemctl daemon-reload
# Not waiting: the volume is attached when the droplet is already active, and
# the data volume's service waits for it.
systemctl start --no-block docker.socket docker.service data-reserve.service
