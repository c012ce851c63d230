// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock top` in lines of text, for a terminal or a pipe.
 */
#pragma once

#include <string>
#include <vector>

#include "model/top.hh"

namespace vmalock {

/** The role of a line, which a terminal can show by colour. */
enum class top_role { title, heading, row, quiet, selected, warning, keys };

struct top_line {
	top_role role;
	std::string text;	///< ASCII, no wider than asked for
};

/** The whole screen, exactly @p lines lines. */
std::vector<top_line> to_lines(const top &top, std::size_t columns, std::size_t lines);

/** One interval with all rows, for a pipe. */
std::string to_text(const top &top, std::size_t columns, std::size_t rows);

} // namespace vmalock
