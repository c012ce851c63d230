// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names for user stacks, without waiting for them.
 */
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "collect/pid_namespace.hh"
#include "model/process_id.hh"
#include "model/user_frame.hh"

namespace vmalock {

/**
 * A thread that names stacks while their processes live, out of what namer reads. It may
 * be kept waiting by a process that it looks at, for as long as that one likes; nobody
 * waits for it then, nor for its end.
 */
class symbolizer {
public:
	/** Forks, for a namer: before there are threads. */
	explicit symbolizer(numbers_in_proc numbers);
	~symbolizer();
	symbolizer(const symbolizer &) = delete;
	symbolizer &operator=(const symbolizer &) = delete;

	/** Its frames if they are known by now. They are asked for by the first call. */
	std::optional<user_frames> frames(process_id process, const std::vector<std::uint64_t> &stack);

	/** Until all that was asked for is known, or for so long. */
	void wait(std::chrono::milliseconds longest);

private:
	struct shared;

	std::shared_ptr<shared> state;		///< the thread may outlive us
};

} // namespace vmalock
