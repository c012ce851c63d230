// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "model/awaited_locks.hh"
#include "recording/captured.hh"
#include "recording/limits.hh"

namespace vmalock {

using nlohmann::json;

void to_json(json &out, const lock_keeper &row)
{
	out = {{"pid", row.pid}, {"tid", row.tid}, {"name", row.name}, {"doing", row.doing},
	       {"grade", key_of(row.grade)}, {"state", stored_key(row.state)},
	       {"waits_for", stored_key(row.waits_for)}, {"off_cpu_ns", row.off_cpu_ns},
	       {"why", row.why}, {"what_to_do", row.what_to_do}, {"stack", row.stack}};
}

void from_json(const json &in, lock_keeper &row)
{
	in.at("pid").get_to(row.pid);
	in.at("tid").get_to(row.tid);
	in.at("name").get_to(row.name);
	in.at("doing").get_to(row.doing);
	row.grade = grade_with_key(in.at("grade").get<std::string>()).value_or(grade::unknown);
	row.state = stored_value<vmalock_run_state>(in.at("state"));
	row.waits_for = stored_value<vmalock_waits_for>(in.at("waits_for"));
	in.at("off_cpu_ns").get_to(row.off_cpu_ns);
	in.at("why").get_to(row.why);
	in.at("what_to_do").get_to(row.what_to_do);
	in.at("stack").get_to(row.stack);
	expect_at_most(most_frames, row.stack, "stack");
}

void to_json(json &out, const lock_holder &row)
{
	out = static_cast<const lock_keeper &>(row);
	out["lock_owners"] = row.lock_owners;
}

/** Recordings that are older than the owners of other locks have none. */
void from_json(const json &in, lock_holder &row)
{
	in.get_to<lock_keeper>(row);
	if (in.contains("lock_owners"))
		in.at("lock_owners").get_to(row.lock_owners);
	expect_at_most(most_lock_owners, row.lock_owners, "chain of owners");
}

void to_json(json &out, const waiting_threads &row)
{
	out = {{"pid", row.pid}, {"tids", row.tids}, {"name", row.name}, {"doing", row.doing},
	       {"waits_for", stored_key(row.waits_for)}, {"of_another", row.of_another}, {"ns", row.ns},
	       {"stack", row.stack}};
}

void from_json(const json &in, waiting_threads &row)
{
	in.at("pid").get_to(row.pid);
	in.at("tids").get_to(row.tids);
	in.at("name").get_to(row.name);
	in.at("doing").get_to(row.doing);
	row.waits_for = stored_value<vmalock_waits_for>(in.at("waits_for"));
	in.at("of_another").get_to(row.of_another);
	in.at("ns").get_to(row.ns);
	in.at("stack").get_to(row.stack);
	expect_at_most(most_frames, row.stack, "stack");
}

/** Not by which address the kernel knew it, nor its readers: they are counted beside it. */
void to_json(json &out, const awaited_vma &row)
{
	out = {{"start", row.start}, {"end", row.end}, {"file", row.file}};
}

void from_json(const json &in, awaited_vma &row)
{
	in.at("start").get_to(row.start);
	in.at("end").get_to(row.end);
	in.at("file").get_to(row.file);
}

void to_json(json &out, const address_space_stall &row)
{
	out = {{"pid", row.pid}, {"name", row.name}, {"ns", row.ns}, {"threads", row.threads},
	       {"unseen_writer", row.unseen_writer}, {"readers", row.readers},
	       {"readers_counted", row.readers_counted}, {"readers_unknown", row.readers_unknown},
	       {"suspects", row.suspects}, {"leaked", row.leaked}, {"behind", row.behind},
	       {"more_behind", row.more_behind}, {"cycle", row.cycle}};
	if (row.writer)
		out["writer"] = *row.writer;
	if (row.vma)
		out["vma"] = *row.vma;
}

void from_json(const json &in, address_space_stall &row)
{
	in.at("pid").get_to(row.pid);
	in.at("name").get_to(row.name);
	in.at("ns").get_to(row.ns);
	in.at("threads").get_to(row.threads);
	in.at("unseen_writer").get_to(row.unseen_writer);
	in.at("readers").get_to(row.readers);
	in.at("readers_counted").get_to(row.readers_counted);
	in.at("readers_unknown").get_to(row.readers_unknown);
	in.at("suspects").get_to(row.suspects);
	in.at("leaked").get_to(row.leaked);
	in.at("behind").get_to(row.behind);
	in.at("more_behind").get_to(row.more_behind);
	in.at("cycle").get_to(row.cycle);
	if (in.contains("writer"))
		row.writer = in.at("writer").get<lock_holder>();
	if (in.contains("vma"))
		row.vma = in.at("vma").get<awaited_vma>();
}

void to_json(json &out, const stall_report &report)
{
	out = {{"kernel", report.kernel}, {"seconds", report.seconds}, {"stalls", report.stalls},
	       {"left_out", report.left_out}, {"not_visible", report.not_visible}};
}

void from_json(const json &in, stall_report &report)
{
	in.at("kernel").get_to(report.kernel);
	in.at("seconds").get_to(report.seconds);
	in.at("stalls").get_to(report.stalls);
	in.at("left_out").get_to(report.left_out);
	in.at("not_visible").get_to(report.not_visible);
}

} // namespace vmalock
