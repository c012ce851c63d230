// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * vmalock, from the command line to the exit status.
 */
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

#include "cli/command.hh"
#include "cli/events.hh"
#include "cli/options.hh"
#include "collect/machine.hh"
#include "collect/tracer.hh"
#include "model/only.hh"
#include "model/report.hh"
#include "output/capture.hh"
#include "output/decoded.hh"
#include "output/findings.hh"
#include "output/output.hh"
#include "output/stream.hh"

namespace vmalock {

namespace {

using file = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

file open_for_writing(const std::string &path)
{
	file result(std::fopen(path.c_str(), "we"), std::fclose);

	if (!result)
		throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
	return result;
}

/** Raw snapshots to a file, or nowhere. */
class capture_file {
public:
	explicit capture_file(const std::string &path) : path(path)
	{
		if (!path.empty())
			stream = open_for_writing(path);
	}

	void add(const snapshot &snapshot)
	{
		if (stream && !put(stream.get(), to_capture(snapshot) + "\n"))
			throw std::runtime_error(fmt::format("cannot write {}: is the disk full?", path));
	}

private:
	std::string path;
	file stream{nullptr, std::fclose};
};

trace_target target_of(const options &options, const std::optional<command> &command)
{
	trace_target result;

	result.writers = options.writers;
	result.readers = options.readers;
	result.fault_times = options.times;
	if (counts_whole_machine(options.by) || options.all)
		return result;
	result.ids = options.tids.empty() ? options.pids : options.tids;
	result.ids_are_threads = !options.tids.empty();
	result.cgroup = options.cgroup;
	if (command) {
		result.ids = {static_cast<std::uint32_t>(command->pid())};
		result.follow_children = true;
	}
	return result;
}

/** What there is to show of what happened between. */
report shown(const options &options, const snapshot &before, const snapshot &after)
{
	if (options.name.empty())
		return compare(before, after);
	const std::set<process_id> processes = processes_named(after, options.name);

	return compare(only(before, processes), only(after, processes));
}

/** Wait, showing intervals, until the run is over or the user has had enough. */
int wait_for_end(events &events, std::optional<command> &command, tracer &tracer,
		 capture_file &capture, output &output, const options &options,
		 const snapshot &first)
{
	snapshot last = first;

	for (;;) {
		switch (events.next()) {
		case event::interval: {
			snapshot now = tracer.take();

			capture.add(now);
			output.interval(shown(options, last, now));
			last = std::move(now);
			break;
		}
		case event::child:
			if (command)
				if (auto status = command->poll())
					return *status;
			break;
		case event::records:
			tracer.fetch();
			break;
		case event::processes:
		case event::elapsed:
			return 0;
		case event::stop:
			// A command is told, and its end is the run's.
			if (!command)
				return 0;
			if (events.to_pass_on())
				command->signal(events.to_pass_on());
			break;
		}
	}
}

void decode(const decode_options &given, bool json)
{
	decoded decoded = {decode_vm_refcnt(given.refcnt), {}, given.if_hexadecimal};

	if (given.vm_lock_seq) {
		decoded.numbers = {*given.vm_lock_seq, *given.mm_lock_seq};
		decoded.refcnt = decode_vm_refcnt(given.refcnt, *decoded.numbers);
	}
	put_or_throw(stdout, json ? to_json(decoded) + "\n" : to_text(decoded));
}

int doctor(bool json)
{
	const machine_facts facts = examine_machine();
	const std::vector<finding> findings = diagnose(facts);

	put_or_throw(stdout, json ? to_json(facts.kernel, findings) + "\n"
				  : to_text(facts.kernel, findings));
	return overall(findings) == health::bad;
}

int run(const options &options, output &output)
{
	events events;
	std::optional<command> command;
	if (!options.command.empty())
		command.emplace(options.command);

	capture_file capture(options.capture_file);
	tracer tracer(target_of(options, command), {options.by, options.exact});
	snapshot first = tracer.take();
	capture.add(first);

	if (command)
		command->start();
	events.watch(options.pids, false);
	events.watch(options.tids, true);
	events.watch_records(tracer.to_fetch());
	events.start_intervals(options.interval_seconds);
	events.start_duration(options.duration_seconds);
	int status = wait_for_end(events, command, tracer, capture, output, options, first);

	snapshot last = tracer.take();
	capture.add(last);
	output.total(shown(options, first, last));
	return status;
}

} // namespace

} // namespace vmalock

int main(int argc, char **argv)
{
	vmalock::options options;
	auto instead = vmalock::parse(argc, argv, options);
	auto output_to = options.json ? vmalock::json_output : vmalock::text_output;
	vmalock::file file(nullptr, std::fclose);
	auto output = output_to(stdout);

	if (instead) {
		if (instead->status)
			output->error(instead->text);
		else
			fmt::print("{}\n", instead->text);
		return instead->status;
	}
	try {
		if (options.doctor)
			return vmalock::doctor(options.json);
		if (options.decode) {
			vmalock::decode(*options.decode, options.json);
			return 0;
		}
		if (!options.output_file.empty()) {
			file = vmalock::open_for_writing(options.output_file);
			output = output_to(file.get());
		}
		return vmalock::run(options, *output);
	} catch (const vmalock::command_error &error) {
		output->error(error.sentence);
		return error.status;
	} catch (const std::exception &error) {
		output->error(error.what());
		return 1;
	}
}
