# shellcheck shell=bash
# What the tests of backups have in common: two S3 stores, a server and its
# backup. To be sourced after testlib.sh.
# shellcheck disable=SC2154 # id, work and root are the others'

filestore="$work/filestore/filestore/odoo"
trap 'kill "$storage" 2>/dev/null || true; cleanup' EXIT

serve_storage() {
  gateway="$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$id")"
  (cd "$root" && go build -o "$work/storage" ./scripts/images/storage)
  "$work/storage" "$work/s3" "$gateway" >"$work/storage.log" 2>&1 &
  storage=$!
  eventually 20 curl -sf -o /dev/null "http://$gateway/keys?store=two&bucket=files" || fail "no storage: $(cat "$work/storage.log")"
  install -D -m 0644 "$work/s3/trust/ca.pem" "$work/certs/ca-certificates.crt"
  stores=(--add-host "one.storage.test:$gateway" --add-host "two.storage.test:$gateway" -v "$work/certs:/etc/ssl/certs:ro")
}
storage() { # METHOD PATH QUERY
  curl -sf -X "$1" "http://$gateway/$2?$3"
}

archive() { # NAME [jq filter]: the repositories of a container
  mkdir -p "$work/$1.run"
  jq "${2:-.}" >"$work/$1.run/archive.json" <<'JSON'
{"stanza": "main", "database": "odoo", "cipher": "a long secret", "repositories": [
  {"number": 1, "endpoint": "one.storage.test", "region": "fra1", "bucket": "wal", "path": "/pgbackrest", "filesBucket": "files", "keyId": "key", "secret": "secret"},
  {"number": 2, "endpoint": "two.storage.test", "region": "fra1", "bucket": "wal", "path": "/pgbackrest", "filesBucket": "files", "keyId": "key", "secret": "secret"}]}
JSON
}

# A file as Odoo writes it; prints its name.
attach() { # CONTENT
  local sum
  sum="$(printf '%s' "$1" | sha1sum | cut -d' ' -f1)"
  mkdir -p "$filestore/${sum:0:2}"
  printf '%s' "$1" >"$filestore/${sum:0:2}/$sum"
  chown -R 101:101 "$work/filestore"
  printf '%s/%s\n' "${sum:0:2}" "$sum"
}

backup() { docker exec "$id-backup" "$@" 2>/dev/null; }
info() { backup backup-info | jq -r "$1"; }
stored() { storage GET keys "store=$1&bucket=$2&prefix=${3:-}"; } # STORE BUCKET [PREFIX]
holds() { grep -q -- "$3" <<<"$(stored "$1" "$2")"; }

# A row, and the segment that it is in, which is closed.
insert() {
  row "$1"
  sql 'SELECT pg_switch_wal()' >/dev/null
}
row() { sql "INSERT INTO kept VALUES ($1); SELECT pg_walfile_name(pg_current_wal_lsn())"; }

repositories_hold_a_backup() {
  archive postgres
  archive backup
  printf 'archive_mode = on\narchive_command = '"'/usr/local/lib/odooops/pgbackrest-archive %%p'"'\narchive_timeout = 60s\n' \
    >"$work/postgres.run/postgresql.conf"
  printf '* * * * * echo "the schedule runs"\n' >"$work/backup.run/crontab"
  printf '{"annotations": {"odoo-image": "odoo@sha256:1"}}\n' >"$work/backup.run/backup.json"
  attach first >"$work/first"
  run postgres postgres -v "$work/data:/var/lib/postgresql/data" -v "$id-socket:/var/run/postgresql" --shm-size 256m "${stores[@]}" --
  eventually 60 ready || fail "Postgres does not answer: $(docker logs "$id-postgres" 2>&1 | tail -n 5)"
  sql 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)'
  mkdir -p "$work/known"
  run backup postgres -v "$work/data:/var/lib/postgresql/data" -v "$id-socket:/var/run/postgresql" \
    -v "$work/known:/var/lib/odooops/repositories" -v "$work/filestore:/filestore:ro" --memory 128m --memory-swap 128m "${stores[@]}" -- backup
  for number in 1 2; do
    eventually 120 logs_say "$id-backup" "repository $number is ready" ||
      fail "no first backup in repository $number: $(docker logs "$id-backup" 2>&1 | tail -n 5)"
  done
  [ "$(info '[.repositories[] | .error, (.backups | length), .backups[0].type, .backups[0].complete, .backups[0].annotations["odoo-image"]] | join(" ")')" = \
    " 1 full true odoo@sha256:1  1 full true odoo@sha256:1" ] || fail "backup-info: $(info .)"
  both() { holds one files "$1" && holds two files "$1"; }
  both "$(cat "$work/first")" || fail "the file is not in both repositories"
  if docker exec -u nobody "$id-postgres" sh -c 'cat /etc/pgbackrest/repository-0.conf' >/dev/null 2>&1; then fail "everyone can read the cipher"; fi
  known="$(jq -rs '[.[].repositories[].number] | join(" ")' < <(cat "$work/known/1.json" "$work/known/2.json"))"
  [ "$known $(stat -c %a "$work/known/1.json")" = "1 2 644" ] || fail "odooops-metrics is told of repositories $known: $(ls -la "$work/known")"
  pass "the first full backup, WAL and files are in both repositories"
}

# restore NAME REQUEST [jq filter of archive.json]: the exit status; logs go to NAME.log.
restore() {
  archive "$1" "${3:-.}"
  printf '%s\n' "$2" >"$work/$1.run/restore.json"
  docker rm -f "$id-$1" >/dev/null 2>&1 || true
  run "$1" postgres -v "$work/$1:/var/lib/postgresql/data" "${stores[@]}" -- restore
  code="$(docker wait "$id-$1")"
  docker logs "$id-$1" >"$work/$1.log" 2>&1
  return "$code"
}
