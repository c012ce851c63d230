// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * All that `vmalock` can do, each in a file of its own.
 */
#pragma once

#include "cli/subcommand.hh"

namespace vmalock {

std::unique_ptr<subcommand> make_now();
std::unique_ptr<subcommand> make_stat();
std::unique_ptr<subcommand> make_blame();
std::unique_ptr<subcommand> make_top();
std::unique_ptr<subcommand> make_trace();
std::unique_ptr<subcommand> make_record();
std::unique_ptr<subcommand> make_report();
std::unique_ptr<subcommand> make_merge();
std::unique_ptr<subcommand> make_convert();
std::unique_ptr<subcommand> make_watch();
std::unique_ptr<subcommand> make_export();
std::unique_ptr<subcommand> make_decode();
std::unique_ptr<subcommand> make_doctor();
std::unique_ptr<subcommand> make_completions();
std::unique_ptr<subcommand> make_man();
std::unique_ptr<subcommand> make_schema();

/** In the order of `vmalock --help`. */
inline subcommands all_subcommands()
{
	subcommands result;

	for (auto make : {make_now, make_stat, make_blame, make_top, make_trace,
			  make_record, make_report, make_merge, make_convert, make_watch, make_export,
			  make_decode, make_doctor, make_completions, make_man, make_schema})
		result.push_back(make());
	return result;
}

} // namespace vmalock
