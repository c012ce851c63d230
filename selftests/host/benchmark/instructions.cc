// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * instructions CASE COUNT - do once what main.cc measures, for callgrind to count
 * the instructions of measured() and what it calls. Prints how many entries it had.
 */
#include <cstdlib>
#include <string_view>

#include "cases.hh"

namespace vmalock::benchmark {

/** Callgrind collects while this runs: it must exist as a function of its own. */
template <class Work>
[[gnu::noinline]] void measured(Work work)
{
	work();
	asm volatile("" ::: "memory");
}

namespace {

std::size_t intervals(std::uint32_t processes)
{
	const auto [before, after] = made_up(seed).interval(processes);
	report result;

	measured([&] { result = compare(before, after); });
	return result.rows.empty() ? 0 : entries(before) + entries(after);
}

std::size_t waits(std::size_t count)
{
	const std::vector<writer_wait> records = made_up(seed).waits(count);
	writer_waits sum;

	measured([&] { add_all(sum, records); });
	return records.size();
}

std::size_t start(std::uint32_t processes)
{
	const std::string path = made_up_symbols();
	const auto [before, after] = made_up(seed).interval(processes);
	std::string text;

	measured([&] {
		kallsyms symbols(path);
		text = symbols.find(1).name;
		text += to_text(compare(before, after));
	});
	unlink(path.c_str());
	return text.empty() ? 0 : 1;
}

} // namespace
} // namespace vmalock::benchmark

int main(int argc, char **argv)
{
	using namespace vmalock::benchmark;
	const std::string_view what = argc == 3 ? argv[1] : "";
	const unsigned count = argc == 3 ? static_cast<unsigned>(std::atoi(argv[2])) : 0;
	const std::size_t entries = what == "intervals" ? intervals(count) :
				    what == "waits"	? waits(count) :
				    what == "start"	? start(count) :
							  0;

	if (!entries) {
		std::fprintf(stderr, "usage: instructions intervals|waits|start COUNT\n");
		return 1;
	}
	std::printf("%zu\n", entries);
	return 0;
}
