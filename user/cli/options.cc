// SPDX-License-Identifier: GPL-2.0-only
#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fstream>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "cli/number.hh"
#include "model/words.hh"
#include "uapi/version.h"

namespace vmalock {

namespace {

constexpr const char *version = "vmalock " VMALOCK_VERSION;

/** A check without a description, which would only repeat the help's words. */
CLI::Validator check(std::string (*complaint)(const std::string &))
{
	return CLI::Validator([complaint](std::string &word) { return complaint(word); }, "");
}

/** /proc has an entry for a thread too, though it does not list it. */
std::string no_such_process(const std::string &pid)
{
	std::ifstream status("/proc/" + pid + "/status");

	if (pid.find_first_not_of("0123456789") != std::string::npos)
		return pid + " is no process id";
	for (std::string line; std::getline(status, line);)
		if (line.starts_with("Tgid:"))
			return line == "Tgid:\t" + pid
				       ? ""
				       : pid + " is a thread: give its process, " + line.substr(6);
	return "there is no process " + pid;
}

std::string no_such_thread(const std::string &tid)
{
	if (tid.empty() || tid.find_first_not_of("0123456789") != std::string::npos)
		return tid + " is no thread id";
	return std::ifstream("/proc/" + tid + "/status") ? "" : "there is no thread " + tid;
}

/** Leaves the folder's whole path in @p path. */
std::string no_such_cgroup(std::string &path)
{
	struct statfs system;

	if (!path.starts_with('/'))
		path = "/sys/fs/cgroup/" + path;
	if (statfs(path.c_str(), &system))
		return "there is no cgroup " + path;
	return system.f_type == CGROUP2_SUPER_MAGIC ? "" : path + " is no cgroup of version 2";
}

std::string no_seconds(const std::string &seconds)
{
	double value;

	if (CLI::detail::lexical_cast(seconds, value) && value >= 0.01 && value <= 86400)
		return "";
	return "a number of seconds is from 0.01 to 86400, not " + seconds;
}

/** Leaves the number in @p word as CLI11 reads it. */
std::string no_number(std::string &word)
{
	auto number = read_number(word);

	if (auto *complaint = std::get_if<std::string>(&number))
		return *complaint;
	word = std::to_string(std::get<std::uint32_t>(number));
	return "";
}

/** Kernel messages print hexadecimal without 0x, and some of it looks decimal. */
std::optional<std::uint32_t> if_hexadecimal(const std::string &word)
{
	auto number = read_number("0x" + word);

	if (word.size() < 2 || word.find_first_not_of("0123456789") != word.npos ||
	    !std::holds_alternative<std::uint32_t>(number))
		return std::nullopt;
	return std::get<std::uint32_t>(number);
}

/** Leaves the number of the enumerator in @p word as CLI11 reads it. */
std::string no_by(std::string &word)
{
	for (unsigned by = 0; by < VMALOCK_BY_NR; by++)
		if (word == key_for(static_cast<vmalock_by>(by))) {
			word = std::to_string(by);
			return "";
		}
	return "events are counted by process, thread, mapping, cpu or machine, not by " + word;
}

CLI::App *add_decode(CLI::App &app, decode_options &decode, bool &json)
{
	CLI::App *result = app.add_subcommand("decode", "Say what a value of vm_refcnt means");
	CLI::Validator number(no_number, "");
	CLI::Validator refcnt([&decode](std::string &word) {
		decode.if_hexadecimal = if_hexadecimal(word);
		return no_number(word);
	}, "");

	result->footer("For values out of a crash dump, drgn or a kernel message: decimal, or 0x and\n"
		       "hexadecimal. Needs no privileges. See vmalock-decode(1).");
	result->add_option("REFCNT", decode.refcnt, "The value of vma->vm_refcnt")
		->type_name("")
		->required()
		->transform(refcnt);
	CLI::Option *vm = result->add_option("--vm-lock-seq", decode.vm_lock_seq,
					     "vma->vm_lock_seq, read together with it")
		->type_name("N")
		->transform(number);
	CLI::Option *mm = result->add_option("--mm-lock-seq", decode.mm_lock_seq,
					     "mm->mm_lock_seq.sequence of the VMA's mm")
		->type_name("N")
		->transform(number);
	vm->needs(mm);
	mm->needs(vm);
	result->add_flag("--json", json, "Print JSON, errors too");
	return result;
}

CLI::App *add_doctor(CLI::App &app, bool &json)
{
	CLI::App *result = app.add_subcommand("doctor", "Say what can be traced on this machine");

	result->footer("Loads and attaches the programs for a moment. Exits with 0 if tracing works,\n"
		       "with 1 if it does not. See vmalock-doctor(1).");
	result->add_flag("--json", json, "Print JSON, errors too");
	return result;
}

/** Two ways at once to say whom to count. */
std::optional<std::string> conflict_of_targets(const options &options)
{
	std::vector<std::string> given;

	if (options.all)
		given.push_back("-a");
	if (!options.pids.empty())
		given.push_back("-p");
	if (!options.tids.empty())
		given.push_back("-t");
	if (!options.cgroup.empty())
		given.push_back("--cgroup");
	// With -a a command only says how long.
	if (!options.command.empty() && !options.all)
		given.push_back("a COMMAND");
	if (given.size() < 2)
		return std::nullopt;
	return given[0] + " and " + given[1];
}

/** An option that asks for less than the whole machine; NULL if there is none. */
const char *one_of_many(const options &options)
{
	return !options.pids.empty()   ? "-p"
	       : !options.tids.empty() ? "-t"
	       : !options.name.empty() ? "-c"
	       : !options.cgroup.empty() ? "--cgroup"
					 : nullptr;
}

} // namespace

std::optional<instead> parse(int argc, char **argv, options &options)
{
	CLI::App app("Who fights over an address space: per-VMA lock events on stock kernels.",
		     "vmalock");
	app.get_formatter()->column_width(26);
	app.set_version_flag("--version", version);
	app.require_subcommand(0, 1);

	CLI::Validator by_word(no_by, "");
	CLI::App *stat = app.add_subcommand(
		"stat", "Count faults on and off the VMA lock, and why");
	stat->footer("Counts every process until Ctrl-C or -d, those of -p until they end, or\n"
		     "COMMAND and its children until it ends. Exits with COMMAND's status.\n"
		     "See vmalock-stat(1).");
	stat->add_option("-p,--pid", options.pids, "Count only this process (may be repeated)")
		->type_name("PID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(check(no_such_process));
	CLI::Validator cgroup(no_such_cgroup, "");
	stat->add_option("-t,--tid", options.tids, "Count only this thread (may be repeated)")
		->type_name("TID")
		->expected(1)
		->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
		->check(check(no_such_thread));
	stat->add_option("--cgroup", options.cgroup,
			 "Count only who is in this cgroup, or below: a folder, whole or\n"
			 "under /sys/fs/cgroup")
		->type_name("PATH")
		->transform(cgroup);
	stat->add_flag("-a,--all", options.all,
		       "Count every process, also while COMMAND runs");
	stat->add_option("-c,--comm", options.name, "Show only processes of this name")
		->type_name("NAME");
	stat->add_option("-d,--duration", options.duration_seconds, "End after so long")
		->type_name("SECONDS")
		->check(check(no_seconds));
	stat->add_option("-i,--interval", options.interval_seconds,
			 "Also print each interval's own counts")
		->type_name("SECONDS")
		->check(check(no_seconds));
	stat->add_option("--by", options.by,
			 "Count apart by process (as without it), thread, mapping,\n"
			 "cpu, or not at all: machine, which costs least")
		->type_name("WHAT")
		->transform(by_word);
	stat->add_flag("--exact", options.exact, "Lose no event, at a higher price");
	stat->add_flag("--readers", options.readers,
		       "Also show which readers of a mapping kept writers waiting");
	stat->add_flag("--json", options.json, "Print JSON, a line an object, errors too");
	stat->add_option("-o,--output", options.output_file,
			 "Print there, apart from what COMMAND prints")
		->type_name("FILE");
	stat->add_option("--capture", options.capture_file,
			 "Also write the raw counts there")
		->type_name("FILE");
	stat->add_flag("--writers", options.writers,
		       "Also say which writer was in the way, and time mmap_lock");
	stat->add_flag("--times", options.times, "Also time faults, by the path they take");
	stat->add_option("COMMAND", options.command, "Run this and count it with its children")
		->type_name("");
	stat->positionals_at_end();

	decode_options decode_options;
	CLI::App *decode = add_decode(app, decode_options, options.json);
	CLI::App *doctor = add_doctor(app, options.json);

	// Everything behind "--" is the command's, dashes or not; only stat has one.
	const bool has_command = argc < 2 || (std::string_view(argv[1]) != "decode" &&
					      std::string_view(argv[1]) != "doctor");
	std::vector<std::string> ours;
	char **argument = argv + 1;
	for (; argument < argv + argc && !(has_command && std::string_view(*argument) == "--");
	     argument++) {
		ours.insert(ours.begin(), *argument);
		if (std::string_view(*argument) == "--json")
			options.json = true;	// for errors of the line itself
	}
	try {
		app.parse(ours);
	} catch (const CLI::CallForVersion &) {
		return instead{0, version};
	} catch (const CLI::Success &) {
		return instead{0, app.help()};
	} catch (const CLI::ParseError &error) {
		return instead{2, fmt::format("{}: see 'vmalock {} --help'", error.what(),
					      *decode ? "decode" : *doctor ? "doctor" : "stat")};
	}
	if (app.get_subcommands().empty())
		return instead{2, "name a subcommand: see 'vmalock --help'"};
	options.doctor = bool(*doctor);
	if (options.doctor)
		return std::nullopt;
	if (*decode) {
		options.decode = decode_options;
		return std::nullopt;
	}
	if (argument < argv + argc)
		options.command.insert(options.command.end(), argument + 1, argv + argc);
	if (auto conflict = conflict_of_targets(options))
		return instead{2, *conflict + " exclude each other: give one of them"};
	if (const char *given = one_of_many(options); given && counts_whole_machine(options.by))
		return instead{2, fmt::format("{} and --by {} exclude each other: the whole machine is "
					      "counted, whatever runs", given, key_for(options.by))};
	if (!options.command.empty() && options.duration_seconds > 0)
		return instead{2, "-d and a COMMAND exclude each other: the run ends with the COMMAND"};
	// 6.12 lets only fexit programs look up the task behind a process id.
	if (options.exact && options.writers)
		return instead{2, "--exact and --writers exclude each other: give one of them"};
	return std::nullopt;
}

} // namespace vmalock
