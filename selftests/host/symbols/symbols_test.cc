// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of functions in other processes: of a program that prints where they
 * are and stops, with its symbols, without them, deleted, and gone.
 */
#include <chrono>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <linux/landlock.h>
#include <sched.h>
#include <span>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "collect/confinement.hh"
#include "collect/namer.hh"
#include "collect/symbolizer.hh"
#include "collect/user_symbols.hh"

namespace vmalock::test {
namespace {

namespace fs = std::filesystem;

/** A folder of the test's own. */
class scratch {
public:
	scratch()
	{
		char name[] = "/tmp/vmalock-symbols.XXXXXX";

		folder = mkdtemp(name);
	}
	~scratch() { fs::remove_all(folder); }

	/** A copy of the program, so that it can be stripped and deleted. */
	fs::path program() const
	{
		fs::copy_file(STAND_STILL, folder / "stand_still", fs::copy_options::skip_existing);
		return folder / "stand_still";
	}

private:
	fs::path folder;
};

/** A process that has stopped at where it said. */
class standing {
public:
	/** @param prepare what it does before it executes the program */
	explicit standing(const fs::path &program, const std::function<void()> &prepare = [] {})
	{
		int ends[2], status;

		EXPECT_EQ(pipe(ends), 0);
		pid = fork();
		if (!pid) {
			dup2(ends[1], STDOUT_FILENO);
			prepare();
			execl(program.c_str(), program.c_str(), nullptr);
			_exit(127);
		}
		close(ends[1]);
		EXPECT_EQ(waitpid(pid, &status, WUNTRACED), pid);
		EXPECT_TRUE(WIFSTOPPED(status));
		std::FILE *out = fdopen(ends[0], "r");
		EXPECT_EQ(std::fscanf(out, "%lx %lx %lx", &known, &own, &made), 3);
		std::fclose(out);
	}
	~standing() { end(); }

	void end()
	{
		if (pid <= 0)
			return;
		kill(pid, SIGKILL);
		waitpid(pid, nullptr, 0);
		pid = 0;
	}

	process_id id() const { return {static_cast<std::uint32_t>(pid), 0}; }

