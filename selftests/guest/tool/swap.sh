# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# swap.sh - swap that is slow, and a control group that has to use it. Sourced
# after ktap.sh.

readonly group=/sys/fs/cgroup/vmalock_test

# in_group COMMAND...: run it there.
# shellcheck disable=SC2034  # for the suites
in_group=(sh -c "echo \$\$ > $group/cgroup.procs && exec \"\$@\"" sh)

# new_group CONTROLLER...: make it, empty and without limits, or skip.
new_group() {
	local controller
	for controller; do
		grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers ||
			skip "this kernel has no control group for $controller"
		echo "+$controller" > /sys/fs/cgroup/cgroup.subtree_control
	done
	[ ! -d "$group" ] || rmdir "$group"
	mkdir "$group"
}

# swap_on DISK MODULE [PARAMETER]...: nothing else is swap then.
swap_on() {
	no_swap
	modprobe "${@:2}" 2> /dev/null || skip "this kernel has no $2"
	[ "$1" != zram0 ] || echo 64M > /sys/block/zram0/disksize
	mkswap "/dev/$1" > /dev/null
	swapon "/dev/$1"
}

no_swap() {
	local module
	swapoff -a
	for module in zram null_blk; do
		! grep -q "^$module " /proc/modules || rmmod "$module"
	done
}

# slow_to_read DISK: to the group, a page takes 800 ms.
slow_to_read() {
	[ -e "$group/io.max" ] || skip "this kernel does not limit what a control group reads"
	echo "$(cat "/sys/block/$1/dev") rbps=5120" > "$group/io.max"
}

# Swap that the kernel waits for on the spot, with the VMA locked.
swap_in_memory() {
	new_group io
	swap_on zram0 zram
	slow_to_read zram0
}

# Swap that it waits for without, and others run meanwhile.
swap_on_disk() {
	new_group io memory
	swap_on nullb0 null_blk gb=1 bs=4096 memory_backed=1
	slow_to_read nullb0
}

# A page a request, a request in 25 ms, one at a time: who reclaims waits in line.
little_memory() {
	new_group memory
	swap_on nullb0 null_blk gb=1 bs=4096 max_sectors=8 memory_backed=1 \
		submit_queues=1 hw_queue_depth=1 irqmode=2 completion_nsec=25000000
	echo none > /sys/block/nullb0/queue/scheduler
	echo 8M > "$group/memory.max"
}
