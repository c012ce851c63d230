// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where the kernel misses a VMA, in lock_vma_under_rcu() as kernels were running it, and
 * in code that is made to look like it.
 */
#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "collect/miss_site.hh"

namespace vmalock {
namespace {

class captured {
public:
	explicit captured(const std::string &kernel)
	{
		std::ifstream file(VMALOCK_TEST_DATA "/kernels/data/" + kernel + ".code");
		std::string line;

		while (file.peek() == '#')
			std::getline(file, line);
		file >> std::hex >> start >> walk >> stack_check_failed;
		while (file >> line)
			for (std::size_t i = 0; i < line.size(); i += 2)
				bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(i, 2), nullptr, 16)));
	}

	machine_code code() const { return {bytes, start, walk, stack_check_failed}; }
	std::optional<std::size_t> miss() const { return find_miss(code()); }

	/** A jump or call with an offset of 32 bits, by its first byte. */
	void put(std::size_t at, std::uint8_t first, std::int32_t offset)
	{
		bytes.at(at) = first;
		for (std::size_t i = 0; i < 4; i++)
			bytes.at(at + 1 + i) = static_cast<std::uint8_t>(static_cast<std::uint32_t>(offset) >> 8 * i);
	}

	std::vector<std::uint8_t> bytes;
	std::uint64_t start = 0, walk = 0, stack_check_failed = 0;
};

struct known_kernel {
	const char *name;
	std::optional<std::size_t> miss;
};

/** By reading their code: 6.16 and 6.17 go back by a branch that successes pass too. */
constexpr known_kernel kernels[] = {
	{"6.12", 0x93},
	{"6.16", std::nullopt},
	{"6.17", std::nullopt},
	{"7.2", 0x26f},
	{"7.3", 0x26f},
	{"7.3-debug", 0x30d},
};

TEST(miss_site, is_found_in_kernels_that_have_one)
{
	for (const known_kernel &kernel : kernels)
		EXPECT_EQ(captured(kernel.name).miss(), kernel.miss) << kernel.name;
}

/** Which replaces a byte, unlike any jump or call that the kernel has there. */
TEST(miss_site, is_found_beneath_the_probe_of_another_vmalock)
{
	for (const known_kernel &kernel : kernels)
		if (kernel.miss) {
			captured code(kernel.name);

			code.bytes.at(*kernel.miss) = 0xcc;
			EXPECT_EQ(code.miss(), kernel.miss) << kernel.name;
		}
}

/** By a call or, as 7.3 does it, by a jump that comes back. */
TEST(miss_site, is_found_where_programs_trace_the_function)
{
	for (const known_kernel &kernel : kernels)
		for (std::uint8_t first : {0xe8, 0xe9}) {
			captured code(kernel.name);
			const bool has_endbr = code.bytes.at(0) != 0x0f;

			code.put(has_endbr ? 4 : 0, first, 0x4000000);
			EXPECT_EQ(code.miss(), kernel.miss) << kernel.name;
		}
}

/** What it replaces is not known, so nor is where the code goes from there. */
TEST(miss_site, is_not_found_where_somebody_has_another_probe)
{
	captured code("7.3");

	code.bytes.at(0x6f) = 0xcc;		// test %rax,%rax
	EXPECT_EQ(code.miss(), std::nullopt);
}

/** On 6.16 the way back is a branch of every fault; a probe there hides what it is. */
TEST(miss_site, is_not_found_by_the_probe_of_somebody_else)
{
	for (std::size_t at = 5; at < captured("6.16").bytes.size(); at++) {
		captured code("6.16");

		code.bytes.at(at) = 0xcc;
		ASSERT_EQ(code.miss(), std::nullopt) << at;
	}
}

/** A probe there would see every fault. */
TEST(miss_site, is_no_instruction_on_the_way_in)
{
	captured code("7.3");

	code.put(0x04, 0xe9, 0x26f - 0x09);	// the way in leads over the jump, too
	EXPECT_EQ(code.miss(), std::nullopt);
}

/** Where a jump leads into an instruction, not all is as it was compiled. */
TEST(miss_site, is_not_found_in_code_that_overlaps)
{
	const captured compiled("7.3");
	const auto instructions = flow_of(compiled.code());
	const std::size_t jump = 0x285, behind_jump = jump + 5;
	unsigned tried = 0;

	ASSERT_TRUE(instructions);
	for (const auto &[at, instruction] : *instructions) {
		const std::size_t into = at + 1 - compiled.start;
		captured code("7.3");

		if (instruction.end == at + 1 || into == jump + 1)
			continue;
		code.put(jump, 0xe9, static_cast<std::int32_t>(into) - static_cast<std::int32_t>(behind_jump));
		EXPECT_EQ(code.miss(), std::nullopt) << into;
		tried++;
	}
	EXPECT_GT(tried, 0u);
}

TEST(miss_site, is_passed_by_every_way_back)
{
	captured code("7.3");

	code.put(0x285, 0xe9, 0x5f - 0x28a);	// the second way back is a jump of its own
	EXPECT_EQ(code.miss(), std::nullopt);
}

TEST(miss_site, is_passed_by_no_way_out)
{
	captured code("6.12");
	const std::uint8_t out[] = {0x74, 0xb9 - 0x95, 0x0f, 0x1f, 0x00};	// je, nop

	std::ranges::copy(out, code.bytes.begin() + 0x93);
	EXPECT_EQ(code.miss(), std::nullopt);
}

TEST(miss_site, needs_exactly_one_look_up)
{
	captured none("7.3"), two("7.3");

	none.walk++;
	EXPECT_EQ(none.miss(), std::nullopt);
	two.put(0x285, 0xe8, static_cast<std::int32_t>(two.walk - (two.start + 0x28a)));
	EXPECT_EQ(two.miss(), std::nullopt);
}

/** What lies behind the function is no part of it, even if it looks up VMAs. */
TEST(miss_site, is_found_whatever_follows)
{
	captured code("7.3");
	const captured next("7.2");

	code.bytes.insert(code.bytes.end(), next.bytes.begin(), next.bytes.end());
	code.put(0x2c0 + 0x67, 0xe8, static_cast<std::int32_t>(code.walk - (code.start + 0x2c0 + 0x6c)));
	EXPECT_EQ(code.miss(), 0x26f);
}

TEST(miss_site, is_not_found_in_what_is_not_understood)
{
	captured indirect("7.3"), invalid("7.3"), cut("7.3"), nothing("7.3");

	indirect.bytes.at(0x26f) = 0xff;	// jmp *%rax
	indirect.bytes.at(0x270) = 0xe0;
	EXPECT_EQ(indirect.miss(), std::nullopt);
	invalid.bytes.at(0x6c) = 0x06;
	EXPECT_EQ(invalid.miss(), std::nullopt);
	cut.bytes.resize(0x250);
	EXPECT_EQ(cut.miss(), std::nullopt);
	nothing.bytes.clear();
	EXPECT_EQ(nothing.miss(), std::nullopt);
}

} // namespace
} // namespace vmalock
