// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Sentences for what the kernel says when it refuses a BPF program.
 */
#pragma once

namespace vmalock {

class kallsyms;

/** Keep what libbpf warns of, for these sentences, instead of printing it. */
void keep_warnings();

/**
 * @param error is negative, as libbpf's functions return it
 * @param what was being done
 * @throw std::runtime_error with one sentence: what is lacking, and what to do
 */
[[noreturn]] void fail(int error, const char *what);

/** The same of loading programs, if @p error is not zero. */
void fail_to_load_if(int error);

/**
 * @param who needs them, in the plural
 * @throw std::runtime_error naming all that is missing, if @p symbols has no addresses
 */
void demand_addresses(kallsyms &symbols, const char *who);

} // namespace vmalock
