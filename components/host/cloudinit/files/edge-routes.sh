#!/bin/bash
# Tells Traefik where the containers are: a running container that has the
# label odooops.routes gets a file in Traefik's directory, and the file goes
# when the container does. So nobody who adds a preview touches the edge, and
# the edge needs no Docker socket.
#
# The label holds one file of Traefik's dynamic configuration, in base64, with
# @IP@ where the container's address belongs. An image can bring the label too:
# a container that is to have no routes sets an empty one.
set -euo pipefail

dir=/data/edge/dynamic
# Only files that begin with it are ours to replace and to remove.
mark='# by edge-routes, from the container of this name'

ours() { [[ ! -e $1 ]] || [[ $(head -n 1 "$1") == "$mark" ]]; }

# render NAME makes NAME's file what its container says now: there or gone.
render() {
	local name=$1 file=$dir/$1.yml running ip label text
	if ! ours "$file"; then
		echo "$file is not ours: the container $name gets no routes" >&2
		return
	fi
	running='' ip='' label=''
	IFS='|' read -r running ip label < <(docker container inspect --format \
		'{{.State.Running}}|{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}|{{index .Config.Labels "odooops.routes"}}' \
		"$name" 2>/dev/null) || true
	# On several networks, any of its addresses will do.
	read -r ip _ <<<"$ip" || true
	if [[ $running != true || -z $ip || -z $label ]]; then
		rm -f "$file"
		return
	fi
	if ! text=$(base64 -d <<<"$label" 2>/dev/null); then
		echo "the routes of $name are not base64" >&2
		rm -f "$file"
		return
	fi
	# Traefik reads no file that does not end in yml.
	printf '%s\n%s\n' "$mark" "${text//@IP@/$ip}" >"$dir/.$name.partial"
	mv -T "$dir/.$name.partial" "$file"
}

# Events from now on are replayed, so none is missed while all are rendered.
since=$(date +%s)
rm -f "$dir"/.*.partial
for file in "$dir"/*.yml; do
	if [[ -e $file ]] && ours "$file"; then
		render "$(basename "$file" .yml)"
	fi
done
for name in $(docker ps --filter label=odooops.routes --format '{{.Names}}'); do
	render "$name"
done
echo "following Docker's events"
docker events --since "$since" --filter type=container --filter label=odooops.routes \
	--filter event=start --filter event=die --filter event=destroy \
	--format '{{index .Actor.Attributes "name"}}' |
	while read -r name; do
		render "$name"
	done
