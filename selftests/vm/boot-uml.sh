# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# boot-uml.sh - the guest as a process. Read by `run`, whose variables it uses.

boot() {
	local layer=
	[ -n "$bare" ] || layer=${project%.ext4}
	# shellcheck disable=SC2086  # several parameters
	setpriv --pdeathsig KILL "$vm_dir/uml" "$kernel" "$layer" "$share" "$work/command" \
		"mem=${mem}M" "ncpus=$smp" seccomp=on quiet loglevel=4 $append \
		3>&1 4>&2 5> "$work/status" 6> "$console" < /dev/null &
	guest_pid=$!
}
