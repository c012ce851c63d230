# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# alone.sh - for the suites in alone/: each breaks the contract in one way and
# expects the kernel to say so. Lockdep reports once and then turns itself off,
# so each wants a guest of its own. Correct use comes first and must be quiet.

. "$(dirname "$0")/../ktap.sh"

modules=${VMALOCK_MODULES:-/lib/modules/$(uname -r)/updates/vmalock}
here=$(cd "$(dirname "$0")" && pwd)

reports() {
	dmesg | grep -c -E 'WARNING:|BUG:|INFO: (task|rcu)|KASAN|lockdep' || true
}
lockdep_is_on() {
	grep -q '^ *debug_locks: *1' /proc/lockdep_stats 2> /dev/null
}

quiet() {
	local before
	before=$(reports)
	insmod "$modules"/vmalock.ko*
	insmod "$modules"/vmalock_testdev.ko*
	"$here/../calls" 100 100 100
	expect_equal "reports after correct use" "$(reports)" "$before"
}

# reported KIND PATTERN...: each PATTERN must stand in the kernel's messages.
reported() {
	local kind=$1 pattern
	shift
	dmesg --clear
	"$here/../misuse" "$kind" > answer &
	wait_until test -s answer
	expect_equal "the device's answer" "$(< answer)" "done"
	dmesg > messages
	for pattern; do
		grep -q -E "$pattern" messages || fail "no '$pattern' in: $(head -c 1500 messages)"
	done
}

# contract KIND DESCRIPTION PATTERN...: what lockdep must say.
contract() {
	[ "$(id -u)" -eq 0 ] || plan_skip "loading modules needs root"
	lockdep_is_on || plan_skip "this kernel has no lockdep"
	arguments=("$1" "${@:3}")
	broken() { reported "${arguments[@]}"; }
	plan 2
	check "correct use is quiet" quiet
	check "$2" broken
	finish
}
