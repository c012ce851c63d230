// SPDX-License-Identifier: GPL-2.0-only
#include "terminal/screen.hh"

#include <csignal>
#include <ftxui/component/component.hpp>
#include <ftxui/component/event.hpp>
#include <ftxui/component/loop.hpp>
#include <ftxui/component/screen_interactive.hpp>
#include <ftxui/screen/terminal.hpp>
#include <map>
#include <string_view>
#include <termios.h>
#include <unistd.h>

#include "output/top.hh"

namespace vmalock {

namespace {

using ftxui::Event;

ftxui::Element drawn(const top_line &line, bool colours)
{
	ftxui::Element result = ftxui::text(line.text);

	switch (line.role) {
	case top_role::heading: return result | ftxui::bold;
	case top_role::selected: return result | ftxui::inverted;
	case top_role::quiet: return result | ftxui::dim;
	case top_role::warning:
		return colours ? result | ftxui::color(ftxui::Color::Yellow) : result | ftxui::bold;
	case top_role::keys: return colours ? result | ftxui::color(ftxui::Color::Cyan) : result;
	case top_role::title:
	case top_role::row: break;
	}
	return result;
}

/** The terminal as it was found, for a handler of signals. */
termios settings;

/** Gives the terminal back before its process dies. Only what a handler may call. */
void crash(int number)
{
	constexpr std::string_view leave = "\x1b[?1049l\x1b[?25h\x1b[?7h";

	// In the background the terminal is not ours to set: that would stop us.
	std::signal(SIGTTOU, SIG_IGN);
	(void)!write(STDOUT_FILENO, leave.data(), leave.size());
	tcsetattr(STDIN_FILENO, TCSANOW, &settings);
	// A handler that returns goes on at the instruction that was at fault.
	std::signal(number, SIG_DFL);
	std::raise(number);
}

/** FTXUI's own handlers of these return: a thread at fault would be so for ever. */
void die_of_crashes()
{
	for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
		std::signal(number, crash);
}

/** @return true: nobody else is asked what the event means */
bool obey(top &top, const Event &event)
{
	const std::string input = event.input();
	const auto key = key_of(input);

	if (top.asks_filter() && input.size() == 1 && input[0] >= ' ' && input[0] <= '~')
		top.type(input[0]);
	else if (key)
		top.press(*key);
	else if (top.help() && event.is_character())
		top.press(top_key::help);
	return true;
}

} // namespace

std::optional<top_key> key_of(const std::string &input)
{
	static const std::map<std::string, top_key> keys = {
		{Event::ArrowUp.input(), top_key::up}, {"k", top_key::up},
		{Event::ArrowDown.input(), top_key::down}, {"j", top_key::down},
		{Event::PageUp.input(), top_key::page_up},
		{Event::PageDown.input(), top_key::page_down},
		{Event::Home.input(), top_key::home}, {Event::End.input(), top_key::end},
		{"\x1b[1~", top_key::home}, {"\x1b[4~", top_key::end},	// screen, linux
		{Event::Return.input(), top_key::open}, {"\r", top_key::open},
		{Event::Escape.input(), top_key::back},
		{Event::Backspace.input(), top_key::erase}, {"\b", top_key::erase},
		{Event::ArrowRight.input(), top_key::next_view}, {Event::Tab.input(), top_key::next_view},
		{Event::ArrowLeft.input(), top_key::previous_view},
		{Event::TabReverse.input(), top_key::previous_view},
		{"s", top_key::next_column}, {">", top_key::next_column},
		{"<", top_key::previous_column}, {"r", top_key::reverse},
		{"/", top_key::filter}, {"p", top_key::pause}, {" ", top_key::pause},
		{"+", top_key::slower}, {"-", top_key::faster}, {"t", top_key::totals},
		{"l", top_key::losses}, {"w", top_key::stalls}, {"?", top_key::help}, {"h", top_key::help},
		{"q", top_key::quit},
	};
	auto found = keys.find(input);

	return found == keys.end() ? std::nullopt : std::optional(found->second);
}

ftxui::Element picture(const top &top, std::size_t columns, std::size_t lines, bool colours)
{
	ftxui::Elements elements;

	for (const top_line &line : to_lines(top, columns, lines))
		elements.push_back(drawn(line, colours));
	return ftxui::vbox(std::move(elements));
}

void show(top &top, bool colours, const std::function<turn()> &each)
{
	ftxui::ScreenInteractive screen = ftxui::ScreenInteractive::Fullscreen();
	auto component = ftxui::Renderer([&] {
		const ftxui::Dimensions size = ftxui::Terminal::Size();

		return picture(top, static_cast<std::size_t>(size.dimx),
			       static_cast<std::size_t>(size.dimy), colours);
	}) | ftxui::CatchEvent([&](const Event &event) { return obey(top, event); });

	screen.TrackMouse(false);
	tcgetattr(STDIN_FILENO, &settings);
	ftxui::Loop loop(&screen, component);
	while (!loop.HasQuitted()) {
		// Each time: FTXUI takes them anew when it is continued after Ctrl-Z.
		die_of_crashes();
		const turn turned = each();

		if (turned == turn::changed)
			screen.PostEvent(Event::Custom);
		if (turned == turn::over || top.quit())
			screen.Exit();
		// FTXUI's clock ends it after some milliseconds, if nothing else does.
		loop.RunOnceBlocking();
	}
}

} // namespace vmalock
