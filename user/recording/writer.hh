// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writing a recording: a frame is one write, so that whatever ends the tool
 * leaves whole frames behind.
 */
#pragma once

#include <cstdint>
#include <string>

#include "recording/frame.hh"
#include "recording/run.hh"

namespace vmalock {

class recording_writer {
public:
	/**
	 * Begin a file. A recording that is there is renamed to PATH.old.
	 * @throw std::runtime_error if it cannot be written, or if something else is there.
	 */
	explicit recording_writer(const std::string &path);
	~recording_writer();
	recording_writer(const recording_writer &) = delete;

	/** @name Each throws std::runtime_error if it cannot be written; what was before stays whole. */
	///@{

	/** Runs are numbered from 0 in the order in which they are added, all before a snapshot. */
	void add(const recorded_run &run);
	void add(const recorded_snapshot &snapshot);
	/** A run ended by itself. */
	void end(std::size_t run);
	///@}

	/** Bytes written. */
	std::uint64_t size() const { return written; }

private:
	void put(const std::string &bytes);

	std::string path;
	int file = -1;
	std::uint64_t written = 0;
};

/** @throw std::runtime_error if there is a file at @p path that recording_writer would not replace. */
void check_replaceable(const std::string &path);

} // namespace vmalock
