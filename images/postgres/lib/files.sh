# shellcheck shell=bash
# The shipping of Odoo's files to the repositories. To be sourced after
# repositories.sh.
#
# Odoo writes a file before it commits the row that names it, and never changes
# it: what a pass finds that starts after a point of the database is all that
# the rows of that point name. A file's name is the sha1 of its content. One
# that has another is still being written, or damaged, and is not shipped.

filestore="/filestore/filestore/$(database)"
shipped=/var/lib/postgresql/data/spool/files # what is known to be in repository N, by name

# files prints name, size and time of each, in the order of their names.
files() {
  if [ -d /filestore ] && [ ! -x /filestore ]; then
    printf 'odooops: Odoo'"'"'s files are not to be read as this user: run the command as root, which becomes postgres by itself\n' >&2
    return 1
  fi
  [ -d "$filestore" ] || return 0
  # A directory that goes while it is read is no failure.
  { find "$filestore" -mindepth 2 -maxdepth 2 -type f -regextype posix-extended \
    -regex '.*/[0-9a-f]{2}/[0-9a-f]{40}' -printf '%P\t%s\t%Ts\n' 2>/dev/null || true; } | LC_ALL=C sort
}
names() { cut -f1; }
unshipped() { # N, of the names on stdin
  LC_ALL=C comm -23 - "$shipped/$1"
}

# whole prints those of the names on stdin whose content is what they say. They
# are put on disk first: Odoo leaves that to the kernel.
whole() {
  (
    cd "$filestore" 2>/dev/null || exit 0
    # A file that goes meanwhile is no failure.
    xargs --no-run-if-empty sh -c 'sync -d "$@"; sha1sum "$@"' - 2>/dev/null || true
  ) |
    awk '{ name = $2; sub(".*/", "", name); if ($1 == name) print $2 }'
}

remember() { # N: the names on stdin
  LC_ALL=C sort -u >"$shipped/$1.new" && mv "$shipped/$1.new" "$shipped/$1"
}

# ask learns from repository N itself what is there.
ask() {
  local list
  list="$(rclone lsf --recursive --files-only --fast-list --include '/[0-9a-f][0-9a-f]/*' "files$1:" 2>&1)" || {
    printf 'odooops: files: repository %s: %s\n' "$1" "$(tail -n 1 <<<"$list")" >&2
    return 1
  }
  remember "$1" <<<"$list"
}

# ship N brings repository N the files that it lacks; with --ask it does not
# believe what it remembers. It prints how many those were.
ship() {
  local number="$1" work
  install -d -m 0700 "$shipped"
  (
    flock 9
    if [ "${2:-}" = --ask ] || [ ! -f "$shipped/$number" ]; then ask "$number" || exit 1; fi
    work="$(mktemp -d)"
    trap 'rm -rf "$work"' EXIT
    files >"$work/files" || exit 1
    names <"$work/files" >"$work/names"
    # What is gone here is forgotten, so that it is shipped should it come back.
    LC_ALL=C comm -12 "$work/names" "$shipped/$number" >"$work/known"
    unshipped "$number" <"$work/names" | whole >"$work/new"
    : >"$work/copied"
    # In parts, so that a pass that is killed has not to begin anew, and none
    # waits for a store file by file.
    split --lines=1000 "$work/new" "$work/part."
    for part in "$work"/part.*; do
      [ -e "$part" ] || break
      # What is new was not there, and needs no question.
      rclone copy --no-check-dest --no-traverse --max-duration 2m --cutoff-mode soft --files-from-raw "$part" --use-json-log --log-level INFO \
        "$filestore" "files$number:" 2>"$work/log" || true
      jq -rR 'fromjson? | select(.object and (.msg | startswith("Copied"))) | .object' "$work/log" >"$work/now"
      cat "$work/now" >>"$work/copied"
      cat "$work/known" "$work/copied" | remember "$number"
      [ -s "$work/now" ] || break
    done
    if [ ! -s "$work/new" ]; then remember "$number" <"$work/known"; fi
    # A file that Odoo removed meanwhile is no failure.
    left="$(LC_ALL=C comm -23 <(LC_ALL=C sort "$work/new") <(LC_ALL=C sort "$work/copied") |
      while IFS= read -r name; do if [ -e "$filestore/$name" ]; then echo "$name"; fi; done | wc -l)"
    wc -l <"$work/copied"
    if [ "$left" -gt 0 ]; then
      printf 'odooops: files: repository %s: %s not shipped: %s\n' "$number" "$left" \
        "$(jq -rR 'fromjson? | select(.level == "error") | .msg' "$work/log" | head -n 1)" >&2
      exit 1
    fi
  ) 9>"$shipped/$number.lock"
}

# files_age N prints for how many seconds the oldest file that is not in
# repository N has been waiting; 0 when all are there.
files_age() {
  files | awk -F'\t' -v now="$(date +%s)" -v shipped="$shipped/$1" '
    BEGIN { while ((getline name < shipped) > 0) there[name] = 1 }
    !($1 in there) && now - $3 > age { age = now - $3 }
    END { print age + 0 }'
}
