// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The folder in which `vmalock watch` keeps its files, and perhaps others theirs.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vmalock {

class stall_folder {
public:
	/**
	 * Make the folder, for its owner only, if there is none.
	 * @throw std::runtime_error if nothing can be written there.
	 */
	stall_folder(std::string path, std::size_t keep);

	/**
	 * Write a new file, whole or not at all. It is for its owner only and replaces none.
	 * @return its path
	 * @throw std::runtime_error saying why there is none.
	 */
	std::string add(std::string_view text) const;

	/**
	 * Delete the oldest files that we wrote, here or in another run, but for the newest.
	 * @throw std::runtime_error if one cannot be deleted.
	 */
	void delete_oldest() const;

private:
	std::string path;
	std::size_t keep;
};

} // namespace vmalock
