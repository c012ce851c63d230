# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# rich.sh - examples of all that there can be. Sourced; $captures has what kernels counted.

# rich BY: a capture that has all there is, counted apart by the way with that
# number or key; with names of user functions, of which none, a part and all is known.
rich() {
	jq -c --argjson by "$1" '
		[[4096, "f(int)", "/bin/a b", 16, "00ff"], [8192, "", "[vdso]", 0, ""], [0, "", "", 0, ""]] as $frames |
		.by = $by | (if $by == "cgroup" then .cgroups = [{id: 0, path: "/a"}] else . end) | .vmstat = {success: 1, abort: 2, retry: 3, miss: 4} |
		.detours = [.aborts[:1][] | {id, cause: (0, 7), count: 1}] |
		(.waits[]?.in_the_way[0] | select(.)) |= (.user_stack = [4096, 8192, 0] | .user_frames = $frames) |
		.writers.named_stacks = [.writers.blames[].writer | {process: .[0], user_stack: .[4], $frames}] |
		.writers.lock_waits = [.writers.blames[] as $blame | (0, 5) as $of |
			[$blame.writer, ($of > 0), $blame.victim[0], "read_blocked_other", $of, 1, 9, 8] +
			if $of > 0 then [1700000000000000000] else [] end] |
		({count: 1, ns: 9, runnable_ns: 2, asleep_ns: 5, reclaim_ns: 1,
		  sleeps: [{stack: .writers.kernel_stacks[0].id, count: 2, ns: 3}, {stack: 4294967295, count: 1, ns: 2}]} as $course |
		 .writers.followed = [.writers.blames[].writer as $holder | (true, false) as $reads |
			{$holder, $reads, spent: $course, longest: (if $reads then {$course, ended_ns: 1700000000000000000}
				else {course: ($course | .count = 0), ended_ns: 0} end)}]) |
		.fault_times = [.writers.mmap_times[] | .[1] = (5, 6, 7, 8)] |
		.vmstat_moved = true' "$captures/top.jsonl"
}

# stalls: what `vmalock now` and a file of `vmalock watch` can hold.
stalls() {
	jq -nc '{pid: 1, tid: 2, name: "a", doing: "munmap", grade: "certain", state: "blocked", waits_for: "vma_readers",
		off_cpu_ns: 5, why: "reclaim", what_to_do: "Wait.", kernel_stack: ["f"]} as $owner | ($owner + {lock_owners: [$owner]}) as $holder |
		{schema: 1, kernel: "7.3", seconds: 0.5, not_visible: [], stalls: [{pid: 1, name: "a", ns: 5, threads: 2,
		 cycle: ["a/1"], writer: $holder, unseen_writer: false, vma: {start: "0x1000", end: "0x2000", file: "c"},
		 readers_counted: 1, readers_unknown: 0, suspects: 0, leaked: false, readers: [$holder], more_behind: false,
		 behind: [{pid: 1, tids: [3], name: "a", doing: "mmap", waits_for: "mmap_lock_write", of_another: false,
			   ns: 4, kernel_stack: ["f"]}]}]}'
}