	unsigned long known = 0, own = 0, made = 0;

private:
	pid_t pid;
};

void run(const std::string &command)
{
	ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/** As readelf says it, which knows nothing of us. */
std::string read(const std::string &command)
{
	std::FILE *out = popen(command.c_str(), "r");
	char word[128] = "";

	EXPECT_EQ(std::fscanf(out, "%127s", word), 1) << command;
	pclose(out);
	return word;
}

std::string build_id_of(const fs::path &program)
{
	return read("readelf -n " + program.string() + " | sed -n 's/.*Build ID: //p'");
}

std::uint64_t offset_of(const fs::path &program, const std::string &symbol)
{
	return std::stoull(read("nm " + program.string() + " | awk '$3 == \"" + symbol + "\" { print $1 }'"),
			   nullptr, 16);
}

TEST(symbols, FunctionsHaveTheirNamesInTheLanguageOfTheirSource)
{
	const scratch scratch;
	const fs::path program = scratch.program();
	const standing process(program);
	user_frames frames = user_symbols(same_number, namer()).resolve(process.id(), {process.known, process.own + 1});

	ASSERT_EQ(frames.size(), 2u);
	EXPECT_EQ(frames[0], (user_frame{process.known, "still::known_function(int)", program,
					 offset_of(program, "_ZN5still14known_functionEi"),
					 build_id_of(program)}));
	EXPECT_EQ(frames[1].function, "own_function(int)");
	EXPECT_EQ(frames[1].address, process.own + 1);
}

TEST(symbols, ACallIsInTheFunctionThatMadeItEvenIfItIsTheLastThingThere)
{
	const scratch scratch;
	const standing process(scratch.program());
	user_frames frames = user_symbols(same_number, namer()).resolve(process.id(), {process.known, process.known});

	EXPECT_EQ(frames.at(0).function, "still::known_function(int)");
	EXPECT_NE(frames.at(1).function, "still::known_function(int)") << "it returns to its first byte";
	EXPECT_EQ(frames.at(1).offset, frames.at(0).offset);
}

TEST(symbols, WithoutSymbolsThereAreFileOffsetAndBuildId)
{
	const scratch scratch;
	const fs::path program = scratch.program();
	const std::uint64_t offset = offset_of(program, "_ZN5still14known_functionEi");
	run("strip " + program.string());
	const standing process(program);

	EXPECT_EQ(user_symbols(same_number, namer()).resolve(process.id(), {process.known}).at(0),
		  (user_frame{process.known, "", program, offset, build_id_of(program)}));
}

TEST(symbols, AProgramThatIsDeletedIsReadAllTheSame)
{
	const scratch scratch;
	const fs::path program = scratch.program();
	const standing process(program);
	fs::remove(program);
	// Another one is not what runs, even under the name that the kernel makes up.
	fs::copy_file("/bin/true", program);
	fs::copy_file("/bin/true", program.string() + " (deleted)");

	if (access("/proc/self/map_files", X_OK) || geteuid())
		GTEST_SKIP() << "only root may follow /proc/PID/map_files";
	user_frame frame = user_symbols(same_number, namer()).resolve(process.id(), {process.known}).at(0);
	EXPECT_EQ(frame.function, "still::known_function(int)");
	EXPECT_EQ(frame.file, program.string() + " (deleted)");
}

TEST(symbols, OfAProcessThatWasGoneThereAreAddressesAlone)
{
	const scratch scratch;
	standing process(scratch.program());
	const process_id id = process.id();
	process.end();
	user_frames frames = user_symbols(same_number, namer()).resolve(id, {process.known, process.own});

	EXPECT_EQ(frames, (user_frames{{process.known, "", "", 0, ""}, {process.own, "", "", 0, ""}}));
	EXPECT_TRUE(process_was_gone(frames));
}

TEST(symbols, WhatWasLearntInTimeServesAfterwards)
{
	const scratch scratch;
	standing process(scratch.program());
	const process_id id = process.id();
	user_symbols symbols(same_number, namer());
	symbols.resolve(id, {process.known});
	process.end();

	EXPECT_EQ(symbols.resolve(id, {process.own}).at(0).function, "own_function(int)");
}

TEST(symbols, ALaterProcessOfTheSameNumberIsNotTakenForIt)
{
	const scratch scratch;
	const standing process(scratch.program());
	process_id id = process.id();
	id.start_ns = 1;

	EXPECT_TRUE(process_was_gone(user_symbols(same_number, namer()).resolve(id, {process.known})));
}

TEST(symbols, AnAddressThatIsNowhereSaysSo)
{
	const scratch scratch;
	const standing process(scratch.program());
	user_frames frames = user_symbols(same_number, namer()).resolve(process.id(), {process.known, 0x10, process.made + 8});

	EXPECT_EQ(frames.at(1), (user_frame{0x10, "", "[unmapped]", 0x10, ""}));
	EXPECT_EQ(frames.at(2), (user_frame{process.made + 8, "", "[anon]", 8, ""}));
	EXPECT_FALSE(process_was_gone(frames));
}

// What a file can do to whoever reads it is done to a namer, and costs the file's own names.

/** With little of everything, to be at its end soon. */
constexpr namer_limits little = {64 << 20, std::chrono::seconds(2), std::chrono::seconds(60)};

named_file opened(const fs::path &path)
{
	return {descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC)), names_format::elf};
}

/** Where known_function() lies in the file of the program, which is not moved in its image. */
std::uint64_t place_of_known()
{
	return offset_of(STAND_STILL, "_ZN5still14known_functionEi");
}

/** Others are named by this one, whatever has become of it. */
void expect_names(namer &names)
{
	named_file sound = opened(STAND_STILL);
	const auto found = names.look_up(sound, place_of_known());

	ASSERT_TRUE(found);
	EXPECT_EQ(found->function, "still::known_function(int)");
	EXPECT_FALSE(sound.is_harmful());
}

/** 0 if it has none. */
pid_t last_child_of(pid_t process)
{
	const std::string number = std::to_string(process);
	std::ifstream children("/proc/" + number + "/task/" + number + "/children");
	pid_t result = 0;

	for (pid_t child; children >> child;)
		result = child;
	return result;
}

std::string field_of(int process, const std::string &name)
{
	std::ifstream status("/proc/" + std::to_string(process) + "/status");

	for (std::string line; std::getline(status, line);)
		if (line.starts_with(name + ":\t")) {
			const std::string value = line.substr(name.size() + 2);

			return value.substr(0, value.find_last_not_of(" \t") + 1);
		}
	return "";
}

/** A C++ name that gets twice as long with each level, from that of a function with one. */
std::string doubling_symbol(int levels)
{
	const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	std::string result = "_Z1f1AIiiE";

	for (int level = 1; level < levels; level++) {
		std::string before = "S";

		if (level > 36)
			before += digits[static_cast<std::size_t>((level - 1) / 36)];
		before += digits[static_cast<std::size_t>((level - 1) % 36)];
		before += '_';
		result += "S_I" + before + before + 'E';
	}
	return result;
}

TEST(namer, OfAFileThatIsTruncatedOthersDoNotDie)
{
	const scratch scratch;
	const fs::path program = scratch.program();
	named_file file = opened(program);
	namer names(little);
	ASSERT_TRUE(names.look_up(file, place_of_known()));
	fs::resize_file(program, 0);

	EXPECT_FALSE(names.look_up(file, place_of_known()));
	expect_names(names);
}

fs::path with_doubling_symbol(const scratch &scratch, int levels)
{
	const fs::path program = scratch.program();

	run("objcopy --redefine-sym _ZN5still14known_functionEi=" + doubling_symbol(levels) + " " + program.string());
	return program;
}

TEST(namer, ANameThatIsTooLongForMemoryStaysAsItIs)
{
	const scratch scratch;
	named_file file = opened(with_doubling_symbol(scratch, 24));
	// Time for it, but no memory.
	namer names({64 << 20, std::chrono::seconds(60), std::chrono::seconds(60)});
	const auto found = names.look_up(file, place_of_known());

	// ASan ends a process that has no memory.
	EXPECT_TRUE(!found || found->function == doubling_symbol(24)) << found->function.substr(0, 80);
	expect_names(names);
}

TEST(namer, ANameThatTakesTooLongIsGivenUpAndItsFileToo)
{
	const scratch scratch;
	named_file file = opened(with_doubling_symbol(scratch, 28));
	// Memory for it, but no time.
	namer names({std::uint64_t(8) << 30, std::chrono::seconds(1), std::chrono::seconds(60)});

	const auto found = names.look_up(file, place_of_known());
	EXPECT_FALSE(found) << found->function;
	EXPECT_TRUE(file.is_harmful());
	expect_names(names);
	EXPECT_FALSE(names.look_up(file, place_of_known()));
}

TEST(namer, SymbolsThatInflateFindTheirLimit)
{
	const scratch scratch;
	const fs::path program = scratch.program(), folder = program.parent_path();
	run("strip " + program.string() + " && head -c 600M /dev/zero | xz -0 > " + (folder / "zeros.xz").string() +
	    " && objcopy --add-section .gnu_debugdata=" + (folder / "zeros.xz").string() + " " + program.string());
	named_file file = opened(program);
	namer names(little);
	const auto found = names.look_up(file, place_of_known());

	EXPECT_TRUE(!found || found->function.empty());
	// Of one that was made anew there is nothing to be seen of it.
	const std::string most = field_of(last_child_of(last_child_of(getpid())), "VmHWM");
	EXPECT_LT(std::strtoul(most.c_str(), nullptr, 10), 400 * 1024u) << "KiB";
	expect_names(names);
}

TEST(namer, WhoDoesNotAnswerIsNotWaitedForForEver)
{
	namer names({64 << 20, std::chrono::seconds(5), std::chrono::seconds(1)});
	expect_names(names);
	ASSERT_EQ(kill(last_child_of(last_child_of(getpid())), SIGSTOP), 0);
	named_file file = opened(STAND_STILL);

	EXPECT_FALSE(names.look_up(file, place_of_known()));
	EXPECT_FALSE(file.is_harmful()) << "nobody knows";
}

TEST(namer, LongNamesAreCut)
{
	const scratch scratch;
	const fs::path program = scratch.program();
	run("objcopy --redefine-sym _ZN5still14known_functionEi=" + std::string(longest_function + 1, 'x') + " " +
	    program.string());
	named_file file = opened(program);
	namer names;
	const auto found = names.look_up(file, place_of_known());

	ASSERT_TRUE(found);
	EXPECT_EQ(found->function, std::string(longest_function, 'x'));
}

TEST(namer, MemoryOfFilesThatAreReadNoMoreIsGivenBack)
{
	const scratch scratch;
	const fs::path program = scratch.program(), map = program.parent_path() / "map";
	namer names(little);
	{
		std::ofstream text(map);

		text << std::hex;
		for (int i = 1; i <= 100'000; i++)
			text << i * 16 << " 10 name_of_many_letters_so_that_it_takes_memory\n";
	}

	// More than there is memory for.
	for (int i = 0; i < 20; i++) {
		named_file file(descriptor(open(map.c_str(), O_RDONLY | O_CLOEXEC)), names_format::perf_map);
		const auto found = names.look_up(file, 0x18);

		ASSERT_TRUE(found) << i;
		EXPECT_EQ(found->function, "name_of_many_letters_so_that_it_takes_memory");
	}
}

TEST(namer, HasNothingToLose)
{
	const descriptor secret(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
	namer names;
	expect_names(names);
	const pid_t worker = last_child_of(last_child_of(getpid()));

	ASSERT_GT(worker, 0);
	EXPECT_EQ(field_of(worker, "CapPrm"), "0000000000000000");
	EXPECT_EQ(field_of(worker, "NoNewPrivs"), "1");
	EXPECT_EQ(field_of(worker, "Seccomp"), "2");
	if (geteuid())
		return;
	// Real, effective, saved, and to files.
	EXPECT_EQ(field_of(worker, "Uid"), "65534\t65534\t65534\t65534");
	EXPECT_EQ(field_of(worker, "Gid"), "65534\t65534\t65534\t65534");
	EXPECT_EQ(field_of(worker, "Groups"), "");
	for (const auto &entry : fs::directory_iterator("/proc/" + std::to_string(worker) + "/fd")) {
		const std::string file = fs::read_symlink(entry.path());

		EXPECT_TRUE(file.starts_with("socket:") ||
			    file.ends_with("/statm") || file == STAND_STILL)
			<< file;
	}
}

TEST(namer, EndsWithTheToolAndLeavesNoProcess)
{
	pid_t process, worker;
	{
		namer names;
		expect_names(names);
		process = last_child_of(getpid());
		worker = last_child_of(process);
	}
	// Which has waited for the worker.
	EXPECT_EQ(waitpid(process, nullptr, 0), process);
	EXPECT_NE(kill(worker, 0), 0);
}

/** @return which of @p forbidden, from 1, a child could do that is confined; 0: none, but what is @p allowed */
int first_allowed(std::span<const std::function<bool()>> forbidden, const std::function<void()> &confine,
		  const std::function<bool()> &allowed)
{
	const pid_t child = fork();
	int status = -1;

	if (!child) {
		confine();
		for (std::size_t i = 0; i < forbidden.size(); i++)
			if (forbidden[i]())
				_exit(static_cast<int>(i) + 1);
		_exit(allowed() ? 0 : 100);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

TEST(confinement, WhatReadsForOthersCanOnlyRead)
{
	const std::function<bool()> forbidden[] = {
		[] { return open("/etc/shadow", O_RDONLY) >= 0; },
		[] { return open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0; },
		[] { return open("/dev/null", O_WRONLY) >= 0; },
		[] { return socket(AF_INET, SOCK_STREAM, 0) >= 0; },
		[] { return kill(getppid(), 0) == 0; },
		[] { return fork() >= 0; },
		[] { return execl("/bin/false", "false", nullptr) != -1; },
		[] { return unlink("/tmp/vmalock-nobody-has-this") == 0 || errno != EPERM; },
		[] { return write(STDERR_FILENO, "", 0) == 0; },
		[] { return fcntl(STDERR_FILENO, F_SETOWN, getpid()) == 0; },
		[] { return prlimit(0, RLIMIT_CPU, nullptr, nullptr) == 0; },
	};
	auto confine = [] {
		become_nobody("confined", STDERR_FILENO);
		read_only();
	};

	EXPECT_EQ(first_allowed(forbidden, confine, [] { return open("/etc/passwd", O_RDONLY) >= 0; }), 0);
}

/** Even if it is root. */
TEST(confinement, AReaderOpensNothingToWrite)
{
	if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1)
		GTEST_SKIP() << "this kernel has no Landlock";
	const scratch scratch;
	const fs::path program = scratch.program(), folder = program.parent_path();
	const std::function<bool()> forbidden[] = {
		[&] { return open(program.c_str(), O_WRONLY) >= 0; },
		[&] { return open((folder / "new").c_str(), O_RDWR | O_CREAT, 0600) >= 0; },
		[&] { return open(folder.c_str(), O_TMPFILE | O_RDWR, 0600) >= 0; },
		[&] { return truncate(program.c_str(), 0) == 0; },
		[&] { return unlink(program.c_str()) == 0; },
		[&] { return rename(program.c_str(), (folder / "other").c_str()) == 0; },
		[&] { return mkdir((folder / "other").c_str(), 0700) == 0; },
		[&] { return execl("/bin/false", "false", nullptr) != -1; },
		[&] { return chmod(program.c_str(), 0777) == 0; },
	};
	auto reads = [&] { return open(program.c_str(), O_RDONLY) >= 0; };

	EXPECT_EQ(first_allowed(forbidden, be_a_reader, reads), 0);
}

/** What a Java or Node.js process writes; removed with it. */
class made_map {
public:
	made_map(process_id process, unsigned long start, const std::string &name = "LMain;::run 1",
		 const std::string &root = "")
		: path(root + "/tmp/perf-" + std::to_string(process.pid) + ".map")
	{
		std::ofstream(path) << std::hex << start << " 40 LOldName;::run\n"
				    << start << " 20 " << name << '\n';
	}
	~made_map() { fs::remove(path); }

	const fs::path path;
};

TEST(symbols, CodeThatAProcessMadeIsNamedByItsMapTheLastNameFirst)
{
	const scratch scratch;
	const standing process(scratch.program());
	const made_map map(process.id(), process.made);
	user_frames frames = user_symbols(same_number, namer()).resolve(process.id(), {process.made + 0x1f, process.made + 0x21});

	EXPECT_EQ(frames.at(0).function, "LMain;::run 1");
	EXPECT_EQ(frames.at(0).file, "[anon]");
	EXPECT_EQ(frames.at(1).function, "") << "there is no code up there";
}

TEST(symbols, AMapOfAnotherUserIsNotBelieved)
{
	if (geteuid())
		GTEST_SKIP() << "only root may give a file to another user";
	const scratch scratch;
	const standing process(scratch.program());
	const made_map map(process.id(), process.made);
	ASSERT_EQ(chown(map.path.c_str(), 12345, 12345), 0);

	EXPECT_EQ(user_symbols(same_number, namer()).resolve(process.id(), {process.made}).at(0).function, "");
}

/** Links are the process's to choose: what they point to is looked for in its root. */
TEST(symbols, ALinkDoesNotLeadOutOfTheProcesssRoot)
{
	const scratch scratch;
	const fs::path target = scratch.program().parent_path() / "map";
	const standing process(scratch.program());
	{
		const made_map map(process.id(), process.made);
		fs::rename(map.path, target);
		fs::create_symlink("/proc/1/root" + target.string(), map.path);
		EXPECT_EQ(user_symbols(same_number, namer()).resolve(process.id(), {process.made}).at(0).function, "");
	}
}

/** As in a container: what is in /tmp is this process's alone, and @p program is there. */
void take_own_tmp(const fs::path &program)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) ||
	    mount("none", "/tmp", "tmpfs", 0, nullptr))
		_exit(126);
	fs::create_directory(program.parent_path());
	fs::copy_file(STAND_STILL, program);
}

TEST(symbols, FilesAreThoseOfTheProcesssMountNamespace)
{
	if (geteuid())
		GTEST_SKIP() << "only root may make a mount namespace";
	const scratch scratch;
	const fs::path program = scratch.program();
	const std::uint64_t offset = offset_of(program, "_ZN5still14known_functionEi");
	const std::string build_id = build_id_of(program);
	const standing process(program, [&] { take_own_tmp(program); });
	const made_map decoy(process.id(), process.made, "decoy"),
		map(process.id(), process.made, "LMain;::run 1",
		    "/proc/" + std::to_string(process.id().pid) + "/root");
	fs::remove(program);
	fs::copy_file("/bin/true", program);
	const user_frames frames = user_symbols(same_number, namer()).resolve(process.id(), {process.known, process.made + 8});

	EXPECT_EQ(frames.at(0), (user_frame{process.known, "still::known_function(int)", program, offset, build_id}));
	EXPECT_EQ(frames.at(1).function, "LMain;::run 1");
}

TEST(symbolizer, NamesAreThereWhenTheyWereAskedForAndWaitedFor)
{
	const scratch scratch;
	const standing process(scratch.program());
	symbolizer names(same_number);

	names.frames(process.id(), {process.known});
	names.wait(std::chrono::seconds(30));
	auto frames = names.frames(process.id(), {process.known});
	ASSERT_TRUE(frames);
	EXPECT_EQ(frames->at(0).function, "still::known_function(int)");
}

TEST(symbolizer, NobodyWaitsForWhatTakesLong)
{
	symbolizer names(same_number);
	const auto start = std::chrono::steady_clock::now();

	names.wait(std::chrono::milliseconds(100));
	EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(90)) <<
		"nothing was asked for";
}

} // namespace
} // namespace vmalock::test
