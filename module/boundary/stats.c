// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c - how calls ended since the module was loaded, by calling module; how long
 * calls waited; which task holds which lock.
 *
 * Each CPU writes its own counters, without ordering. A reader adds them up while
 * they change: every figure was true at some moment of the reading, and none ever
 * decreases except `held`, which follows from two of them.
 */
#include <linux/debugfs.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "boundary/environment.h"
#include "boundary/stats.h"

#define CREATE_TRACE_POINTS
#include "boundary/trace.h"
#include "uapi/durations.h"
#include "uapi/version.h"

struct caller_counts {
	u64 calls[VMALOCK_OUTCOME_NR];
	u64 waits[VMALOCK_WAIT_BUCKETS];
	u64 released;	/* locks that these calls took, or those of other callers */
};

/* One for each of VMALOCK_CALLERS. */
static struct caller_counts __percpu *counts;
static struct dentry *directory;

#define OUTCOME_NAME(name, key) key,
static const char * const outcome_names[] = { VMALOCK_OUTCOMES(OUTCOME_NAME) };

void vmalock_env_waiting(unsigned int caller, struct mm_struct *mm,
			 unsigned long address)
{
	trace_vma_wait(mm, address, vmalock_core_caller_name(caller));
}

void vmalock_env_count_wait(unsigned int caller, unsigned int bucket)
{
	this_cpu_inc(counts[caller].waits[bucket]);
}

/* Of their own, so that who is not traced saves no registers for it. */
static noinline void trace_start(unsigned int caller, struct mm_struct *mm,
				 unsigned long address, enum vmalock_outcome outcome,
				 u64 waited_ns)
{
	trace_vma_start_read(mm, address, vmalock_core_caller_name(caller), outcome,
			     waited_ns);
}

static noinline void trace_end(unsigned int caller, struct vm_area_struct *vma)
{
	trace_vma_end_read(vma, vmalock_core_caller_name(caller));
}

/* Each lock comes by here, and by the next as it is released. */
void vmalock_env_finished(unsigned int caller, struct mm_struct *mm,
			  unsigned long address, enum vmalock_outcome outcome,
			  vmalock_u64 waited_ns)
{
	this_cpu_inc(counts[caller].calls[outcome]);
	if (trace_vma_start_read_enabled())
		trace_start(caller, mm, address, outcome, waited_ns);
}

void vmalock_env_released(unsigned int caller, struct vm_area_struct *vma)
{
	this_cpu_inc(counts[caller].released);
	if (trace_vma_end_read_enabled())
		trace_end(caller, vma);
}

static u64 released_by(unsigned int caller)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(counts + caller, cpu)->released);
	return sum;
}

static u64 taken_by(unsigned int caller)
{
	static const enum vmalock_outcome taken[] = {
		VMALOCK_OUTCOME_FAST, VMALOCK_OUTCOME_WAITED, VMALOCK_OUTCOME_TRYLOCK
	};
	u64 sum = 0;
	int cpu, i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < ARRAY_SIZE(taken); i++)
			sum += READ_ONCE(per_cpu_ptr(counts + caller, cpu)->calls[taken[i]]);
	return sum;
}

/*
 * How many locks a caller has: what its calls took less what it released, below zero if
 * these were others' locks. True only if it released none while this was read: of one that
 * goes on and on the answer is that it is even.
 */
s64 vmalock_stats_held(unsigned int caller)
{
	int attempt;

	/* What the kernel's helper took, its own vma_end_read() releases. */
	if (IS_ENABLED(VMALOCK_STEPS_ASIDE))
		return 0;
	for (attempt = 0; attempt < 100; attempt++) {
		u64 released = released_by(caller), taken;

		smp_rmb();	/* a lock that comes and goes meanwhile is no deficit, */
		taken = taken_by(caller);
		smp_rmb();	/* and neither is one that has come */
		if (released_by(caller) == released)
			return taken - released;
	}
	return 0;
}

