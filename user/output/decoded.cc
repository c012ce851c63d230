// SPDX-License-Identifier: GPL-2.0-only
#include "output/decoded.hh"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/words.hh"

namespace vmalock {

namespace {

using nlohmann::ordered_json;

constexpr int schema = 1;

std::string references(const vm_refcnt_reading &reading)
{
	return fmt::format("{} reference{}, {}.", reading.references,
			   reading.references == 1 ? "" : "s",
			   reading.readers_max ? "of readers or raised in passing"
					       : "none of a reader: raised in passing");
}

std::string sequence_numbers(const vma_sequence_numbers &numbers)
{
	if (!numbers.possible())
		return "vm_lock_seq is even, which it never is.";
	if (!numbers.mmap_write_locked())
		return numbers.equal() ? "mm_lock_seq is even and equals vm_lock_seq, which it never does."
				       : "mm_lock_seq is even: no VMA is write-locked, "
					 "mmap_lock is not held for write.";
	return fmt::format("mm_lock_seq is odd: mmap_lock is held for write.\n"
			   "vm_lock_seq {} it: this VMA is {}write-locked.",
			   numbers.equal() ? "equals" : "differs from", numbers.equal() ? "" : "not ");
}

std::string heading(const decoded &decoded)
{
	if (decoded.refcnt.contradiction)
		return "The numbers were not read at one moment, or not from one VMA and its mm.\n"
		       "Without them, the count means:";
	if (decoded.refcnt.count == 1)
		return "It means:";
	return decoded.numbers ? "It can mean any of the following; nothing here distinguishes them:"
			       : "It can mean any of the following; vm_lock_seq and mm_lock_seq can rule some out:";
}

ordered_json readings(const vm_refcnt &refcnt)
{
	ordered_json result = ordered_json::array();

	for (const vm_refcnt_reading &reading : refcnt)
		result.push_back({{"state", key_for(reading.state)},
				  {"references", reading.references},
				  {"readers_max", reading.readers_max}});
	return result;
}

} // namespace

std::string to_text(const decoded &decoded)
{
	const vm_refcnt &refcnt = decoded.refcnt;
	fmt::memory_buffer out;
	auto end = std::back_inserter(out);

	fmt::format_to(end, "vm_refcnt {:#x}, decimal {}\n", refcnt.value, refcnt.value);
	if (decoded.if_hexadecimal)
		fmt::format_to(end, "If the kernel printed this number, it is hexadecimal: "
				    "decode {:#x} instead.\n", *decoded.if_hexadecimal);
	if (decoded.numbers)
		fmt::format_to(end, "{}\n", sequence_numbers(*decoded.numbers));
	fmt::format_to(end, "\n{}\n", heading(decoded));
	for (const vm_refcnt_reading &reading : refcnt) {
		fmt::format_to(end, "\n  {}\n    {}\n", word_for(reading.state), explain(reading.state));
		if (reading.references)
			fmt::format_to(end, "    {}\n", references(reading));
	}
	fmt::format_to(end, "\nMore readers {}.\n", admits_readers(refcnt.value) ?
		       "can come, as far as the count decides" : "are refused");
	if (refcnt.value == vm_refcnt_limit)
		fmt::format_to(end, "The count is at its limit.\n");
	if (readers_excluded(refcnt.value))
		fmt::format_to(end, "The kernel regards readers as excluded, and wakes a waiting "
				    "writer.\n");
	return fmt::to_string(out);
}

std::string to_json(const decoded &decoded)
{
	ordered_json out = {{"schema", schema},
			    {"refcnt", decoded.refcnt.value},
			    {"readings", readings(decoded.refcnt)},
			    {"contradiction", decoded.refcnt.contradiction},
			    {"readers_excluded", readers_excluded(decoded.refcnt.value)},
			    {"admits_readers", admits_readers(decoded.refcnt.value)},
			    {"vm_lock_seq", nullptr},
			    {"mm_lock_seq", nullptr}};

	if (decoded.numbers) {
		out["vm_lock_seq"] = decoded.numbers->vm_lock_seq;
		out["mm_lock_seq"] = decoded.numbers->mm_lock_seq;
	}
	return out.dump();
}

} // namespace vmalock
