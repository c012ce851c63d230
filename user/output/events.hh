// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where events go that are traced as they happen, a line each.
 */
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "model/event.hh"

namespace vmalock {

class event_output {
public:
	virtual ~event_output() = default;

	/** The first call, as soon as tracing is on. */
	virtual void begin() = 0;
	/** Some events at once, each on a line of its own. */
	virtual void happened(const std::vector<traced_event> &events) = 0;
	/** What is missing since the last call. */
	virtual void missing(const missing_events &missing) = 0;
	/** The last call. */
	virtual void end(const traced_total &total) = 0;
};

/** For people. @param start_ns since boot, without suspend: from where times are counted */
std::unique_ptr<event_output> text_event_output(std::FILE *stream, std::uint64_t start_ns);

/** For programs: one JSON object a line. See docs/json.md. */
std::unique_ptr<event_output> json_event_output(std::FILE *stream);

/** @name The lines of text, with their ends; those of events at most 80 columns wide. */
///@{
std::string event_heading();
std::string to_text(const traced_event &event, std::uint64_t start_ns);
std::string to_text(const missing_events &missing);
std::string to_text(const traced_total &total);
///@}

/** @name The objects of JSON, without line ends. */
///@{
std::string to_json(const traced_event &event);
std::string to_json(const missing_events &missing);
std::string to_json(const traced_total &total);
///@}

} // namespace vmalock
