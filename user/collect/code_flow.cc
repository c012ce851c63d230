// SPDX-License-Identifier: GPL-2.0-only
#include "collect/code_flow.hh"

#include <algorithm>
#include <capstone/capstone.h>

namespace vmalock {

namespace {

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

} // namespace

std::optional<flow> flow_of(const machine_code &code)
{
	return decoder(code).all();
}

} // namespace vmalock
