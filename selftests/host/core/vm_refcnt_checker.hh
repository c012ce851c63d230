// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Holds a decoder of vm_refcnt to two things it was not made from: how a count
 * is put together in each state, and the values that the protocol makes.
 */
#pragma once

#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "vm_refcnt_protocol.hh"

namespace refcnt_checker {

using vmalock::vm_refcnt;
using vmalock::vm_refcnt_reading;
using vmalock::vm_refcnt_state;
using vmalock::vma_sequence_numbers;

/** The decoder under test; broken ones replace a member. */
struct decoder {
	vm_refcnt decode(std::uint32_t value) const { return vmalock::decode_vm_refcnt(value); }
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		return vmalock::decode_vm_refcnt(value, numbers);
	}
	bool readers_excluded(std::uint32_t value) const { return vmalock::readers_excluded(value); }
	bool admits_readers(std::uint32_t value) const { return vmalock::admits_readers(value); }
};

struct violation : std::runtime_error {
	violation(std::uint32_t value, const std::string &what)
		: std::runtime_error(what), value(value)
	{
	}
	std::uint32_t value;
};

/** A state as sums: the count is base + references, from least to most of these. */
struct sum {
	vm_refcnt_state state;
	std::int64_t base, least, most;
	bool readers;
};

constexpr std::int64_t flag = 0x40000000, most = 0x3fffffff;
constexpr sum sums[] = {
	{ vm_refcnt_state::detached, 0, 0, 0, false },
	{ vm_refcnt_state::unlocked, 1, 0, 0, true },
	{ vm_refcnt_state::read_locked, 1, 1, most - 1, true },
	{ vm_refcnt_state::write_locked, 1, 0, most - 1, false },
	{ vm_refcnt_state::detaching, 0, 1, most, false },
	{ vm_refcnt_state::write_waiting, flag + 1, 1, most - 1, true },
	{ vm_refcnt_state::write_excluded, flag + 1, 0, 0, false },
	{ vm_refcnt_state::detach_waiting, flag, 1, most, false },
	{ vm_refcnt_state::detach_excluded, flag, 0, 0, false },
	{ vm_refcnt_state::saturated, 0xc0000000, 0, 0, false },
};

/** What the sums allow for @p value. Of a negative count they know one. */
inline std::vector<vm_refcnt_reading> allowed(std::uint32_t value)
{
	std::vector<vm_refcnt_reading> result;

	for (const sum &sum : sums) {
		const std::int64_t references = value - sum.base;
		if (references >= sum.least && references <= sum.most)
			result.push_back({ sum.state, static_cast<std::uint32_t>(references),
					   static_cast<std::uint32_t>(sum.readers ? references : 0) });
	}
	if (result.empty())
		result.push_back({ vm_refcnt_state::corrupt, 0, 0 });
	return result;
}

inline bool contains(const vm_refcnt &decoded, const vm_refcnt_reading &wanted)
{
	for (const vm_refcnt_reading &reading : decoded)
		if (reading == wanted)
			return true;
	return false;
}

/** One value, by the sums alone. */
template <class Decoder>
void check_value(const Decoder &decoder, std::uint32_t value)
{
	const vm_refcnt decoded = decoder.decode(value);
	const std::vector<vm_refcnt_reading> wanted = allowed(value);
	const std::int32_t room = static_cast<std::int32_t>(0x3fffffffu - value);

	for (const vm_refcnt_reading &reading : wanted)
		if (!contains(decoded, reading))
			throw violation(value, "a reading is missing");
	if (decoded.count != wanted.size())
		throw violation(value, "a reading is not possible");
	if (decoded.value != value || decoded.contradiction)
		throw violation(value, "it is not the value that was asked about");
	if (decoder.readers_excluded(value) != (value / 2 == 0x20000000))
		throw violation(value, "readers excluded, or not");
	if (decoder.admits_readers(value) != (value != 0 && room >= 1))
		throw violation(value, "readers admitted, or not");
}

/** Every value near one where the meaning changes, and a grid over the rest. */
template <class Decoder>
void check_values(const Decoder &decoder)
{
	for (std::uint32_t edge : { 0u, 0x3fffffffu, 0x40000000u, 0x7fffffffu, 0x80000000u,
				    0xbfffffffu, 0xc0000000u, 0xffffffffu })
		for (std::uint32_t offset = 0; offset < 1u << 16; offset++) {
			check_value(decoder, edge + offset);
			check_value(decoder, edge - offset);
		}
	for (std::uint64_t value = 0; value <= 0xffffffff; value += 9973)
		check_value(decoder, static_cast<std::uint32_t>(value));
}

struct observation {
	std::uint32_t refcnt;
	bool equal, odd;

	auto operator<=>(const observation &) const = default;
	vma_sequence_numbers numbers() const
	{
		const std::uint32_t mm = odd ? 1001 : 1002;
		return { equal ? mm : 999, mm };
	}
};

/** The states that an observation was made in: references, most of them held. */
using states = std::map<vm_refcnt_state, std::pair<int, int>>;

inline void compare(std::uint32_t value, const vm_refcnt &decoded, const states &states)
{
	for (const auto &[state, counts] : states)
		if (!contains(decoded, { state, static_cast<std::uint32_t>(counts.first),
					 static_cast<std::uint32_t>(counts.second) }))
			throw violation(value, "the protocol gets here otherwise");
	if (decoded.count != states.size())
		throw violation(value, "the protocol never gets here");
}

constexpr int readers = 3;

/** What the protocol does is what the decoder says, and the other way round. */
template <class Decoder>
void check_protocol(const Decoder &decoder)
{
	std::map<observation, states> seen;

	for (const refcnt_protocol::world &world : refcnt_protocol::all_worlds(readers)) {
		const observation observed = { world.refcnt, world.equal, world.mmap_locked };
		auto [place, is_new] = seen[observed].try_emplace(world.state(), world.references(),
								  world.held);

		if (!is_new)
			place->second.second = std::max(place->second.second, world.held);
		if (place->second.first != world.references())
			throw violation(world.refcnt, "one value and state, two counts of references");
		if (decoder.readers_excluded(world.refcnt) && world.references() > 1)
			throw violation(world.refcnt, "readers excluded that are there");
	}
	for (std::uint32_t base : { 0u, 0x40000000u }) {
		// Beyond, states with more references than there are readers go missing.
		for (std::uint32_t value = base; value <= base + readers; value++) {
			states anyhow;

			for (bool equal : { false, true })
				for (bool odd : { false, true }) {
					const observation observed = { value, equal, odd };
					const vm_refcnt decoded = decoder.decode(value, observed.numbers());

					if (decoded.contradiction != !seen.contains(observed))
						throw violation(value, "a contradiction, or not");
					if (decoded.contradiction)
						continue;
					compare(value, decoded, seen[observed]);
					for (const auto &[state, counts] : seen[observed]) {
						auto &both = anyhow.try_emplace(state, counts).first->second;
						both.second = std::max(both.second, counts.second);
					}
				}
			compare(value, decoder.decode(value), anyhow);
		}
	}
}

/** What the checks say first; empty if they are content. */
template <class Decoder>
std::string complaint()
{
	try {
		check_values(Decoder{});
		check_protocol(Decoder{});
	} catch (const violation &caught) {
		char value[11];
		std::snprintf(value, sizeof(value), "%#x", caught.value);
		return std::string(caught.what()) + ": " + value;
	}
	return "";
}

} // namespace refcnt_checker
