// SPDX-License-Identifier: GPL-2.0-only
#include "recording/stall_file.hh"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/awaited_locks.hh"
#include "model/words.hh"
#include "output/stream.hh"
#include "recording/limits.hh"

namespace vmalock {

namespace {

using nlohmann::json;

/** @throw std::exception if it is no key of these. */
template <class Enumeration>
Enumeration value_of(const json &key)
{
	return with_key<Enumeration>(key.get<std::string>()).value();
}

std::string text_of(const json &text)
{
	return text.is_null() ? "" : text.get<std::string>();
}

std::uint64_t address_of(const json &text)
{
	return std::stoull(text.get<std::string>(), nullptr, 16);
}

lock_keeper owner_of(const json &in)
{
	lock_keeper result;

	in.at("pid").get_to(result.pid);
	in.at("tid").get_to(result.tid);
	in.at("name").get_to(result.name);
	in.at("doing").get_to(result.doing);
	result.grade = grade_with_key(in.at("grade").get<std::string>()).value();
	result.state = value_of<vmalock_run_state>(in.at("state"));
	result.waits_for = value_of<vmalock_waits_for>(in.at("waits_for"));
	in.at("off_cpu_ns").get_to(result.off_cpu_ns);
	result.why = text_of(in.at("why"));
	result.what_to_do = text_of(in.at("what_to_do"));
	in.at("kernel_stack").get_to(result.stack);
	expect_at_most(most_frames, result.stack, "stack");
	return result;
}

lock_holder holder_of(const json &in)
{
	lock_holder result = {owner_of(in), {}};

	// Files that are older than the owners of other locks have none.
	if (in.contains("lock_owners"))
		for (const json &owner : in.at("lock_owners"))
			result.lock_owners.push_back(owner_of(owner));
	expect_at_most(most_lock_owners, result.lock_owners, "chain of owners");
	return result;
}

waiting_threads waiting_of(const json &in)
{
	waiting_threads result;

	in.at("pid").get_to(result.pid);
	in.at("tids").get_to(result.tids);
	in.at("name").get_to(result.name);
	in.at("doing").get_to(result.doing);
	result.waits_for = value_of<vmalock_waits_for>(in.at("waits_for"));
	in.at("of_another").get_to(result.of_another);
	in.at("ns").get_to(result.ns);
	in.at("kernel_stack").get_to(result.stack);
	expect_at_most(most_frames, result.stack, "stack");
	return result;
}

awaited_vma vma_of(const json &in)
{
	awaited_vma result;

	result.start = address_of(in.at("start"));
	result.end = address_of(in.at("end"));
	result.file = text_of(in.at("file"));
	return result;
}

address_space_stall stall_of(const json &in)
{
	address_space_stall result;

	in.at("pid").get_to(result.pid);
	in.at("name").get_to(result.name);
	in.at("ns").get_to(result.ns);
	in.at("threads").get_to(result.threads);
	in.at("cycle").get_to(result.cycle);
	if (!in.at("writer").is_null())
		result.writer = holder_of(in.at("writer"));
	in.at("unseen_writer").get_to(result.unseen_writer);
	if (!in.at("vma").is_null())
		result.vma = vma_of(in.at("vma"));
	in.at("readers_counted").get_to(result.readers_counted);
	in.at("readers_unknown").get_to(result.readers_unknown);
	in.at("suspects").get_to(result.suspects);
	in.at("leaked").get_to(result.leaked);
	for (const json &reader : in.at("readers"))
		result.readers.push_back(holder_of(reader));
	for (const json &behind : in.at("behind"))
		result.behind.push_back(waiting_of(behind));
	in.at("more_behind").get_to(result.more_behind);
	return result;
}

} // namespace

stall_report stalls_from_json(const std::string &text)
{
	const json in = parsed(text);
	stall_report result;

	in.at("kernel").get_to(result.kernel);
	in.at("seconds").get_to(result.seconds);
	for (const json &stall : in.at("stalls"))
		result.stalls.push_back(stall_of(stall));
	in.at("not_visible").get_to(result.not_visible);
	return result;
}

bool begins_stall_file(const std::string &path)
{
	std::ifstream stream(path, std::ios::binary);

	return stream.get() == '{';
}

stall_report read_stall_file(const std::string &path)
{
	std::ifstream stream(path, std::ios::binary);

	if (!stream)
		throw cannot("read " + path);
	const std::string text{std::istreambuf_iterator<char>(stream), {}};
	try {
		return stalls_from_json(text);
	} catch (const std::exception &) {
		throw std::runtime_error(path + ": this is no stall that 'vmalock watch' of this version wrote");
	}
}

} // namespace vmalock
