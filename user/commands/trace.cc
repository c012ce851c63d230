// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * `vmalock trace`: aborts, retries and bypasses as they happen, one per line.
 */
#include <ctime>
#include <fmt/ranges.h>
#include <utility>

#include "cli/checks.hh"
#include "cli/results_file.hh"
#include "cli/traced_run.hh"
#include "collect/kallsyms.hh"
#include "collect/this_machine.hh"
#include "commands/commands.hh"
#include "model/event_filter.hh"
#include "model/kernel_functions.hh"
#include "model/rate_limit.hh"
#include "output/events.hh"

namespace vmalock {

namespace {

/** How often missing events are reported, if there are any. */
constexpr double seconds_between_notes = 1;

/** A list of words behind one option. */
CLI::Option *add_words(CLI::App &app, const std::string &name, std::vector<std::string> &words,
		       const std::string &what, const std::string &type)
{
	return app.add_option(name, words, what)
		->type_name(type)
		->delimiter(',')
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->allow_extra_args(false);
}

/** A kernel function is known if this kernel has it; all are, if it hides its symbols. */
std::optional<std::string> problem_with_caller(const std::string &word, kallsyms &symbols)
{
	const std::vector<std::string_view> kinds = caller_kinds();

	if (std::ranges::find(kinds, word) != kinds.end() || !symbols.variant_of(word).empty() ||
	    symbols.variant_of("lock_vma_under_rcu").empty())
		return std::nullopt;
	return fmt::format("there is no caller {}: {}, or a function of this kernel", word,
			   fmt::join(kinds, ", "));
}

/** Shows those events that are wanted, and counts what it shows and what it does not. */
class viewer {
public:
	viewer(const event_filter &filter, std::uint64_t rate, event_output &output)
		: filter(filter), limit(rate), output(output)
	{
	}

	void show(std::vector<traced_event> events)
	{
		const std::uint64_t now = now_ns(CLOCK_MONOTONIC);

		std::erase_if(events, [&](const traced_event &event) {
			if (!wanted(filter, event))
				return true;
			if (!limit.pass(now)) {
				total.missing.left_out++;
				return true;
			}
			total.shown[event.kind]++;
			return false;
		});
		if (!events.empty())
			output.happened(events);
	}

	/** Report events that were lost or left out since the last report. */
	void say_missing(const loss_counts &lost)
	{
		const missing_events grew = {total.missing.left_out - said.left_out,
					     grown(said.lost, lost)};

		said = {total.missing.left_out, lost};
		if (grew.left_out || any_loss(grew.lost))
			output.missing(grew);
	}

	void end(const snapshot &last)
	{
		total.seconds = last.seconds;
		total.kernel = last.kernel;
		total.missing.lost = last.losses;
		total.not_visible = last.not_visible;
		output.end(total);
	}

private:
	const event_filter &filter;
	rate_limit limit;
	event_output &output;
	traced_total total;
	missing_events said;
};

class trace : public tracing_subcommand {
public:
	CLI::App *declare(CLI::App &app) override
	{
		CLI::App *result = app.add_subcommand(
			"trace", "Show faults that no VMA lock served, as they happen");

		result->footer("Traces every process until Ctrl-C or -d, the processes of -p until they end, or\n"
			       "COMMAND and its children until it ends. Exits with COMMAND's status.\n"
			       "See vmalock-trace(1).");
		add_targets(*result, options);
		add_words(*result, "--event", filter.kinds,
			  "Show only these events: abort, retry, bypass, or wait\n"
			  "(a writer waits for readers). Default: all but wait",
			  "KIND,...")
			->check(choice(event_kinds()));
		add_words(*result, "--reason", filter.reasons, "Show only events with these reasons",
			  "REASON,...")
			->check(choice(event_reasons()));
		add_words(*result, "--caller", filter.callers,
			  "Show only aborts of these callers: 'page fault',\n"
			  "madvise, ... or a kernel function",
			  "CALLER,...");
		result->add_option("--rate", rate, "Show at most N events a second, and count the rest")
			->type_name("N")
			->check(whole_number(1, 1'000'000, "a rate is from 1 to 1000000 events a second"));
		add_json(*result, *this);
		destination.declare(*result);
		return result;
	}

	std::FILE *results() const override { return destination.error_stream(); }

	std::optional<std::string> problem() const override
	{
		if (!reasons(VMALOCK_EVENT_ABORT) && !filter.callers.empty())
			return "--caller selects aborts, and --event or --reason excludes all aborts: drop one "
			       "of these options";
		if (!sent().aborts && !sent().fallbacks && !reasons(VMALOCK_EVENT_WAIT))
			return fmt::format("no {} has the reason {}, so nothing would be shown: change --event or "
					   "--reason", fmt::join(filter.kinds, " or "), fmt::join(filter.reasons, " or "));
		if (!filter.callers.empty()) {
			kallsyms symbols;

			for (const std::string &word : filter.callers)
				if (const auto complaint = problem_with_caller(word, symbols))
					return "--caller: " + *complaint;
		}
		return tracing_subcommand::problem();
	}

	int run() override
	{
		destination.open();
		filter.name = options.name;
		options.events = sent();
		options.readers = reasons(VMALOCK_EVENT_WAIT);
		options.interval_seconds = seconds_between_notes;
		options.forget_exited = true;

		traced_run run(options);
		auto output = json ? json_event_output(destination.stream())
				   : text_event_output(destination.stream(), now_ns(CLOCK_MONOTONIC));
		viewer screen(filter, rate, *output);
		const auto show = [&](const std::vector<traced_event> &events) { screen.show(events); };

		run.start();
		destination.keep();
		output->begin();
		const int status = run.wait([&] { screen.say_missing(run.losses()); }, show);
		run.stop(show);
		screen.end(run.take());
		return status;
	}

private:
	std::uint32_t reasons(vmalock_event_kind kind) const { return wanted_reasons(filter, kind); }

	/** The events that the programs send: others would take room in their buffer. */
	sent_events sent() const
	{
		return {reasons(VMALOCK_EVENT_ABORT),
			reasons(VMALOCK_EVENT_RETRY) | reasons(VMALOCK_EVENT_BYPASS)};
	}

	event_filter filter;
	std::uint32_t rate = 0;		///< lines a second, zero: all
	results_file destination;
};

} // namespace

std::unique_ptr<subcommand> make_trace()
{
	return std::make_unique<trace>();
}

} // namespace vmalock
