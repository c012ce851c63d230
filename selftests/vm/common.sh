# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# common.sh - what every script of the rig needs: where things are kept, how
# to say something, how to stop, and how to do a long step once.

set -euo pipefail

vm_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$vm_dir/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vmalock

clear_line=
[ -t 2 ] && clear_line=$'\033[K'

say() {
	printf '%svm: %s\n' "$clear_line" "$*" >&2
}

# One sentence, then out. 125 is "the rig failed", which no guest command's
# own status should be mistaken for (env(1) and git-bisect use it alike).
die() {
	printf '%svm: error: %s\n' "$clear_line" "$*" >&2
	exit 125
}

need_root() {
	[ "$(id -u)" -eq 0 ] ||
		die "the VM rig makes a Debian root with mmdebstrap and chroot, which needs root: run the same with sudo"
}

# need_space DIR MEGABYTES WHAT
need_space() {
	local free
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] ||
		die "$3 needs $2 MB in $1 and $free MB are free: make room or set XDG_CACHE_HOME"
}

# A key that changes with anything that shaped the result: pass the recipe's
# files and words.
recipe_key() {
	local part
	for part; do
		if [ -f "$part" ]; then cat "$part"; else printf '%s\n' "$part"; fi
	done | sha256sum | cut -c1-12
}

# is_foreign ARCH: is that another architecture than this machine's? Of this one are
# x86 and, as a program, um.
is_foreign() {
	[ "$1" != x86 ] && [ "$1" != um ]
}

# root_of ARCH: print the folder of the root that guests of that architecture run in.
root_of() {
	if is_foreign "$1"; then "$vm_dir/cross-root" "$1"; else "$vm_dir/root"; fi
}

# accelerated_by ACCELERATOR: QEMU's arguments for what `accel` has named.
accelerated_by() {
	case $1 in
	kvm) echo -accel kvm -cpu host ;;
	*) echo -accel tcg,thread=multi -cpu max ;;
	esac
}

# one_at_a_time NAME: the rest of this script runs under a lock, so that two
# runs that miss the same cache entry do not both make it.
one_at_a_time() {
	mkdir -p "$cache/locks" 2> /dev/null ||
		die "cannot create $cache: set XDG_CACHE_HOME to a writable folder"
	exec {lock_fd}> "$cache/locks/$1"
	flock -n "$lock_fd" && return
	say "waiting for another run to finish '$1'"
	flock "$lock_fd"
}

# in_use PATH...: as long as this script runs, or what it has begun, nothing of the cache is
# removed. The entries that the paths lie in are used now.
in_use() {
	local path
	mkdir -p "$cache/locks" 2> /dev/null || return 0
	exec {use_fd}> "$cache/locks/use"
	flock -s "$use_fd"
	for path; do
		[[ $path != "$cache"/* ]] || {
			path=${path#"$cache/"}
			touch -c "$cache/${path%%/*}" 2> /dev/null || true
		}
	done
}

# alone_with_the_cache VERB: to its end, for its files are about to be removed.
alone_with_the_cache() {
	local lock fd
	mkdir -p "$cache/locks"
	touch "$cache/locks/use"
	for lock in "$cache"/locks/*; do
		exec {fd}> "$lock"
		flock -n "$fd" ||
			die "the rig is in use (${lock##*/}): wait for it to end, then run 'make $1' again"
	done
}

stop_group() {
	kill -TERM -- "-$1" 2> /dev/null || return 0
	sleep 2
	kill -KILL -- "-$1" 2> /dev/null || true
}

# with_progress LABEL LOG COMMAND...: run COMMAND with its output in LOG and a
# line that shows elapsed seconds and the log's last line. On a terminal the
# line is redrawn; elsewhere one appears every 15 s. Then say how long it took.
with_progress() {
	local label=$1 log=$2 pid status=0 began=$SECONDS seconds last
	shift 2
	say "$label"
	# A process group of its own, so that an interruption reaches all of it,
	# politely at first: apt and dpkg want to close their books.
	set -m
	"$@" {lock_fd}>&- > "$log" 2>&1 < /dev/null &
	pid=$!
	set +m
	# shellcheck disable=SC2064  # the process of now, not of later
	trap "trap '' INT TERM HUP; stop_group $pid; exit 130" INT TERM HUP
	while kill -0 "$pid" 2> /dev/null; do
		sleep 1
		seconds=$((SECONDS - began))
		last=$(tail -c 300 "$log" | tr '\r' '\n' | tail -n 1 | cut -c1-56)
		if [ -t 2 ]; then
			printf '%s  %4d s  %s\r' "$clear_line" "$seconds" "$last" >&2
		elif [ $((seconds % 15)) -eq 0 ] && [ $seconds -gt 0 ]; then
			printf '  %4d s  %s\n' "$seconds" "$last" >&2
		fi
	done
	wait "$pid" || status=$?
	trap - INT TERM HUP
	printf '%s' "$clear_line" >&2
	[ "$status" -ne 0 ] || say "$label: took $((SECONDS - began)) s"
	return "$status"
}
