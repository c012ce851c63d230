// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which programs a kernel gets, by what its type information says of it.
 */
#pragma once

#include <string>
#include <vector>

#include "collect/trace_target.hh"
#include "model/snapshot.hh"

struct bpf_link;
struct bpf_program;
struct vmalock_bpf;

namespace vmalock {

class kallsyms;
class kernel_btf;

/** Two programs for the calls of one function, of which one is attached. */
struct hook {
	const char *function;
	bpf_program *cheap;
	const char *cheaply;
	bpf_program *exact;
	const char *exactly;
	bpf_link **exact_link;
};

/** Those that see faults, and behind them those that see processes come and go. */
std::vector<hook> hooks_of(vmalock_bpf &bpf);

/** What follows from a choice. */
struct program_choice {
	std::vector<attach_point> attached;	///< where events are seen
	std::vector<std::string> not_visible;	///< events that the kernel cannot show
};

/** The part of choose_programs() for which the kernel does not matter: maps, and their sizes. */
void choose_maps(vmalock_bpf &bpf, const trace_target &target, const counting &counting);

/**
 * Say of each program and map, before any is loaded, whether it is.
 * @param timers whether programs may have timers, which BTF does not tell
 * @throw std::runtime_error with one sentence: what the kernel lacks.
 */
program_choice choose_programs(vmalock_bpf &bpf, const kernel_btf &kernel, kallsyms &symbols,
			       const trace_target &target, const counting &counting, bool timers);

} // namespace vmalock
