// SPDX-License-Identifier: GPL-2.0-only
#include "cli/snapshots.hh"

#include <stdexcept>

#include "cli/input.hh"
#include "cli/stall_looks.hh"
#include "cli/traced_run.hh"

namespace vmalock {

namespace {

/** Intervals may be shorter. A look goes by all tasks of the machine. */
constexpr double seconds_between_looks = 1;

class traced : public snapshots {
public:
	explicit traced(const run_options &options) : looks(options, seconds_between_looks), run(options) {}

	void each(const std::function<void(snapshot)> &take) override
	{
		run.start();
		take(now());
		run.wait([&] { take(now()); });
	}
	void stop() override { run.stop(); }
	void set_interval(double seconds) override { run.set_interval(seconds); }

private:
	snapshot now()
	{
		snapshot result = run.take();

		result.standing = looks.look();
		return result;
	}

	stall_looks looks;	///< before privileges are given up
	traced_run run;
};

/** As if it were under way: one snapshot per interval, until there are no more. */
class recorded : public snapshots {
public:
	recorded(std::vector<snapshot> all, double interval_seconds)
		: all(std::move(all)), interval_seconds(interval_seconds)
	{
	}

	void each(const std::function<void(snapshot)> &take) override
	{
		auto next = all.begin();

		loop.start_intervals(interval_seconds);
		take(*next++);
		take(*next++);
		for (;;)
			switch (loop.next()) {
			case event::interval:
				if (next != all.end())
					take(*next++);
				break;
			case event::stop:
				return;
			default:
				break;
			}
	}
	void stop() override { loop.stop(); }
	void set_interval(double seconds) override { loop.start_intervals(seconds); }

private:
	run_loop loop;
	std::vector<snapshot> all;
	double interval_seconds;
};

class recorded_at_once : public snapshots {
public:
	explicit recorded_at_once(std::vector<snapshot> all) : all(std::move(all)) {}

	void each(const std::function<void(snapshot)> &take) override
	{
		for (std::size_t i = 0; i < all.size() && !stopped; i++)
			take(all[i]);
	}
	void stop() override { stopped = true; }
	void set_interval(double) override {}

private:
	std::vector<snapshot> all;
	bool stopped = false;
};

} // namespace

std::unique_ptr<snapshots> trace_snapshots(const run_options &options)
{
	return std::make_unique<traced>(options);
}

std::unique_ptr<snapshots> recorded_snapshots(const std::string &path, double interval_seconds,
					      bool waits)
{
	std::vector<snapshot> all = read_input(path);

	if (counts_whole_machine(all.front().by))
		throw std::runtime_error(path + ": this run did not count processes separately, so top cannot show it");
	if (waits)
		return std::make_unique<recorded>(std::move(all), interval_seconds);
	return std::make_unique<recorded_at_once>(std::move(all));
}

} // namespace vmalock
