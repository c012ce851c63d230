// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Writing a recording: a frame is one write, so that whatever ends the tool
 * leaves whole frames behind.
 */
#pragma once

#include <cstdint>
#include <string>
#include <unistd.h>

#include "recording/frame.hh"
#include "recording/run.hh"

namespace vmalock {

class recording_writer {
public:
	/**
	 * Begin a recording at the end of a file, or in a pipe or a device.
	 * @param file is open, and stays so
	 * @param name for errors
	 * @throw std::runtime_error if it cannot be written.
	 */
	recording_writer(int file, std::string name);

	/** @name Each throws std::runtime_error if it cannot be written; what was before stays whole. */
	///@{

	/** Runs are numbered from 0 in the order in which they are added, all before a snapshot. */
	void add(const recorded_run &run);
	void add(const recorded_snapshot &snapshot);
	/** A run ended by itself. */
	void end(std::size_t run);
	///@}

	/** Bring it to the disk, if it is a file on one. */
	void sync() { fdatasync(file); }

	/** Bytes written. */
	std::uint64_t size() const { return written; }

private:
	void put(const std::string &bytes);

	std::string name;
	int file;
	std::uint64_t before = 0;	///< bytes that were in it
	std::uint64_t written = 0;
};

/** @throw std::runtime_error if there is a file at @p path that is not empty and no recording. */
void check_replaceable(const std::string &path);

} // namespace vmalock
