// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Reading a recording, a snapshot at a time and as far as it is whole.
 */
#pragma once

#include <istream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "recording/frame.hh"
#include "recording/run.hh"

namespace vmalock {

class recording_reader {
public:
	/**
	 * Read up to the first snapshot.
	 * @param name what to call it in sentences
	 * @throw std::runtime_error if it is no recording that this version can read.
	 */
	recording_reader(std::unique_ptr<std::istream> stream, std::string name);

	const std::string &name() const { return called; }

	/** Whether they ended is known when all snapshots were read. */
	const std::vector<recorded_run> &runs() const { return found; }

	/** The next snapshot; nothing at the end of the file, or of what is whole of it. */
	std::optional<recorded_snapshot> next();

	/** What is missing or was left out, a sentence each; complete when next() has nothing more. */
	std::vector<std::string> remarks() const;

private:
	void read_ahead();
	void take(const frame &frame);
	recorded_run &run(std::size_t number);

	std::unique_ptr<std::istream> stream;
	std::string called;
	std::vector<recorded_run> found;
	std::optional<recorded_snapshot> ahead;	///< read, and not given out
	std::uint64_t at = 0;		///< where the next frame begins
	std::uint64_t snapshots = 0;
	std::uint64_t unknown = 0;	///< frames of a type that has no name here
	std::set<std::string> unknown_values;	///< of enumerations, in snapshots
	std::string damage;		///< a sentence; empty: none
};

/** @throw std::runtime_error naming the file if it is no recording that this version can read. */
std::unique_ptr<recording_reader> open_recording(const std::string &path);

} // namespace vmalock
