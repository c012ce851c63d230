// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How many events per second can one core aggregate?
 *
 * An event is what the tracer hands over as one: an entry of a table (a process's
 * faults, its aborts of one caller for one reason, its fallbacks for one cause) of
 * either of two snapshots that become a report, or the record of one wait. How
 * many page faults such an entry stands for does not matter.
 *
 * And how long does the tool need from its start to the first report, besides what
 * the kernel needs to load and attach? It reads all symbols of the kernel, compares
 * two snapshots of ten thousand processes and prints the report.
 *
 * Time is that of the thread, and the best of several repetitions counts: what
 * else the machine does is no fault of the model's.
 */
#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <map>
#include <string>
#include <unistd.h>

#include "collect/kallsyms.hh"
#include "made_up.hh"
#include "model/report.hh"
#include "output/output.hh"

namespace vmalock::benchmark {
namespace {

using ::benchmark::State;

constexpr std::uint32_t seed = 20240704;
constexpr int repetitions = 5;
constexpr double least = 5e6;
/** More processes than that do not fit the caches: measured, and no more. */
constexpr std::int64_t most_processes = 1000;
/** As many as a distribution's kernel has with its modules. */
constexpr int symbols = 200000;
constexpr double longest_start = 0.3;

std::size_t entries(const snapshot &snapshot)
{
	return snapshot.faults.size() + snapshot.aborts.size() + snapshot.fallbacks.size();
}

void intervals(State &state)
{
	const auto [before, after] =
		made_up(seed).interval(static_cast<std::uint32_t>(state.range(0)));

	for (auto _ : state)
		::benchmark::DoNotOptimize(compare(before, after));
	state.SetItemsProcessed(state.iterations() *
				static_cast<std::int64_t>(entries(before) + entries(after)));
}
BENCHMARK(intervals)->Arg(100)->Arg(most_processes)->Arg(10000)->Repetitions(repetitions)->MinTime(0.1);

void waits(State &state)
{
	const std::vector<writer_wait> records =
		made_up(seed).waits(static_cast<std::size_t>(state.range(0)));
	writer_waits sum;

	for (auto _ : state)
		for (const writer_wait &record : records)
			add(sum, record);
	::benchmark::DoNotOptimize(sum);
	state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(waits)->Arg(500)->Repetitions(repetitions)->MinTime(0.1);

/** A file like /proc/kallsyms: of a hundred symbols 45 are functions, 20 are in modules. */
std::string made_up_symbols()
{
	std::string path = "/tmp/vmalock-benchmark-XXXXXX";
	const int file = mkstemp(path.data());
	std::FILE *stream = fdopen(file, "w");

	for (int i = 0; i < symbols; i++)
		std::fprintf(stream, "%016lx %c made_up_name_of_symbol_%d%s\n", 0xffffffff81000000 + 64ul * i,
			     i % 100 < 45 ? 't' : 'd', i, i % 5 ? "" : "\t[made_up_module]");
	std::fclose(stream);
	return path;
}

void start(State &state)
{
	const std::string path = made_up_symbols();
	const auto [before, after] =
		made_up(seed).interval(static_cast<std::uint32_t>(state.range(0)));

	for (auto _ : state) {
		::benchmark::DoNotOptimize(kallsyms(path));
		::benchmark::DoNotOptimize(to_text(compare(before, after)));
	}
	unlink(path.c_str());
	// One start a run, so that its rate is one over its time.
	state.SetItemsProcessed(state.iterations());
}
BENCHMARK(start)->Arg(10000)->Repetitions(repetitions)->MinTime(0.1);

/** Keeps the best of each. */
class best_runs : public ::benchmark::BenchmarkReporter {
public:
	bool ReportContext(const Context &) override { return true; }

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			if (run.run_type != Run::RT_Iteration)
				continue;
			double &best = rates[{run.run_name.function_name, std::stol(run.run_name.args)}];
			best = std::max(best, run.counters.at("items_per_second").value);
		}
	}

	/** By name and size. */
	std::map<std::pair<std::string, long>, double> rates;
};

/** Prints KTAP; false if a rate that must not be low is. */
bool judge(const best_runs &best)
{
	int test = 0;
	bool good = true;

	std::printf("KTAP version 1\n1..3\n# seed %u, best of %d, in millions a second\n", seed, repetitions);
	for (const auto &[what, rate] : best.rates) {
		const auto &[name, size] = what;

		if (name == "start") {
			good &= rate >= 1 / longest_start;
			std::printf("%s %d start, %d symbols, %ld processes: %.0f ms, at most %.0f\n",
				    rate >= 1 / longest_start ? "ok" : "not ok", ++test, symbols, size,
				    1e3 / rate, 1e3 * longest_start);
			continue;
		}
		if (name != "intervals" || size > most_processes) {
			std::printf("# %s of %ld: %.1f\n", name.c_str(), size, rate / 1e6);
			continue;
		}
		good &= rate >= least;
		std::printf("%s %d entries of %ld processes: %.1f, at least %.1f\n",
			    rate >= least ? "ok" : "not ok", ++test, size, rate / 1e6, least / 1e6);
	}
	return good && test == 3;
}

} // namespace
} // namespace vmalock::benchmark

int main(int argc, char **argv)
{
	vmalock::benchmark::best_runs best;

	benchmark::Initialize(&argc, argv);
	benchmark::RunSpecifiedBenchmarks(&best);
	return vmalock::benchmark::judge(best) ? 0 : 1;
}
