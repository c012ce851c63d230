// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "model/words.hh"
#include "output/events.hh"
#include "output/json_values.hh"
#include "output/losses.hh"
#include "output/stream.hh"

namespace vmalock {

using nlohmann::ordered_json;

namespace {

constexpr int schema = 1;

ordered_json mapping_of(const traced_event &event)
{
	ordered_json result = {{"kind", nullptr}, {"start", nullptr}, {"end", nullptr},
			       {"file", text_or_null(event.file)}};

	if (event.mapping)
		result["kind"] = key_for(*event.mapping);
	if (event.vm_end) {
		result["start"] = hexadecimal(event.vm_start);
		result["end"] = hexadecimal(event.vm_end);
	}
	return result;
}

ordered_json wait_of(const std::optional<traced_wait> &wait)
{
	if (!wait)
		return nullptr;
	return {{"ns", wait->waited_ns}, {"system_call", text_or_null(wait->system_call)},
		{"readers", wait->readers}, {"interrupted", wait->interrupted}};
}

class json : public event_output {
public:
	explicit json(std::FILE *stream) : stream(stream) {}

	void begin() override
	{
		put_or_throw(stream, to_line({{"schema", schema}, {"event", "begin"}}) + "\n");
	}

	void happened(const std::vector<traced_event> &events) override
	{
		std::string lines;

		for (const traced_event &event : events)
			lines += to_json(event) + "\n";
		put_or_throw(stream, lines);
	}

	void missing(const missing_events &missing) override
	{
		put_or_throw(stream, to_json(missing) + "\n");
	}
	void end(const traced_total &total) override { put_or_throw(stream, to_json(total) + "\n"); }

private:
	std::FILE *stream;
};

} // namespace

std::string to_json(const traced_event &event)
{
	return to_line({{"schema", schema},
			{"event", key_for(event.kind)},
			{"time_ns", event.time_ns},
			{"pid", event.process.pid},
			{"start_ns", event.process.start_ns},
			{"name", event.name},
			{"tid", event.tid},
			{"thread_name", event.thread_name},
			{"cpu", event.cpu ? ordered_json(*event.cpu) : ordered_json()},
			{"reason", event.reason},
			{"caller", text_or_null(event.caller)},
			{"function", text_or_null(event.function)},
			{"address", event.address ? hexadecimal(*event.address) : ordered_json()},
			{"mapping", mapping_of(event)},
			{"wait", wait_of(event.wait)}});
}

std::string to_json(const missing_events &missing)
{
	return to_line({{"schema", schema},
			{"event", "missing"},
			{"left_out", missing.left_out},
			{"lost", to_json(missing.lost)}});
}

std::string to_json(const traced_total &total)
{
	ordered_json shown = ordered_json::object();

	for (std::size_t kind = 0; kind < total.shown.size(); kind++)
		shown[std::string(key_for(static_cast<vmalock_event_kind>(kind)))] = total.shown[kind];
	return to_line({{"schema", schema},
			{"event", "end"},
			{"seconds", total.seconds},
			{"kernel", total.kernel},
			{"shown", shown},
			{"left_out", total.missing.left_out},
			{"lost", to_json(total.missing.lost)},
			{"not_visible", total.not_visible}});
}

std::unique_ptr<event_output> json_event_output(std::FILE *stream)
{
	return std::make_unique<json>(stream);
}

} // namespace vmalock