static void add_up(struct caller_counts *sum, unsigned int caller)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct caller_counts *here = per_cpu_ptr(counts + caller, cpu);

		for (i = 0; i < VMALOCK_OUTCOME_NR; i++)
			sum->calls[i] += READ_ONCE(here->calls[i]);
		for (i = 0; i < VMALOCK_WAIT_BUCKETS; i++)
			sum->waits[i] += READ_ONCE(here->waits[i]);
	}
}

s64 vmalock_stats_deficit(void)
{
	s64 deficit = 0;
	unsigned int i;

	for (i = 0; i < VMALOCK_CALLERS; i++)
		deficit -= min_t(s64, vmalock_stats_held(i), 0);
	return deficit;
}

static void show_caller(struct seq_file *m, unsigned int caller)
{
	const char *name = vmalock_core_caller_name(caller);
	struct caller_counts sum = {};
	u64 calls = 0;
	int i;

	add_up(&sum, caller);
	for (i = 0; i < VMALOCK_OUTCOME_NR; i++)
		calls += sum.calls[i];
	if (!calls)
		return;

	if (!name)
		name = "(others)";
	seq_printf(m, "caller %s", name);
	for (i = 0; i < VMALOCK_OUTCOME_NR; i++)
		seq_printf(m, " %s %llu", outcome_names[i], sum.calls[i]);
	seq_printf(m, " held %lld\n", vmalock_stats_held(caller));
	for (i = 0; i < VMALOCK_WAIT_BUCKETS; i++) {
		if (sum.waits[i])
			seq_printf(m, "wait %s %llu %llu\n", name, 1ULL << i,
				   sum.waits[i]);
	}
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct caller_counts sum = {};
	unsigned int caller;
	s64 held = 0;
	int i;

	for (caller = 0; caller < VMALOCK_CALLERS; caller++) {
		add_up(&sum, caller);
		held += vmalock_stats_held(caller);
	}
	seq_printf(m, "version %d\n", VMALOCK_ABI_VERSION);
	for (i = 0; i < VMALOCK_OUTCOME_NR; i++)
		seq_printf(m, "%s %llu\n", outcome_names[i], sum.calls[i]);
	seq_printf(m, "held %lld\n", held);
	for (caller = 0; caller < VMALOCK_CALLERS; caller++)
		show_caller(m, caller);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/*
 * Tasks choose their names, and who reads this file is root on a terminal. At the
 * end of its line a name cannot pass for another field.
 */
static void show_comm(struct seq_file *m, const char *comm)
{
	int i;

	for (i = 0; i < VMALOCK_COMM_LEN && comm[i]; i++)
		seq_putc(m, comm[i] < ' ' || comm[i] > '~' ? '?' : comm[i]);
	seq_putc(m, '\n');
}

static int owners_show(struct seq_file *m, void *unused)
{
	struct vmalock_owner owner;
	u64 now = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < VMALOCK_OWNERS; i++) {
		const char *name;

		if (!vmalock_core_owner(i, &owner))
			continue;
		name = vmalock_core_caller_name(owner.caller);
		seq_printf(m, "pid %u caller %s vma %#llx-%#llx held_ns %llu comm ",
			   owner.pid, name ? name : "(others)",
			   (u64)owner.vm_start, (u64)owner.vm_end,
			   now > owner.since_ns ? now - owner.since_ns : 0);
		show_comm(m, owner.comm);
	}
	seq_printf(m, "untracked %llu\n", (u64)vmalock_core_untracked());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(owners);

/* Without debugfs there are no files, and the helper works all the same. */
int vmalock_stats_create(bool with_owners)
{
	counts = __alloc_percpu(VMALOCK_CALLERS * sizeof(*counts), __alignof__(*counts));
	if (!counts)
		return -ENOMEM;
	directory = debugfs_create_dir("vmalock", NULL);
	debugfs_create_file("stats", 0444, directory, NULL, &stats_fops);
	if (with_owners)
		debugfs_create_file("owners", 0400, directory, NULL, &owners_fops);
	return 0;
}

void vmalock_stats_remove(void)
{
	debugfs_remove(directory);
	free_percpu(counts);
}
