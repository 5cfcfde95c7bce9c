# shellcheck shell=bash
# What expiry and the check of the repositories ask about Odoo's files. To be
# sourced after repositories.sh.

say() { printf 'odooops: %s\n' "$*" >&2; }

# Objects, a line each: time of upload, UTC, in words that sort; bytes; name.
listing() { # N
  TZ=UTC rclone lsf --recursive --files-only --fast-list --use-server-modtime --format tsp --separator '|' "files$1:"
}

# The list of a backup's files, a line each: bytes, name.
manifest() { # N LABEL
  rclone cat "files$1:manifests/$2.gz" | gunzip
}
