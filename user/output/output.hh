// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where the results of a run go. The tool uses this interface and does not know
 * whether a person, a program or a test reads them.
 */
#pragma once

#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/report.hh"
#include "output/table.hh"

namespace vmalock {

class output {
public:
	virtual ~output() = default;

	/** What happened in one interval of a run with --interval. */
	virtual void interval(const report &report) = 0;
	/** What happened in the whole run. The last call. */
	virtual void total(const report &report) = 0;
};

/** For people: tables at most 80 columns wide. @param rows most of each table; zero: all */
std::unique_ptr<output> text_output(std::FILE *stream, std::size_t rows = default_rows);

/** For programs: one JSON object a line. See docs/json.md. */
std::unique_ptr<output> json_output(std::FILE *stream);

/** The text of a report as text_output() prints it. */
std::string to_text(const report &report, std::size_t rows = default_rows);

/** The object of a report as json_output() prints it, without the line end. */
std::string to_json(const report &report, bool is_total);

/** The same, to be added to, and then made a line by to_line(). */
nlohmann::ordered_json to_object(const report &report, bool is_total);

} // namespace vmalock
