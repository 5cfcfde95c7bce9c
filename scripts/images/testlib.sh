# shellcheck shell=bash
# What the tests of the images have in common: containers as a stack runs them,
# which are gone at the end. To be sourced after lib.sh.
# shellcheck disable=SC2154 # root is lib.sh's

id="odooops-imagetest-$$"
work="$(mktemp -d)"
passed=0

cleanup() {
  docker ps -aq --filter "label=$id" | xargs -r docker rm -fv >/dev/null 2>&1 || true
  docker volume ls -q --filter "label=$id" | xargs -r docker volume rm >/dev/null 2>&1 || true
  docker network rm "$id" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

pass() {
  passed=$((passed + 1))
  say "ok   $*"
}
fail() {
  say "FAIL $*"
  exit 1
}

# eventually SECONDS COMMAND… tries until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then return 1; fi
    sleep 0.5
  done
}
# Not by a pipe: grep -q ends early, and pipefail takes that for a failure.
logs_say() { grep -q -- "$2" <<<"$(docker logs "$1" 2>&1)"; }
running() { [ "$(docker inspect --format '{{.State.Running}}' "$1")" = true ]; }

# The image's own: this computer may have none.
jq() { docker run --rm -i --label "$id" --entrypoint jq "$(image postgres)" "$@"; }

# What is edited while a test runs is for the next one.
image() {
  if [ ! -s "$work/image-$1" ]; then
    built "$1" >"$work/image-$1" || {
      say "$1 is not built. Run: scripts/images/build $1"
      return 1
    }
  fi
  cat "$work/image-$1"
}

# run NAME IMAGE-NAME [docker option…] -- [command…]: a container of the test,
# with the uploads in $work/NAME.run copied in before its start, as the
# docker provider does it.
run() {
  local name="$1" image options=()
  image="$(image "$2")"
  # All that a stack gives them.
  case "$2" in
  postgres) options=(--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add KILL --cap-add SETGID --cap-add SETUID) ;;
  odoo) options=(--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add SETGID --cap-add SETUID) ;;
  esac
  shift 2
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  [ $# -gt 0 ] && shift
  docker create --name "$id-$name" --label "$id" --network "$id" --network-alias "${name%%[0-9]*}" \
    --cap-drop ALL --security-opt no-new-privileges "${options[@]}" "$image" "$@" >/dev/null
  if [ -d "$work/$name.run" ]; then
    docker cp -q "$work/$name.run/." "$id-$name:/run/odooops" 2>/dev/null ||
      docker cp "$work/$name.run/." "$id-$name:/run/odooops" >/dev/null
  fi
  docker start "$id-$name" >/dev/null
}
gone() { docker rm -fv "$id-$1" >/dev/null; }

sql() { docker exec -u postgres "$id-postgres" psql --no-psqlrc -qAt -d "${2:-odoo}" -c "$1"; }
ready() { docker exec "$id-postgres" pg_isready -q -h 127.0.0.1; }

uploads() { # NAME: the files of a Postgres container
  mkdir -p "$work/$1.run"
  cat >"$work/$1.run/postgres.json" <<'JSON'
{"superuserPassword": "s'uper \"secret\"", "odooPassword": "odoo secret", "database": "odoo", "odooUser": "odoo"}
JSON
  printf 'archive_mode = off\nwork_mem = 5MB\n' >"$work/$1.run/postgresql.conf"
}

odoo_uploads() { # NAME
  mkdir -p "$work/$1.run"
  cat >"$work/$1.run/odoo.conf" <<'CONF'
[options]
db_host = postgres
db_port = 5432
db_user = odoo
db_password = odoo secret
db_name = odoo
dbfilter = ^odoo$
list_db = False
data_dir = /var/lib/odoo
http_interface = 0.0.0.0
http_port = 8069
gevent_port = 8072
workers = 2
max_cron_threads = 1
proxy_mode = True
admin_passwd = not-to-be-guessed
CONF
  printf '{"login": "boss@example.com", "password": "rather long"}\n' >"$work/$1.run/admin.json"
}

init() { # NAME: starts an initialisation
  odoo_uploads "$1"
  run "$1" odoo -v "$work/filestore:/var/lib/odoo" -- odoo-init
}

# begin OPTION… makes the network with these options, and what Postgres wants.
begin() {
  "$root/scripts/dockerd"
  docker network create --label "$id" "$@" "$id" >/dev/null
  docker volume create --label "$id" "$id-socket" >/dev/null
  mkdir -p "$work/data" "$work/filestore"
  uploads postgres
}
