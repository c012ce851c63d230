// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Where results go: to the FILE of -o, or to standard output.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/result_file.hh"

namespace vmalock {

class results_file {
public:
	/** -o. @param what its help: why to use it */
	void declare(CLI::App &app, const std::string &what = "Print to FILE, apart from what COMMAND prints")
	{
		app.add_option("-o,--output", path, what)->type_name("FILE");
	}

	/**
	 * To be called first, so that no work is done without a place for its results.
	 * @param inputs as of result_file
	 * @throw std::runtime_error
	 */
	void open(const std::vector<std::string> &inputs = {})
	{
		if (!path.empty())
			file.emplace(path, inputs);
	}

	/** Does this path, if it is one, name it too? */
	bool is(const std::string &other) const
	{
		return !other.empty() && !path.empty() &&
		       std::filesystem::absolute(other).lexically_normal() ==
			       std::filesystem::absolute(path).lexically_normal();
	}

	/** Standard output until it is opened. */
	std::FILE *stream() const { return file ? file->stream() : stdout; }

	/** Where an error goes: into the file only if that stays. */
	std::FILE *error_stream() const { return file && file->is_kept() ? file->stream() : stdout; }

	/** What was printed is whole, or will be read while it grows. @throw std::runtime_error */
	void keep()
	{
		if (file)
			file->keep();
	}

private:
	std::string path;		///< empty: standard output
	std::optional<result_file> file;
};

} // namespace vmalock
