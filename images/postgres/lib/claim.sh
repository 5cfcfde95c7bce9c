# shellcheck shell=bash
# What whoever starts on the data directory has in common. To be sourced.

say() { printf 'odooops: %s\n' "$*" >&2; }

# Postgres tells a second server on the same data by its process id, which
# means nothing in another container. The lock ends with the last process
# that inherited it, however that ends.
claim() {
  exec 8>/var/lib/postgresql/data/.lock
  if ! flock --wait 10 8; then
    say "another container serves this data. Nothing was started; stop the other one first"
    exit 1
  fi
}
