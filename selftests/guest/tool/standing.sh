# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034  # for the suites
#
# standing.sh - a stall that stands for as long as a test wants. Sourced after tool.sh; needs
# `standing` beside this file.

standing='' pid='' reader='' unmapping='' mapping='' start=''

# stand KIND: begin a stall that stands until let_go, and say who is who.
stand() {
	modprobe loop 2> /dev/null || skip "this kernel has no loop devices"
	truncate -s 16M image
	mkfs.ext4 -q image
	mkdir frozen
	mount -o loop image frozen
	# Whoever waits for a frozen file system cannot be killed.
	trap 'fsfreeze --unfreeze frozen; ktap_kill_jobs; wait; umount --lazy frozen' EXIT
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
	rm -r frozen gate
	trap ktap_kill_jobs EXIT
}
