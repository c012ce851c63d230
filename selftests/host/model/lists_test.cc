// SPDX-License-Identifier: GPL-2.0-only
/*
 * The enumerations of module/uapi: each value has a key and words of its own, and
 * what else lists the values, written by hand, lists all of them and no others.
 */
#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "model/words.hh"
#include "uapi/aborts.h"
#include "uapi/blocked.h"
#include "uapi/events.h"
#include "uapi/fallbacks.h"
#include "uapi/groups.h"
#include "uapi/helper.h"
#include "uapi/losses.h"
#include "uapi/times.h"
#include "uapi/waits.h"
#include "uapi/writers.h"

namespace vmalock::test {
namespace {

using nlohmann::json;
using strings = std::vector<std::string>;

std::string text_of(const std::string &file)
{
	std::ifstream stream(VMALOCK_TEST_DATA "/../../" + file);
	std::ostringstream text;

	EXPECT_TRUE(stream) << file;
	text << stream.rdbuf();
	return text.str();
}

/** The definition of that name in the schema. */
json schema_of(const std::string &name)
{
	static const json schema = json::parse(text_of("docs/json.schema.json"));

	return schema.at("$defs").at(name);
}

template <class Enumeration>
strings keys(Enumeration first, Enumeration end)
{
	strings result;

	for (int value = static_cast<int>(first); value < static_cast<int>(end); value++)
		result.emplace_back(key_for(static_cast<Enumeration>(value)));
	return result;
}

template <class Enumeration>
strings words(Enumeration first, Enumeration end)
{
	strings result;

	for (int value = static_cast<int>(first); value < static_cast<int>(end); value++)
		result.emplace_back(word_for(static_cast<Enumeration>(value)));
	return result;
}

/** A list of fields, which have a value each; one for what is unknown may be missing. */
strings fields_of(const json &definition)
{
	strings result = definition.at("required").get<strings>();

	EXPECT_EQ(definition.at("properties").size(),
		  result.size() + definition.at("properties").contains("unknown"));
	return result;
}

/** What a newer version wrote into a file has no key here. */
strings or_unknown(strings keys)
{
	keys.push_back("unknown");
	return keys;
}

template <class Enumeration>
void check_list(Enumeration end)
{
	const strings all = keys(Enumeration{}, end), read = words(Enumeration{}, end);
	std::set<std::string> different(all.begin(), all.end());

	EXPECT_EQ(different.size(), all.size());
	different.insert(read.begin(), read.end());
	EXPECT_EQ(std::set(read.begin(), read.end()).size(), read.size());
	EXPECT_FALSE(different.contains("unknown"));
	for (const std::string &key : all) {
		EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), key.npos) << key;
		ASSERT_TRUE(with_key<Enumeration>(key)) << key;
		EXPECT_EQ(key_for(*with_key<Enumeration>(key)), key);
	}
	EXPECT_EQ(key_for(end), "unknown");
	EXPECT_EQ(word_for(end), "unknown");
	EXPECT_FALSE(with_key<Enumeration>("unknown"));
	EXPECT_FALSE(with_key<Enumeration>(""));
}

TEST(lists, EachValueHasAKeyAndWordsOfItsOwn)
{
	check_list(VMALOCK_ABORT_REASON_NR);
	check_list(VMALOCK_FALLBACK_NR);
	check_list(VMALOCK_OUTCOME_NR);
	check_list(VMALOCK_LOSS_NR);
	check_list(VMALOCK_WRITER_STATE_NR);
	check_list(VMALOCK_TIME_NR);
	check_list(VMALOCK_BY_NR);
	check_list(VMALOCK_MAPPING_KIND_NR);
	check_list(VMALOCK_EVENT_KIND_NR);
	check_list(VMALOCK_WAIT_KIND_NR);
	check_list(VMALOCK_RUN_STATE_NR);
	check_list(VMALOCK_WAITS_FOR_NR);
	check_list(vm_refcnt_state::nr);
}

TEST(lists, TheKeysOfOneValueAreThatValues)
{
	EXPECT_EQ(key_for(VMALOCK_ABORT_UNREADABLE), "unreadable");
	EXPECT_EQ(word_for(VMALOCK_ABORT_UNREADABLE), "tree changed as we looked");
	EXPECT_EQ(key_for(VMALOCK_BYPASS_GUP), "get_user_pages");
	EXPECT_EQ(key_for(VMALOCK_LOSS_EVENTS_FULL), "events_full");
	EXPECT_EQ(key_for(VMALOCK_WRITER_HOLDING), "holding");
	EXPECT_EQ(key_for(vm_refcnt_state::corrupt), "corrupt");
	EXPECT_EQ(word_for(vm_refcnt_state::corrupt), "corrupt");
}

