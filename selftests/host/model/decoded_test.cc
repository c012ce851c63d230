// SPDX-License-Identifier: GPL-2.0-only
/*
 * What people and programs are shown of a decoded vm_refcnt, and what numbers
 * may be asked about.
 */
#include "output/decoded.hh"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/number.hh"
#include "model/words.hh"

namespace vmalock::test {
namespace {

using nlohmann::json;

/** Values with every reading, each with numbers that fit and that do not. */
std::vector<decoded> every_kind()
{
	std::vector<decoded> result;

	for (std::uint32_t value : {0u, 1u, 2u, 0x3fffffffu, 0x40000000u, 0x40000001u, 0x40000002u,
				    0x7fffffffu, 0x80000000u, 0xc0000000u, 0xffffffffu}) {
		result.push_back({decode_vm_refcnt(value), {}, 0xffffffff});
		for (vma_sequence_numbers numbers : {vma_sequence_numbers{7, 7}, {5, 7}, {5, 8},
						     {8, 8}, {6, 8}})
			result.push_back({decode_vm_refcnt(value, numbers), numbers, {}});
	}
	return result;
}

TEST(decoded_text, FitsInEightyColumns)
{
	for (const decoded &decoded : every_kind()) {
		std::istringstream text(to_text(decoded));
		for (std::string line; std::getline(text, line);)
			EXPECT_LE(line.size(), 80u) << line;
	}
}

TEST(decoded_text, EveryStateHasWordsOfItsOwn)
{
	std::set<std::string_view> words, keys, explanations;

	for (int state = 0; state < static_cast<int>(vm_refcnt_state::nr); state++) {
		words.insert(word_for(static_cast<vm_refcnt_state>(state)));
		keys.insert(key_for(static_cast<vm_refcnt_state>(state)));
		explanations.insert(explain(static_cast<vm_refcnt_state>(state)));
	}
	for (const auto &set : {words, keys, explanations}) {
		EXPECT_EQ(set.size(), static_cast<std::size_t>(vm_refcnt_state::nr));
		EXPECT_FALSE(set.contains("unknown"));
	}
}

TEST(decoded_text, ShowsEveryReading)
{
	for (const decoded &decoded : every_kind()) {
		std::string text = to_text(decoded);
		for (const vm_refcnt_reading &reading : decoded.refcnt) {
			EXPECT_NE(text.find("\n  " + std::string(word_for(reading.state)) + "\n"), text.npos) << text;
			std::string count = std::to_string(reading.references) + " reference";
			EXPECT_EQ(text.find(count) != text.npos, reading.references != 0) << text;
		}
		EXPECT_EQ(text.find("not read at one moment") != text.npos, decoded.refcnt.contradiction);
	}
}

TEST(decoded_text, DoubtsADecimalNumberThatMayBeHexadecimal)
{
	std::string text = to_text({decode_vm_refcnt(40000001), {}, 0x40000001});

	EXPECT_NE(text.find("decode 0x40000001"), text.npos) << text;
	text = to_text({decode_vm_refcnt(0x40000001), {}, {}});
	EXPECT_EQ(text.find("hexadecimal"), text.npos) << text;
}

TEST(decoded_json, HasTheFieldsThatAreDocumented)
{
	json out = json::parse(to_json({decode_vm_refcnt(0x40000001), {}, {}}));

	EXPECT_EQ(out, json::parse(R"({"schema": 1, "refcnt": 1073741825, "contradiction": false,
		"readers_excluded": true, "admits_readers": false,
		"vm_lock_seq": null, "mm_lock_seq": null, "readings": [
		{"state": "write_excluded", "references": 0, "readers_max": 0},
		{"state": "detach_waiting", "references": 1, "readers_max": 0}]})"));
	vma_sequence_numbers numbers = {5, 7};
	out = json::parse(to_json({decode_vm_refcnt(0x40000003, numbers), numbers, {}}));
	EXPECT_EQ(out["vm_lock_seq"], 5);
	EXPECT_EQ(out["mm_lock_seq"], 7);
	EXPECT_EQ(out["readings"], json::parse(
		R"([{"state": "write_waiting", "references": 2, "readers_max": 2}])"));
}

TEST(number, IsReadAsDebuggersPrintIt)
{
	for (auto [word, wanted] : {std::pair<const char *, std::uint32_t>{"0", 0}, {"17", 17},
				    {"017", 17}, {"0x0", 0}, {"0x40000001", 0x40000001},
				    {"0XabCDef01", 0xabcdef01}, {"4294967295", 0xffffffff},
				    {"0xffffffff", 0xffffffff}, {"0x00000000ffffffff", 0xffffffff},
				    {"-1", 0xffffffff}, {"-1073741824", 0xc0000000},
				    {"-2147483648", 0x80000000}}) {
		auto number = read_number(word, 32);
		ASSERT_TRUE(std::holds_alternative<std::uint64_t>(number)) << word;
		EXPECT_EQ(std::get<std::uint64_t>(number), wanted) << word;
	}
}

TEST(number, CanHaveSixtyFourBits)
{
	for (auto [word, wanted] : {std::pair<const char *, std::uint64_t>{"-1", UINT64_MAX},
				    {"18446744073709551615", UINT64_MAX}, {"4294967296", 1ull << 32},
				    {"-9223372036854775808", 1ull << 63}, {"-2147483649", -2147483649ull},
				    {"0xffff888100000001", 0xffff888100000001}}) {
		auto number = read_number(word, 64);
		ASSERT_TRUE(std::holds_alternative<std::uint64_t>(number)) << word;
		EXPECT_EQ(std::get<std::uint64_t>(number), wanted) << word;
	}
	for (const char *word : {"18446744073709551616", "-9223372036854775809", "0x10000000000000000"})
		EXPECT_EQ(std::get<std::string>(read_number(word, 64)), std::string(word) + " does not fit into 64 bits");
}

TEST(number, IsRefusedInASentence)
{
	for (auto [word, wanted] : {std::pair<const char *, const char *>{"", "'' is not a number"},
				    {"x", "is not a number"}, {"-", "is not a number"}, {"+1", "is not a number"},
				    {"0x", "is not a number"}, {"0x-1", "is not a number"}, {"-0x1", "is not a number"},
				    {" 1", "is not a number"}, {"1 ", "is not a number"}, {"1.5", "is not a number"},
				    {"1e3", "write 0x1e3"}, {"c0000001", "write 0xc0000001"},
				    {"4294967296", "32 bits"}, {"-2147483649", "32 bits"},
				    {"0x100000000", "32 bits"}, {"0xfffffffffffffffff", "32 bits"},
				    {"99999999999999999999", "32 bits"}}) {
		auto number = read_number(word, 32);
		ASSERT_TRUE(std::holds_alternative<std::string>(number)) << word;
		EXPECT_NE(std::get<std::string>(number).find(wanted), std::string::npos)
			<< word << ": " << std::get<std::string>(number);
	}
}

} // namespace
} // namespace vmalock::test
