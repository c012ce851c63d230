# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# tool.sh - what the suites of the tool share. Sourced after ktap.sh; needs
# `vmalock` in PATH, and `faults`, `contend`, `culprit` and `conforms` beside this file.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$tests:$PATH

# The outermost function of a system call's kernel stack, on x86 and on arm64.
# shellcheck disable=SC2034  # for the suites
readonly system_call_entry='(entry_SYSCALL_64|el0t_64_sync)'

# trace COMMAND...: run it traced, without address space randomisation so that
# one run has the faults of another; the report comes in the file `total`. How it
# is traced is in the options in $how.
how=()
trace() {
	expect_status 0 setarch -R vmalock stat "${how[@]}" --json --output total -- "$@"
}

# of FILTER: a value from the file `total`, on one line.
of() {
	jq -rc "$1" total
}

# sum FIELD: over all rows, whatever was counted apart.
sum() {
	sum_in total "$1"
}

# sum_in FILE FIELD
sum_in() {
	jq -r "[(.processes // .threads // .mappings // .comms // .cgroups // .cpus // .machine)[].$2] | add // 0" "$1"
}

# lost: the report says so itself when events are missing from it.
lost() {
	of '.lost | [(del(.skipped)[]), .skipped[]] | add'
}

expect_no_loss() {
	[ "$(lost)" -eq 0 ] || fail "something was lost: $(of .lost)"
}

# Counts are exact unless the kernel says that it skipped programs, which it
# does when one is preempted. The machine is idle but for us: try again, and
# do not call a report wrong that admits what it lacks; nothing is shown then.
without_loss() {
	local attempt
	for attempt in 1 2 3 4 5; do
		"$@"
		[ "$(lost)" -ne 0 ] || return 0
	done
	skip "the kernel skipped programs in each of $attempt runs"
}

# expect_difference KIND FIELD MORE: there is so much more of FIELD when KIND is forced
# $count times. What the program does anyway is traced once a suite for each KIND and
# $how. No value to be asked for in `$()`: there a test could not be skipped.
expect_difference() {
	local baseline none
	baseline=$ktap_scratch/baseline-$(md5sum <<< "$1 ${how[*]}" | cut -c1-12)
	if [ ! -e "$baseline" ]; then
		setarch -R faults "$1" 0 > /dev/null	# brings it into the page cache
		without_loss trace faults "$1" 0
		mv total "$baseline"
	fi
	none=$(sum_in "$baseline" "$2")
	without_loss trace faults "$1" "$count"
	expect_equal "difference of $2" $(($(sum "$2") - none)) "$3"
}

# expect_holes: the report has $count aborts of `faults hole`, and one more, which is
# the program's own rehearsal.
expect_holes() {
	expect_equal "aborts" "$(of .aborts)" \
		"[{\"caller\":\"page fault\",\"reason\":\"unmapped\",\"count\":$((count + 1))}]"
}

load_module() {
	local folder
	folder=/lib/modules/$(uname -r)/updates/vmalock
	[ -e /dev/vmalock_test ] && return
	[ -d "$folder" ] || skip "the module is not installed in $folder"
	grep -q '^vmalock ' /proc/modules || insmod "$(echo "$folder"/vmalock.ko*)"
	insmod "$(echo "$folder"/vmalock_testdev.ko*)"
}

# The module has a trylock of its own where it may not call the kernel's; what
# that refuses is no abort of the kernel's.
own_trylock() {
	grep -q '\bvmalock_env_mas_walk\b' /proc/kallsyms
}

unload_module() {
	local module
	for module in vmalock_testdev vmalock; do
		! grep -q "^$module " /proc/modules || rmmod "$module"
	done
}

# The BPF programs that are loaded; ours are all there are in a guest.
loaded_programs() {
	bpftool prog show --json | jq length
}

# Of `vmalock watch`: two see waits, three look at tasks and files.
# shellcheck disable=SC2034  # for the suites
readonly watching_programs=5

none_loaded() {
	[ "$(loaded_programs)" -eq 0 ]
}

# The kernel frees programs a grace period after their last user has gone.
programs_go() {
	wait_until none_loaded
}

# has_line FILE PATTERN
has_line() {
	grep -q -- "$2" "$1" 2> /dev/null
}

# begin_trace OPTION...: in the background, until end_trace. Intervals come in `total`.
begin_trace() {
	rm -f total
	vmalock stat --json --output total -i 0.3 "$@" > messages 2>&1 &
	tracer=$!
	wait_until test -s total
}

# end_trace: what it counted in all is alone in `total`.
end_trace() {
	kill -INT "$tracer"
	wait "$tracer"
	tail -n 1 total > last
	mv last total
}

# reported FILTER: true of the last interval.
reported() {
	tail -n 1 total 2> /dev/null | jq -e "$1" > /dev/null 2>&1
}

# begin_culprit CALL VICTIMS: one that stands still in CALL, with mmap_lock held, since a
# driver has its mapping locked. Leaves its process id in $culprit.
begin_culprit() {
	load_module
	mkfifo go
	culprit --late "$@" < go > stdout 2> stderr &
	culprit=$!
	# To read too: it may be gone when it is told to go on.
	exec 3<> go
	wait_until is_at standing
	stood=$SECONDS
}

# is_at PLACE: the culprit, or it is gone.
is_at() {
	has_line stdout "$1" || ! kill -0 "$culprit" 2> /dev/null
}

# go_on: from where it stands.
go_on() {
	echo >&3
}

# look_twice: two intervals have ended since, and the driver, which can hold its lock
# for a minute, has it still.
look_twice() {
	wait_until has_lines $(($(wc -l < total) + 2)) total
	[ $((SECONDS - stood)) -lt 55 ] || skip "an interval takes too long here"
}

# has_lines COUNT FILE
has_lines() {
	[ "$(wc -l < "$2")" -ge "$1" ]
}

# a_loop CPU: that does nothing else, in the background.
a_loop() {
	taskset -c "$1" bash -c 'while :; do :; done' &
}
