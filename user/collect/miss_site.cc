// SPDX-License-Identifier: GPL-2.0-only
#include "collect/miss_site.hh"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace vmalock {

namespace {

using places = std::set<std::uint64_t>;

/** What is reached from @p from along @p edges, itself included; nothing beyond @p limit is. */
places reached(const std::map<std::uint64_t, std::vector<std::uint64_t>> &edges,
	       const std::vector<std::uint64_t> &from, std::uint64_t limit)
{
	std::vector<std::uint64_t> open = from;
	places result;

	while (!open.empty()) {
		const std::uint64_t at = open.back();

		open.pop_back();
		if (!result.insert(at).second || at == limit)
			continue;
		if (auto found = edges.find(at); found != edges.end())
			open.insert(open.end(), found->second.begin(), found->second.end());
	}
	return result;
}

/** An instruction of a function, if there is one; and where somebody has put a breakpoint. */
struct found_site {
	std::optional<std::uint64_t> miss, breakpoint;
};

found_site look(const machine_code &code)
{
	const auto instructions = flow_of(code);
	std::map<std::uint64_t, std::vector<std::uint64_t>> forwards, backwards;
	std::vector<std::uint64_t> walks;
	found_site result;

	if (!instructions)
		return result;
	for (const auto &[at, instruction] : *instructions) {
		forwards[at] = instruction.next;
		for (std::uint64_t next : instruction.next)
			backwards[next].push_back(at);
		if (instruction.walks)
			walks.push_back(at);
		if (instruction.breakpoint)
			result.breakpoint = at;
	}
	if (walks.size() != 1)
		return result;
	const std::uint64_t walk = walks.front();
	const std::vector<std::uint64_t> after_walk = instructions->at(walk).next;
	const places on_the_way_in = reached(forwards, {code.start}, walk);
	const places on_the_way_out = reached(backwards, {outside}, walk);
	const places behind = reached(forwards, after_walk, walk);

	for (std::uint64_t at : behind)
		if (at != outside && instructions->at(at).direct && !on_the_way_in.contains(at) &&
		    !on_the_way_out.contains(at)) {
			auto without = forwards;

			without[at].clear();
			if (!reached(without, after_walk, walk).contains(walk))
				result.miss = at;
		}
	return result;
}

} // namespace

std::optional<std::size_t> find_miss(const machine_code &code)
{
	// A call or a long jump, as all that are known. A short one may have been conditional.
	constexpr std::array<std::uint8_t, 2> direct = {0xe8, 0xe9};
	const found_site found = look(code);
	std::size_t agree = 0;

	if (!found.breakpoint)
		return found.miss ? std::optional(*found.miss - code.start) : std::nullopt;

	std::vector<std::uint8_t> restored(code.bytes.begin(), code.bytes.end());
	for (std::uint8_t first : direct) {
		machine_code before = code;

		restored[*found.breakpoint - code.start] = first;
		before.bytes = restored;
		agree += look(before).miss == found.breakpoint;
	}
	return agree == 1 ? std::optional(*found.breakpoint - code.start) : std::nullopt;
}

} // namespace vmalock