TEST(lists, TheSchemaOfJsonHasThem)
{
	const strings states = keys(VMALOCK_WRITER_SEEN, VMALOCK_WRITER_STATE_NR);
	strings losses = fields_of(schema_of("lost")), kinds, known = states;

	std::erase(losses, "skipped");
	std::erase(known, key_for(VMALOCK_WRITER_GONE));
	const json place = schema_of("place");
	for (const json &kind : place.at("properties").at("kind").at("enum"))
		if (kind.is_string())
			kinds.push_back(kind);
	std::ranges::sort(kinds);
	strings wanted_kinds = or_unknown(keys(VMALOCK_MAPPING_NONE, VMALOCK_MAPPING_KIND_NR));
	std::ranges::sort(wanted_kinds);

	EXPECT_EQ(schema_of("abort_reason").at("enum").get<strings>(),
		  or_unknown(keys(VMALOCK_ABORT_UNMAPPED, VMALOCK_ABORT_REASON_NR)));
	EXPECT_EQ(schema_of("retry_cause").at("enum").get<strings>(),
		  keys(VMALOCK_RETRY_IO, VMALOCK_FIRST_BYPASS));
	EXPECT_EQ(schema_of("bypass_cause").at("enum").get<strings>(),
		  or_unknown(keys(VMALOCK_FIRST_BYPASS, VMALOCK_FALLBACK_NR)));
	EXPECT_EQ(losses, keys(VMALOCK_LOSS_COUNTS_FULL, VMALOCK_LOSS_NR));
	EXPECT_EQ(kinds, wanted_kinds);
	EXPECT_EQ(fields_of(schema_of("writers").at("properties").at("aborts")), states);
	EXPECT_EQ(schema_of("site").at("properties").at("known").at("enum").get<strings>(), or_unknown(known));
	EXPECT_EQ(fields_of(schema_of("mmap_lock_times")),
		  keys(VMALOCK_MMAP_WRITE_HELD, VMALOCK_FIRST_FAULT_TIME));
	EXPECT_EQ(fields_of(schema_of("path_times")), keys(VMALOCK_FIRST_FAULT_TIME, VMALOCK_TIME_NR));
	EXPECT_EQ(fields_of(schema_of("helper_calls")), keys(VMALOCK_OUTCOME_FAST, VMALOCK_OUTCOME_NR));
	EXPECT_EQ(schema_of("trace_event").at("oneOf").at(3).at("properties").at("reason").at("enum").get<strings>(),
		  keys(VMALOCK_WAIT_WRITE, VMALOCK_WAIT_KIND_NR));
}

/** What a manual page explains or lists stands in it between backquotes. */
void check_page(const std::string &page, const strings &listed)
{
	std::string text = text_of("docs/man/" + page);

	for (const std::string &word : listed)
		EXPECT_NE(text.find("`" + word + "`"), text.npos) << page << " lacks " << word;
}

TEST(lists, TheManualPagesHaveThem)
{
	check_page("vmalock-stat.1.md", words(VMALOCK_ABORT_UNMAPPED, VMALOCK_ABORT_REASON_NR));
	check_page("vmalock-stat.1.md", words(VMALOCK_RETRY_IO, VMALOCK_FALLBACK_NR));
	check_page("vmalock-trace.1.md", keys(VMALOCK_ABORT_UNMAPPED, VMALOCK_ABORT_REASON_NR));
	check_page("vmalock-trace.1.md", keys(VMALOCK_RETRY_IO, VMALOCK_FALLBACK_NR));
	check_page("vmalock-trace.1.md", keys(VMALOCK_WAIT_WRITE, VMALOCK_WAIT_KIND_NR));
	check_page("vmalock-trace.1.md", keys(VMALOCK_EVENT_ABORT, VMALOCK_EVENT_KIND_NR));
}

/** The kernel's macros want the values of a trace event spelt out. */
TEST(lists, TheTraceEventHasTheOutcomes)
{
	const std::string header = text_of("module/boundary/trace.h");
	std::size_t count = 0;

#define CHECK_OUTCOME(name, key) \
	EXPECT_NE(header.find("TRACE_DEFINE_ENUM(" #name ");"), header.npos); \
	EXPECT_NE(header.find("{ " #name ", \"" key "\" }"), header.npos);
	VMALOCK_OUTCOMES(CHECK_OUTCOME)
#undef CHECK_OUTCOME
	for (std::size_t at = 0; (at = header.find("{ VMALOCK_OUTCOME_", at)) != header.npos; at++)
		count++;
	EXPECT_EQ(count, static_cast<std::size_t>(VMALOCK_OUTCOME_NR));
}

/** A new reason is told from those of nobody's making where aborts are counted. */
TEST(lists, ReasonsSayWhichWriterIsToBlame)
{
	std::map<vmalock_abort_by, strings> reasons;

#define BY(name, key, words, by) reasons[by].push_back(key);
	VMALOCK_ABORT_REASONS(BY)
#undef BY
	EXPECT_EQ(reasons[VMALOCK_BY_NOBODY], (strings{"unmapped", "other_mm", "saturated"}));
	EXPECT_EQ(reasons[VMALOCK_BY_OWNER], (strings{"write_locked", "readers_excluded"}));
}

} // namespace
} // namespace vmalock::test
