// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pictures of a recorded run at many sizes, as FTXUI draws them. The recording,
 * model/data/top.jsonl, is the first four snapshots of
 *
 *   vmalock stat --by mapping --writers --readers -i 1 --capture FILE -- bash -c \
 *	"contend --driver 1 & mapper --faulters 1 & sleep 0.5; ls -R; wait"
 *
 * (mapper is contend by another name) without bash, ls and the stacks of readers.
 */
#include <fstream>
#include <ftxui/component/event.hpp>
#include <ftxui/screen/screen.hpp>
#include <gtest/gtest.h>

#include "recording/capture.hh"
#include "output/top.hh"
#include "terminal/screen.hh"

namespace vmalock::test {

namespace {

/** All of the run has been fed. */
top recorded()
{
	std::ifstream file(VMALOCK_TEST_DATA "/model/data/top.jsonl");
	top result(1);

	EXPECT_TRUE(file);
	for (snapshot &snapshot : read_capture(file))
		result.feed(std::move(snapshot));
	return result;
}

std::string drawn(const top &top, int columns, int lines, bool colours)
{
	auto screen = ftxui::Screen::Create(ftxui::Dimension::Fixed(columns),
					    ftxui::Dimension::Fixed(lines));

	ftxui::Render(screen, picture(top, static_cast<std::size_t>(columns),
				      static_cast<std::size_t>(lines), colours));
	return screen.ToString();
}

constexpr top_key all_views[] = {
	top_key::quit,	// which only says so
	top_key::open, top_key::next_view, top_key::next_view, top_key::next_view,
	top_key::totals, top_key::losses, top_key::stalls, top_key::help,
};

TEST(screen, EveryViewFitsEverySize)
{
	for (auto [columns, lines] : {std::pair{80, 24}, {40, 10}, {200, 60}, {20, 5}, {1, 1}, {81, 3}}) {
		top top = recorded();

		for (top_key key : all_views) {
			top.press(key);
			auto drawn = to_lines(top, static_cast<std::size_t>(columns),
					      static_cast<std::size_t>(lines));

			EXPECT_EQ(drawn.size(), static_cast<std::size_t>(lines));
			for (const top_line &line : drawn)
				EXPECT_LE(line.text.size(), static_cast<std::size_t>(columns)) << line.text;
			test::drawn(top, columns, lines, true);
		}
	}
}

TEST(screen, ShowsWhatItsLinesSay)
{
	const top top = recorded();
	const std::string all = drawn(top, 80, 24, false);

	for (const top_line &line : to_lines(top, 80, 24))
		EXPECT_NE(all.find(line.text), std::string::npos) << line.text;
	EXPECT_NE(all.find("contend"), std::string::npos);
	EXPECT_NE(all.find("readers excl mprotect "), std::string::npos) << all;
}

TEST(screen, WiderIsMore)
{
	const top top = recorded();

	EXPECT_EQ(drawn(top, 40, 24, false).find("TOP REASON"), std::string::npos);
	EXPECT_NE(drawn(top, 40, 24, false).find("ABORT/S"), std::string::npos);
	EXPECT_NE(drawn(top, 80, 24, false).find("WAIT <"), std::string::npos);
	EXPECT_EQ(drawn(top, 80, 24, false).find("readers excluded"), std::string::npos);
	EXPECT_NE(drawn(top, 200, 24, false).find("readers excluded"), std::string::npos);
}

TEST(screen, ColoursAreNotNeeded)
{
	const top top = recorded();
	auto without_escapes = [](const std::string &text) {
		std::string result;

		for (std::size_t i = 0; i < text.size(); i++)
			if (text[i] == '\x1b')
				i = text.find('m', i);
			else
				result += text[i];
		return result;
	};
	const std::string with = drawn(top, 80, 24, true), without = drawn(top, 80, 24, false);

	EXPECT_NE(with.find("\x1b[33m"), std::string::npos);
	EXPECT_EQ(without.find("\x1b[3"), std::string::npos) << "a colour, though none is wanted";
	EXPECT_EQ(without_escapes(with), without_escapes(without));
}

TEST(screen, TheSelectedRowIsAlwaysInSight)
{
	top top = recorded();

	top.press(top_key::totals);
	top.press(top_key::open);
	ASSERT_GT(top.table().rows.size(), 10u);
	for (std::size_t i = 0; i < top.table().rows.size(); i++, top.press(top_key::down))
		EXPECT_NE(drawn(top, 80, 10, false).find("\n\x1b[7m>"), std::string::npos) << i;
}

TEST(screen, ReadsTheKeysOfManyTerminals)
{
	EXPECT_EQ(key_of("\x1b[A"), top_key::up);
	EXPECT_EQ(key_of("k"), top_key::up);
	EXPECT_EQ(key_of("\x1b[B"), top_key::down);
	EXPECT_EQ(key_of("\n"), top_key::open);
	EXPECT_EQ(key_of("\r"), top_key::open);
	EXPECT_EQ(key_of("\x1b"), top_key::back);
	EXPECT_EQ(key_of("\x7f"), top_key::erase);
	EXPECT_EQ(key_of("\b"), top_key::erase);
	EXPECT_EQ(key_of("\x1b[H"), top_key::home);
	EXPECT_EQ(key_of("\x1b[1~"), top_key::home);
	EXPECT_EQ(key_of("\x1b[4~"), top_key::end);
	EXPECT_EQ(key_of("?"), top_key::help);
	EXPECT_EQ(key_of("x"), std::nullopt);
	EXPECT_EQ(key_of("\x1b[M !!"), std::nullopt) << "a mouse";
}

} // namespace

} // namespace vmalock::test
