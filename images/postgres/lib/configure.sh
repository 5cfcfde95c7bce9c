# shellcheck shell=bash
# Makes the settings of pgBackRest and rclone. To be sourced, as root.

# configure writes them, for postgres alone, of /run/odooops/archive.json, by
# which a container knows the repositories. Without that file there are none.
configure() {
  local archive=/run/odooops/archive.json lib password number
  [ -f "$archive" ] || return 0
  lib="$(dirname "${BASH_SOURCE[0]}")"
  jq -e '.stanza and .cipher and (.repositories | length > 0)' "$archive" >/dev/null 2>&1 || {
    printf 'odooops: %s does not give stanza, cipher and repositories\n' "$archive" >&2
    exit 1
  }
  install -o postgres -g postgres -m 0400 "$archive" /etc/pgbackrest/archive.json
  for number in 0 $(jq '.repositories[].number' "$archive"); do
    jq -r --argjson only "$number" -f "$lib/pgbackrest.jq" "$archive" | secret "/etc/pgbackrest/repository-$number.conf"
  done
  ln -sf repository-0.conf /etc/pgbackrest/pgbackrest.conf
  # Another word than the backups' cipher, so that neither gives away the other.
  password="$(jq -j '"files of Odoo\n" + .cipher' "$archive" | sha256sum | cut -d' ' -f1 | rclone --config="" obscure -)"
  # Not as an argument: those are everyone's to read.
  password="$password" jq -r -f "$lib/rclone.jq" "$archive" | secret /etc/pgbackrest/rclone.conf
}

secret() { # FILE: for postgres alone
  install -o postgres -g postgres -m 0400 /dev/stdin "$1"
}
