// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c - how calls of the helper ended, since the module was loaded.
 *
 * Each CPU writes its own counters, whoever runs there, without ordering. A
 * reader adds them up while they move: every figure was true at some moment
 * of the reading, and none ever goes back.
 */
#include <linux/debugfs.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>

#include "boundary/environment.h"
#include "boundary/stats.h"

static DEFINE_PER_CPU(u64[VMALOCK_OUTCOME_NR], vmalock_outcomes);

static const char * const outcome_names[VMALOCK_OUTCOME_NR] = {
	[VMALOCK_OUTCOME_FAST]		= "fast",
	[VMALOCK_OUTCOME_WAITED]	= "waited",
	[VMALOCK_OUTCOME_UNMAPPED]	= "unmapped",
	[VMALOCK_OUTCOME_INTERRUPTED]	= "interrupted",
	[VMALOCK_OUTCOME_SATURATED]	= "saturated",
};

static struct dentry *directory;

void vmalock_env_count(enum vmalock_outcome outcome)
{
	this_cpu_inc(vmalock_outcomes[outcome]);
}

static int stats_show(struct seq_file *m, void *unused)
{
	int outcome, cpu;

	seq_printf(m, "version %d\n", VMALOCK_ABI_VERSION);
	for (outcome = 0; outcome < VMALOCK_OUTCOME_NR; outcome++) {
		u64 sum = 0;

		for_each_possible_cpu(cpu)
			sum += READ_ONCE(per_cpu(vmalock_outcomes, cpu)[outcome]);
		seq_printf(m, "%s %llu\n", outcome_names[outcome], sum);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* Without debugfs there is no file, and the helper works all the same. */
void vmalock_stats_create(void)
{
	directory = debugfs_create_dir("vmalock", NULL);
	debugfs_create_file("stats", 0444, directory, NULL, &stats_fops);
}

void vmalock_stats_remove(void)
{
	debugfs_remove(directory);
}
