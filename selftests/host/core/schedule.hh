// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which task runs next. Everything in the simulator that could go either way asks a
 * schedule, so one schedule is one exact run that can be repeated.
 */
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace simulator {

class schedule {
public:
	virtual ~schedule() = default;
	/** One of @p alternatives, counted from 0. By habit 0 means "go on". */
	virtual unsigned pick(unsigned alternatives) = 0;
};

/** All schedules there are, depth first: run, then next(), until it is false. */
class every_schedule : public schedule {
public:
	unsigned pick(unsigned alternatives) override
	{
		if (depth_ == path_.size())
			path_.push_back({ 0, alternatives });
		return path_[depth_++].taken;
	}

	bool next()
	{
		while (!path_.empty() && ++path_.back().taken == path_.back().of)
			path_.pop_back();
		depth_ = 0;
		return !path_.empty();
	}

private:
	struct choice {
		unsigned taken, of;
	};
	std::vector<choice> path_;
	std::size_t depth_ = 0;
};

/** The schedule that belongs to a seed. */
class seeded_schedule : public schedule {
public:
	explicit seeded_schedule(std::uint64_t seed) : random_(seed) {}
	unsigned pick(unsigned alternatives) override { return random_() % alternatives; }

private:
	std::mt19937_64 random_;
};

/** VMALOCK_SEED if it is set, else a new one; the tests print it. */
inline std::uint64_t base_seed()
{
	static const std::uint64_t seed = [] {
		const char *given = std::getenv("VMALOCK_SEED");
		return given ? std::strtoull(given, nullptr, 0) : std::random_device()();
	}();
	return seed;
}

} // namespace simulator
