# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# stand.sh - a stall that stands, for as long as a test wants. Sourced after ktap.sh.

# Who is who, and where.
# shellcheck disable=SC2034  # for the suites
pid='' reader='' unmapping='' mapping='' start=''

# thaw_at_exit [COMMAND]: whoever waits for a frozen file system cannot be killed.
thaw_at_exit() {
	# shellcheck disable=SC2064  # the command is known now
	trap "fsfreeze --unfreeze frozen 2> /dev/null || true; ${1-:}; ktap_kill_jobs; wait; umount --lazy frozen 2> /dev/null || true" EXIT
}

# mount_frozen: the file system that is to be frozen.
mount_frozen() {
	modprobe loop 2> /dev/null || skip "this kernel has no loop devices"
	truncate -s 16M image
	mkfs.ext4 -q image
	mkdir -p frozen
	mount -o loop image frozen
	thaw_at_exit
}

# stand KIND: begin a stall that stands until let_go, and say who is who.
stand() {
	mount_frozen
	rm -f gate parts
	mkfifo gate
	standing "$1" < gate > parts 9>&- &
	standing=$!
	exec 9> gate
	wait_until grep -q ready parts
	# shellcheck disable=SC2046  # several assignments
	declare -g $(grep -F "=" parts)
}

let_go() {
	echo >&9
	exec 9>&-
	wait "$standing"
	umount frozen
}

# look STATUS [OPTION]...: of `vmalock now`; the report comes in the file `report`.
look() {
	expect_status "$1" vmalock now --json --over 0 "${@:2}"
	mv stdout report
	conforms now report
}
