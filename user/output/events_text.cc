// SPDX-License-Identifier: GPL-2.0-only
#include "model/kernel_functions.hh"
#include "model/words.hh"
#include "output/events.hh"
#include "output/losses.hh"
#include "output/stream.hh"
#include "output/table.hh"

namespace vmalock {

namespace {

constexpr std::size_t columns = 80;
constexpr auto row = "{:>10} {:<13} {:>3} {:<6} {:<16} {:>12} ";

/** The name is cut so that the id is always whole. */
std::string thread(const traced_event &event)
{
	const std::string id = fmt::format("/{}", event.tid);

	return printable(event.thread_name, 13 - std::min<std::size_t>(id.size(), 12)) + id;
}

std::string reason(const traced_event &event)
{
	if (!event.wait)
		return std::string(event.reason);
	return fmt::format("{} {}", event.reason, duration(event.wait->waited_ns));
}

/** Of a wait only the start of the mapping is known. */
std::string address(const traced_event &event)
{
	return fmt::format("{:x}", event.address.value_or(event.vm_start));
}

std::string mapping_of(const traced_event &event)
{
	if (!event.file.empty())
		return event.file;
	return event.mapping ? std::string(word_for(*event.mapping)) : "";
}

/** Nearly all callers are page faults; the others are named. */
std::string caller(const traced_event &event)
{
	return event.caller.empty() || event.caller == page_fault ? "" : event.caller + " ";
}

class text : public event_output {
public:
	text(std::FILE *stream, std::uint64_t start_ns) : stream(stream), start_ns(start_ns) {}

	void begin() override { put_or_throw(stream, event_heading()); }

	void happened(const std::vector<traced_event> &events) override
	{
		std::string lines;

		for (const traced_event &event : events)
			lines += to_text(event, start_ns);
		put_or_throw(stream, lines);
	}

	void missing(const missing_events &missing) override { put_or_throw(stream, to_text(missing)); }
	void end(const traced_total &total) override { put_or_throw(stream, to_text(total)); }

private:
	std::FILE *stream;
	std::uint64_t start_ns;
};

} // namespace

std::string event_heading()
{
	return fmt::format(row, "TIME", "THREAD", "CPU", "EVENT", "REASON", "ADDRESS") +
	       "MAPPING\n";
}

std::string to_text(const traced_event &event, std::uint64_t start_ns)
{
	// Events of the last moment before the start are a little below zero.
	const double seconds = static_cast<double>(static_cast<std::int64_t>(event.time_ns - start_ns)) / 1e9;
	std::string line = fmt::format(row, fmt::format("{:.6f}", seconds), thread(event),
				       event.cpu ? std::to_string(*event.cpu) : "",
				       key_for(event.kind), reason(event), address(event));
	const std::size_t left = columns - std::min(line.size(), columns - 1);

	line += printable(caller(event) + mapping_of(event), left);
	return line + "\n";
}

std::string to_text(const missing_events &missing)
{
	buffer out;

	if (missing.left_out)
		line(out, "-- {} events left out by --rate", grouped(missing.left_out));
	for (const std::string &words : in_words(missing.lost))
		line(out, "-- lost: {}", words);
	return fmt::to_string(out);
}

std::string to_text(const traced_total &total)
{
	std::uint64_t shown = 0;
	std::string kinds;
	buffer out;

	for (std::size_t kind = 0; kind < total.shown.size(); kind++) {
		shown += total.shown[kind];
		if (total.shown[kind])
			kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ",
					     grouped(total.shown[kind]),
					     key_for(static_cast<vmalock_event_kind>(kind)));
	}
	line(out, "");
	line(out, "== {} events in {:.1f} s, Linux {}", grouped(shown), total.seconds,
	     printable(total.kernel, 32));
	if (shown)
		line(out, "Shown: {}.", kinds);
	if (total.missing.left_out)
		line(out, "Left out by --rate: {} events.", grouped(total.missing.left_out));
	add_losses(out, total.missing.lost);
	add_not_visible(out, total.not_visible);
	return fmt::to_string(out);
}

std::unique_ptr<event_output> text_event_output(std::FILE *stream, std::uint64_t start_ns)
{
	return std::make_unique<text>(stream, start_ns);
}

} // namespace vmalock
