// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The names of kernel addresses, from a file like /proc/kallsyms.
 */
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <string_view>

#include "collect/kallsyms.hh"

namespace vmalock {
namespace {

kallsyms symbols_of(const char *text)
{
	const std::string path = testing::TempDir() + "kallsyms";

	std::ofstream(path) << text;
	kallsyms result(path);
	std::remove(path.c_str());
	return result;
}

constexpr const char *some = "ffffffff81000000 T first\n"
			     "ffffffff81000100 d data\n"
			     "ffffffff81000200 t second.isra.0\n"
			     "ffffffffc0000000 t late\t[one]\n"
			     "ffffffffc0000080 t bpf_prog\t[bpf]\n"
			     "ffffffffc0000040 t later\t[one]\n"
			     "ffffffff81000300 T third\n";

TEST(kallsyms, an_address_belongs_to_the_function_below)
{
	kallsyms symbols = symbols_of(some);

	EXPECT_EQ(symbols.find(0xffffffff81000000).name, "first");
	EXPECT_EQ(symbols.find(0xffffffff810001ff).name, "first");
	EXPECT_EQ(symbols.find(0xffffffff810002ff).name, "second.isra.0");
	EXPECT_EQ(symbols.find(0xffffffff81000fff).name, "third");
	EXPECT_EQ(symbols.find(0xffffffff80ffffff).name, "");
}

TEST(kallsyms, weak_functions_are_functions)
{
	kallsyms symbols = symbols_of("ffffffff81000000 T first\n"
				      "ffffffff81000100 W weak\n"
				      "ffffffff81000180 V weak_data\n"
				      "ffffffff81000200 w weaker\n"
				      "ffffffff81000300 T last\n");

	EXPECT_EQ(symbols.find(0xffffffff81000120).name, "weak");
	EXPECT_EQ(symbols.find(0xffffffff81000190).name, "weak");
	EXPECT_EQ(symbols.find(0xffffffff81000220).name, "weaker");
	EXPECT_EQ(symbols.extent_of("first").end, 0xffffffff81000100);
}

TEST(kallsyms, a_variable_is_known_by_its_first_byte)
{
	kallsyms symbols = symbols_of("ffffffff81000000 T first\n"
				      "ffffffff81000100 d data\n"
				      "ffffffff81000200 B __bss_start\n"
				      "ffffffff81000200 b bss\n"
				      "ffffffff81000200 B __bss_of\n"
				      "ffffffff81000300 D _edata\n"
				      "ffffffffc0000000 t late\t[one]\n"
				      "ffffffffc0000040 b lock\t[one]\n");

	EXPECT_EQ(symbols.object_at(0xffffffff81000100), "data");
	EXPECT_EQ(symbols.object_at(0xffffffff81000108), "");
	EXPECT_EQ(symbols.object_at(0xffffffff81000200), "bss");
	EXPECT_EQ(symbols.object_at(0xffffffff81000300), "_edata");
	EXPECT_EQ(symbols.object_at(0xffffffff81000000), "");
	EXPECT_EQ(symbols.object_at(0xffffffffc0000040), "lock [one]");
	EXPECT_EQ(symbols.object_at(0xffff888000001000), "");
	EXPECT_EQ(symbols.object_at(0), "");
	EXPECT_EQ(symbols.find(0xffffffffc0000010).name, "late");
}

TEST(kallsyms, modules_are_kept_apart_from_the_kernel)
{
	kallsyms symbols = symbols_of(some);

	EXPECT_EQ(symbols.find(0xffffffff81000300).module, "");
	EXPECT_EQ(symbols.find(0xffffffffc0000001).module, "one");
	EXPECT_EQ(symbols.find(0xffffffffc0000041).name, "later");
	EXPECT_EQ(symbols.find(0xffffffffc0000041).module, "one");
	EXPECT_EQ(symbols.find(0xffffffffc0000081).module, "bpf");
}

TEST(kallsyms, a_function_ends_where_the_next_begins)
{
	kallsyms symbols = symbols_of(some);

	EXPECT_EQ(symbols.extent_of("first").start, 0xffffffff81000000);
	EXPECT_EQ(symbols.extent_of("first").end, 0xffffffff81000200);
	EXPECT_EQ(symbols.extent_of("data").start, 0u);
	EXPECT_EQ(symbols.extent_of("fir").start, 0u);
}

TEST(kallsyms, what_a_compiler_made_of_a_function_is_found)
{
	kallsyms symbols = symbols_of(some);

	EXPECT_EQ(symbols.variant_of("second"), "second.isra.0");
	EXPECT_EQ(symbols.variant_of("first"), "first");
	EXPECT_EQ(symbols.variant_of("sec"), "");
}

/** The tracer's own programs come after the functions that it had to find first. */
TEST(kallsyms, what_is_loaded_later_is_known)
{
	for (const char *asked_first : {"first", "nowhere"}) {
		const std::string path = testing::TempDir() + "kallsyms_grows";
		std::ofstream(path) << some;
		kallsyms symbols(path);

		EXPECT_TRUE(symbols.visible());
		EXPECT_EQ(symbols.extent_of(asked_first).start != 0, asked_first == std::string_view("first"));
		std::ofstream(path, std::ios::app) << "ffffffffc0000100 t bpf_trampoline\t[bpf]\n";
		EXPECT_EQ(symbols.find(0xffffffffc0000101).name, "bpf_trampoline") << asked_first;
		EXPECT_EQ(symbols.extent_of("first").end, 0xffffffff81000200);
		std::remove(path.c_str());
	}
}

TEST(kallsyms, hidden_addresses_are_no_names)
{
	EXPECT_EQ(symbols_of("0000000000000000 T first\n").find(0).name, "");
	EXPECT_EQ(symbols_of("").find(0xffffffff81000000).name, "");
	EXPECT_FALSE(symbols_of("0000000000000000 T first\n0000000000000000 T second\n").visible());
	EXPECT_TRUE(symbols_of("0000000000000000 D data\nffffffff81000000 T first\n").visible());
}

} // namespace
} // namespace vmalock
