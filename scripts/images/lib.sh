# shellcheck shell=bash
# What build, push and test of the images have in common. To be sourced.
# shellcheck disable=SC2034 # variables are for those who source it

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
cache="${ODOOOPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/odooops}"
all_images=(machine odoo postgres traefik mailhog)
stack_images=(odoo postgres traefik mailhog) # those that machines pull

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
  mailhog) hash_of images/mailhog/base images/bin/build images/bin/mailhog ;;
  traefik) hash_of images/traefik/base images/bin/build images/bin/traefik.pin ;;
  *) hash_of "images/$1/base" scripts/images/debootstrap ;;
  esac
}
# mask_hash is of odooops-mask. The manifest isn't part of it: it comes with
# each request, and a new line of it must not mean a new Postgres for production.
mask_hash() {
  hash_of ops/mask ! -name '*.yaml' ! -name '*_test.go' ! -path '*/testdata/*'
  grep -e '^go ' -e jackc/pgx -e gopkg.in/yaml "$root/go.mod"
}
image_hash() {
  case "$1" in
  postgres) printf '%s' "$(base_hash "$1")" "$(hash_of images/postgres images/bin/build images/bin/go.mod images/bin/go.sum)" "$(mask_hash)" ;;
  traefik) printf '%s' "$(base_hash "$1")" "$(hash_of images/traefik)" "$(grep goproxy "$root/go.mod")" ;;
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
