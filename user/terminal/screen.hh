// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock top` on a terminal: draws it and reads keys, no more.
 */
#pragma once

#include <functional>
#include <ftxui/dom/elements.hpp>
#include <optional>

#include "model/top.hh"

namespace vmalock {

/** What became of a picture while nobody pressed a key. */
enum class turn {
	same,
	changed,
	over,		///< leave the screen
};

/**
 * Take the terminal over until the user quits, and give it back as it was.
 * @param each is called some times a second, by the calling thread
 */
void show(top &top, bool colours, const std::function<turn()> &each);

/** One picture of so many columns and lines. */
ftxui::Element picture(const top &top, std::size_t columns, std::size_t lines, bool colours);

/** A key as the terminal sends it, spelled as in Event::input(). */
std::optional<top_key> key_of(const std::string &input);

} // namespace vmalock
