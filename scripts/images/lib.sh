# shellcheck shell=bash
# What build, push and test of the images have in common. To be sourced.
# shellcheck disable=SC2034 # variables are for those who source it

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cache="${ODOOOPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/odooops}"
stack_images=(odoo postgres traefik mailhog otel loki prometheus alertmanager) # those that machines pull
all_images=(machine "${stack_images[@]}")

# Progress goes to this file descriptor, also when stderr goes to a log.
console=2
say() { printf '%s [%3ds] %s\n' "$speaker" "$SECONDS" "$*" >&"$console"; }
speaker=images
[[ "${0##*/}" != test-* ]] || speaker=${0##*/}

# hash_of PATH… prints one short hash of the files at and below the paths:
# their names, whether they can be run, and their content.
hash_of() {
  (cd "$root" && find "$@" -type f -printf '%p %m\0' | sort -z |
    while IFS= read -r -d '' entry; do
      file="${entry% *}" mode="${entry##* }"
      printf '%s %d ' "$file" $((8#$mode & 8#111))
      sha256sum <"$file"
    done) | sha256sum | cut -c1-12
}

# base_hash NAME, image_hash NAME: of all that the base, the image is made from.
base_hash() {
  case "$1" in
  mailhog | loki) hash_of "images/$1/base" images/bin/build "images/bin/$1" ;;
  traefik) hash_of images/traefik/base images/bin/build images/bin/traefik.pin ;;
  prometheus) hash_of images/prometheus/base images/bin/build images/bin/prometheus ;;
  otel | alertmanager) hash_of "images/$1/base" scripts/images/{debootstrap,unpacked} ;;
  *) hash_of "images/$1/base" scripts/images/debootstrap ;;
  esac
}
# mask_hash is of odooops-mask. The manifest isn't part of it: it comes with
# each request, and a new line of it must not mean a new Postgres for production.
mask_hash() {
  hash_of ops/mask ! -name '*.yaml' ! -name '*_test.go' ! -path '*/testdata/*'
  grep -e '^go ' -e jackc/pgx -e gopkg.in/yaml "$root/go.mod"
}
metrics_hash() {
  hash_of ops/metrics ! -name '*_test.go' ! -path '*/testdata/*'
  grep -e '^go ' -e jackc/pgx -e prometheus/client_golang "$root/go.mod"
}
image_hash() {
  case "$1" in
  postgres) printf '%s' "$(base_hash "$1")" "$(hash_of images/postgres images/bin/build images/bin/go.mod images/bin/go.sum)" "$(mask_hash)" "$(metrics_hash)" ;;
  traefik) printf '%s' "$(base_hash "$1")" "$(hash_of images/traefik images/healthcheck)" "$(grep goproxy "$root/go.mod")" ;;
  otel) printf '%s' "$(base_hash "$1")" "$(hash_of images/otel images/healthcheck images/bin/build images/bin/otelcol)" ;;
  mailhog | loki | prometheus | alertmanager) printf '%s' "$(base_hash "$1")" "$(hash_of "images/$1" images/healthcheck)" ;;
  *) printf '%s' "$(base_hash "$1")" "$(hash_of "images/$1")" ;;
  esac | sha256sum | cut -c1-12
}

has_image() { docker image inspect --format '{{.Id}}' "$1" >/dev/null 2>&1; }

# current NAME prints the tag that others find the image by on this computer.
current() {
  case "$1" in
  machine) printf 'odooops/machine:debian-13' ;;
  *) printf 'odooops/%s:current' "$1" ;;
  esac
}

# built NAME prints the tag of the image as it is to be built now, if it is
# there. One on an official base is as good as one on an offline base.
built() {
  local kind tag
  for kind in official offline; do
    tag="odooops/$1:$(image_hash "$1")-$kind"
    if has_image "$tag"; then
      printf '%s' "$tag"
      return 0
    fi
  done
  return 1
}

# grafana prints the reference of Grafana's image, which is the official one as it
# is, if it is on this computer. There is no package to make one from.
grafana() {
  local ref
  ref="$(cat "$root/images/grafana/official")"
  has_image "$ref" && printf '%s' "$ref"
}
