// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * /metrics and /healthz by HTTP. Not by prometheus::Exposer: it has no second page, and a
 * collector that throws in one of its threads ends the process, where a scrape that fails
 * here is status 503 and its reason.
 */
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exporter/scrapes.hh"

namespace vmalock {

/** Why no server can be at this ADDRESS:PORT, in a sentence; empty if one can. */
std::optional<std::string> problem_with_address(const std::string &word);

class server {
public:
	/**
	 * Serve from now on, by threads of its own.
	 * @throw std::runtime_error if it cannot listen there.
	 */
	server(const std::string &address, scrapes &scrapes);
	/** Ends all connections; nobody is to be waiting for an answer. */
	~server();

private:
	struct http;

	std::unique_ptr<http> running;
};

} // namespace vmalock
