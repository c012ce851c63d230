// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * How many events can one core aggregate in a second?
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
 * This is for people: a busy machine changes the seconds. What the suite
 * host/benchmark guards are the instructions, which instructions.cc spends.
 */
#include <benchmark/benchmark.h>

#include "cases.hh"

namespace vmalock::benchmark {
namespace {

using ::benchmark::State;

void intervals(State &state)
{
	const auto [before, after] =
		made_up(seed).interval(static_cast<std::uint32_t>(state.range(0)));

	for (auto _ : state)
		::benchmark::DoNotOptimize(compare(before, after));
	state.SetItemsProcessed(state.iterations() *
				static_cast<std::int64_t>(entries(before) + entries(after)));
}
BENCHMARK(intervals)->Arg(100)->Arg(1000)->Arg(10000);

void waits(State &state)
{
	const std::vector<writer_wait> records =
		made_up(seed).waits(static_cast<std::size_t>(state.range(0)));
	writer_waits sum;

	for (auto _ : state)
		add_all(sum, records);
	::benchmark::DoNotOptimize(sum);
	state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(waits)->Arg(500);

void start(State &state)
{
	const std::string path = made_up_symbols();
	const auto [before, after] =
		made_up(seed).interval(static_cast<std::uint32_t>(state.range(0)));

	for (auto _ : state) {
		kallsyms symbols(path);

		kernel_symbol symbol = symbols.find(1);
		::benchmark::DoNotOptimize(symbol);
		::benchmark::DoNotOptimize(to_text(compare(before, after)));
	}
	unlink(path.c_str());
}
BENCHMARK(start)->Arg(10000);

} // namespace
} // namespace vmalock::benchmark

BENCHMARK_MAIN();
