# shellcheck shell=bash
# To be sourced.

# become_postgres COMMAND…: as root, goes on as postgres, who reads Odoo's
# files by the group of Odoo's image.
become_postgres() {
  local odoo=101
  [ "$(id -u)" = 0 ] || return 0
  exec setpriv --reuid=postgres --regid=postgres --groups="$odoo" --inh-caps=-all env HOME=/var/lib/postgresql "$@"
}
