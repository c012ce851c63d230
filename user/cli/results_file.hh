// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where results go: to the FILE of -o, or to standard output.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "output/stream.hh"

namespace vmalock {

class results_file {
public:
	/** -o. @param what its help: why to use it */
	void declare(CLI::App &app, const std::string &what = "Print to FILE, apart from what COMMAND prints")
	{
		app.add_option("-o,--output", path, what)->type_name("FILE");
	}

	/** To be called first, so that no work is done without a place for its results. @throw std::runtime_error */
	void open()
	{
		if (!path.empty())
			opened = open_for_writing(path);
	}

	/** Standard output until it is opened. */
	std::FILE *stream() const { return opened ? opened.get() : stdout; }

private:
	std::string path;		///< empty: standard output
	file opened{nullptr, std::fclose};
};

} // namespace vmalock
