// SPDX-License-Identifier: GPL-2.0-only
/** @file Several recordings as one. */
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recording/reader.hh"

namespace vmalock {

class recordings {
public:
	/**
	 * @throw std::runtime_error naming the file if one cannot be read, or the
	 * files if two hold the same run.
	 */
	explicit recordings(std::vector<std::unique_ptr<recording_reader>> files);

	/** Of all files, in their order. Whether they ended is known when all was read. */
	std::vector<recorded_run> runs() const;

	/** The next snapshot of any, by wall-clock time; its run is one of runs(). */
	std::optional<recorded_snapshot> next();

	/** What is missing of any file. */
	std::vector<std::string> remarks() const;

private:
	struct source {
		std::unique_ptr<recording_reader> file;
		std::size_t first_run;	///< of the file, in runs()
		std::optional<recorded_snapshot> ahead;

		/** Of the snapshot ahead, which is there. */
		double time() const;
	};

	std::vector<source> sources;
};

/** @throw std::runtime_error, as recordings() does. */
recordings open_recordings(const std::vector<std::string> &paths);

} // namespace vmalock
