// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A file of results. What has its name is replaced in one step, and only by what is whole.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/file_keeper.hh"
#include "output/stream.hh"

namespace vmalock {

class result_file {
public:
	/**
	 * Make it, readable by this user alone, because it holds names of others. Pipes, devices
	 * and what is open already are written to as they are. To be called before work is done,
	 * privileges are given up, or a thread is started.
	 * @param inputs files that it must not replace
	 * @throw std::runtime_error why it cannot be written; nothing has changed then
	 */
	explicit result_file(const std::string &path, const std::vector<std::string> &inputs = {},
			     former_file former = former_file::is_replaced);

	std::FILE *stream() const { return opened.get(); }

	/** Write through to the file. @throw std::runtime_error if that fails. */
	void put(std::string_view text);

	/** Does it have its name, or never needs one? */
	bool is_kept() const { return !keeper; }

	/**
	 * Bring what was written to the disk, and give it its name, if it has not got it.
	 * Without this nothing is left of it.
	 * @throw std::runtime_error if that fails; then the name has what it had.
	 */
	void keep();

private:
	std::string path;
	std::optional<file_keeper> keeper;
	file opened{nullptr, std::fclose};
};

} // namespace vmalock
