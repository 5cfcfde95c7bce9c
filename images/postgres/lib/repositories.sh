# shellcheck shell=bash
# What the commands that use the repositories have in common. To be sourced,
# as postgres, after configure.

settings=/etc/pgbackrest
if [ ! -r "$settings/archive.json" ]; then
  printf 'odooops: this container knows no repository: it was made without /run/odooops/archive.json\n' >&2
  exit 1
fi
PGBACKREST_STANZA="$(jq -r .stanza "$settings/archive.json")"
export PGBACKREST_STANZA RCLONE_CONFIG="$settings/rclone.conf"
# A store that is away is given up within a minute.
export RCLONE_CONTIMEOUT=10s RCLONE_TIMEOUT=20s RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=3
# Beside a server there is little memory.
export RCLONE_TRANSFERS=4 RCLONE_BUFFER_SIZE=1M RCLONE_S3_UPLOAD_CONCURRENCY=1
export PGBACKREST_LOG_LEVEL_STDERR=off

repositories() { jq '.repositories[].number' "$settings/archive.json"; }
database() { jq -r '.database // "odoo"' "$settings/archive.json"; }

# pgb N …: pgBackRest with repository N alone.
pgb() {
  local number="$1"
  shift
  pgbackrest --config="$settings/repository-$number.conf" "$@"
}

# alone N …: pgb N, after all that was called so. pgBackRest lets one backup or
# change of a stanza run, and any other fails at once instead of waiting.
alone() {
  local number="$1"
  (
    flock 7
    pgb "$number" "${@:2}"
  ) 7>"/tmp/odooops-repository-$number.lock"
}

# info N [option…]: pgBackRest's, as JSON. Its own has line breaks within strings.
info() {
  local number="$1"
  shift
  pgb "$number" "$@" --output=json info | tr '\000-\037' ' '
}

query() { psql --no-psqlrc --quiet --no-align --tuples-only --dbname="${2:-postgres}" --command="$1"; }
