// SPDX-License-Identifier: GPL-2.0-only
#include "collect/miss_site.hh"

#include <algorithm>
#include <array>
#include <capstone/capstone.h>
#include <map>
#include <set>
#include <vector>

namespace vmalock {

namespace {

using places = std::set<std::uint64_t>;

/** Where every way out of the function leads; no instruction is there. */
constexpr std::uint64_t outside = 0;

struct instruction {
	std::vector<std::uint64_t> next;
	std::uint64_t end = 0;		///< where it does
	bool direct = false;		///< a jump or call that is always taken, to a known place
	bool walks = false;
	bool breakpoint = false;
};

/** What can be reached from the begin of a function, by address. */
using flow = std::map<std::uint64_t, instruction>;

class decoder {
public:
	explicit decoder(const machine_code &code) : code(code)
	{
		if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK) {
			cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
			decoded = cs_malloc(handle);
		}
	}
	decoder(const decoder &) = delete;
	decoder &operator=(const decoder &) = delete;
	~decoder()
	{
		if (decoded)
			cs_free(decoded, 1);
		if (handle)
			cs_close(&handle);
	}

	/** Empty where something is not understood. */
	std::optional<flow> all()
	{
		std::vector<std::uint64_t> open = {code.start};
		flow result;

		while (!open.empty()) {
			const std::uint64_t at = open.back();

			open.pop_back();
			if (at == outside || result.contains(at))
				continue;
			auto found = decode(at);
			if (!found)
				return std::nullopt;
			open.insert(open.end(), found->next.begin(), found->next.end());
			found->end = at + decoded->size;
			result.emplace(at, *std::move(found));
		}
		// A jump that leads into an instruction is none: not all is as it was compiled.
		auto overlap = [](const auto &one, const auto &next) { return one.second.end > next.first; };
		if (std::ranges::adjacent_find(result, overlap) != result.end())
			return std::nullopt;
		return result;
	}

private:
	std::uint64_t end() const { return code.start + code.bytes.size(); }

	std::uint64_t inside(std::uint64_t address) const
	{
		return address >= code.start && address < end() ? address : outside;
	}

	/**
	 * Where ftrace puts calls in, behind an endbr if there is one. Some kernels jump to the
	 * programs that trace a function, which come back behind the jump.
	 */
	bool is_traced_entry(std::uint64_t at) const { return at == code.start || at == code.start + 4; }

	/** Where a jump or call leads; empty if it depends on a register or on memory. */
	std::optional<std::uint64_t> target() const
	{
		const cs_x86 &operands = decoded->detail->x86;

		if (operands.op_count != 1 || operands.operands[0].type != X86_OP_IMM)
			return std::nullopt;
		return static_cast<std::uint64_t>(operands.operands[0].imm);
	}

	std::optional<instruction> decode(std::uint64_t at)
	{
		const std::uint8_t *bytes = code.bytes.data() + (at - code.start);
		std::size_t left = end() - at;
		std::uint64_t after = at;
		auto is = [this](unsigned group) { return cs_insn_group(handle, decoded, group); };

		if (!decoded || !cs_disasm_iter(handle, &bytes, &left, &after, decoded))
			return std::nullopt;
		const std::uint64_t next = inside(after);
		switch (decoded->id) {
		case X86_INS_INT3:
			return instruction{.next = {outside}, .breakpoint = true};
		case X86_INS_UD2:		// a warning goes on, a bug does not
			return instruction{.next = {next, outside}};
		}
		if (is(CS_GRP_RET))
			return instruction{.next = {outside}};
		if (is(CS_GRP_CALL)) {
			const auto to = target();

			return instruction{.next = {to && to == code.stack_check_failed ? outside : next},
					   .direct = to.has_value(),
					   .walks = to == code.walk};
		}
		if (is(CS_GRP_JUMP)) {
			const auto to = target();

			if (!to)
				return std::nullopt;
			if (decoded->id == X86_INS_JMP && inside(*to) == outside && is_traced_entry(at))
				return instruction{.next = {next}};
			if (decoded->id == X86_INS_JMP)
				return instruction{.next = {inside(*to)}, .direct = true};
			return instruction{.next = {next, inside(*to)}};
		}
		return instruction{.next = {next}};
	}

	const machine_code &code;
	csh handle = 0;
	cs_insn *decoded = nullptr;
};

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
	const auto flow = decoder(code).all();
	std::map<std::uint64_t, std::vector<std::uint64_t>> forwards, backwards;
	std::vector<std::uint64_t> walks;
	found_site result;

	if (!flow)
		return result;
	for (const auto &[at, instruction] : *flow) {
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
	const std::vector<std::uint64_t> after_walk = flow->at(walk).next;
	const places on_the_way_in = reached(forwards, {code.start}, walk);
	const places on_the_way_out = reached(backwards, {outside}, walk);
	const places behind = reached(forwards, after_walk, walk);

	for (std::uint64_t at : behind)
		if (at != outside && flow->at(at).direct && !on_the_way_in.contains(at) &&
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
