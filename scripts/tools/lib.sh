# shellcheck shell=bash
# What scripts/tools/install is made of. Source it; it runs nothing by itself.

# say prints one line of progress with the seconds since the start.
say() { printf 'tools: %4ds  %s\n' "$SECONDS" "$*" >&2; }

# fail says what happened and what to do, and ends the script.
fail() {
	printf 'tools: %s\n' "$1" >&2
	[[ -z ${2:-} ]] || printf 'tools: %s\n' "$2" >&2
	exit 1
}

# cache_dir is where everything built lives, outside the checkout.
cache_dir() { printf '%s' "${ODOOOPS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/odooops}"; }

# source_hash names what the tools are built from: their sources, their pinned
# modules and the compiler.
source_hash() {
	(
		cd "$1" || exit
		go env GOVERSION GOOS GOARCH
		find tools scripts/tools -type f ! -name '*_test.go' -print0 | sort -z | xargs -0 sha256sum
	) | sha256sum | cut -c1-16
}

# version_at_least A B: whether version A is B or newer, within one major.
version_at_least() {
	local a=${1#v} b=${2#v}
	[[ ${a%%.*} == "${b%%.*}" && $(printf '%s\n%s\n' "$a" "$b" | sort -V | head -n1) == "$b" ]]
}

# stock_pulumi prints the path of a fitting pulumi that is not ours, if any.
stock_pulumi() {
	local wanted=$1 dir candidate version
	while IFS= read -r -d: dir; do
		candidate=$dir/pulumi
		[[ -x $candidate ]] || continue
		case $(readlink -f "$candidate") in "$(readlink -f "$ROOT")"/* | "$(cache_dir)"/*) continue ;; esac
		version=$("$candidate" version 2>/dev/null) || continue
		if version_at_least "$version" "$wanted"; then
			printf '%s' "$candidate"
			return 0
		fi
		say "ignoring $candidate $version: this project needs $wanted or newer"
	done <<<"$PATH:"
	return 1
}
