# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# swap.sh - swap that is slow, and a control group that has to use it. Sourced
# after ktap.sh.

readonly group=/sys/fs/cgroup/vmalock_test

# in_group COMMAND...: run it there.
# shellcheck disable=SC2034  # for the suites
in_group=(sh -c "echo \$\$ > $group/cgroup.procs && exec \"\$@\"" sh)

# group_with CONTROLLER: make the group, or skip.
group_with() {
	grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "this kernel has no control group for $1"
	echo "+$1" > /sys/fs/cgroup/cgroup.subtree_control
	mkdir -p "$group"
}

# swap_on MODULE DEVICE [PARAMETER]...: nothing but this is swap then.
swap_on() {
	no_swap
	modprobe "$1" "${@:3}" 2> /dev/null || skip "this kernel has no $1"
	[ "$1" != zram ] || echo 64M > /sys/block/zram0/disksize
	mkswap "$2" > /dev/null
	swapon "$2"
}

no_swap() {
	local module
	swapoff -a
	for module in zram null_blk; do
		! grep -q "^$module " /proc/modules || rmmod "$module"
	done
}

# The kernel waits for zram in the fault, and does not let go of the VMA lock.
# That takes no time that is known; what the group may read in a second does.
slow_to_read() {
	group_with io
	[ -e "$group/io.max" ] || skip "this kernel does not limit what a control group reads"
	swap_on zram /dev/zram0
	echo "$(cat /sys/block/zram0/dev) rbps=5120" > "$group/io.max"	# a page in 800 ms
}

# A page a request, a request in 25 ms, one at a time: who reclaims waits for his turn.
slow_to_write() {
	group_with memory
	swap_on null_blk /dev/nullb0 gb=1 bs=4096 max_sectors=8 memory_backed=1 \
		submit_queues=1 hw_queue_depth=1 irqmode=2 completion_nsec=25000000
	echo none > /sys/block/nullb0/queue/scheduler
	echo 8M > "$group/memory.max"
}
