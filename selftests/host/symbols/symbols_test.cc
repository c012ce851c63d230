// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of functions in other processes: of a program that prints where they
 * are and stops, with its symbols, without them, deleted, and gone.
 */
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

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
	user_frames frames = user_symbols(same_number).resolve(process.id(), {process.known, process.own + 1});

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
	user_frames frames = user_symbols(same_number).resolve(process.id(), {process.known, process.known});

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

	EXPECT_EQ(user_symbols(same_number).resolve(process.id(), {process.known}).at(0),
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
	user_frame frame = user_symbols(same_number).resolve(process.id(), {process.known}).at(0);
	EXPECT_EQ(frame.function, "still::known_function(int)");
	EXPECT_EQ(frame.file, program.string() + " (deleted)");
}

TEST(symbols, OfAProcessThatWasGoneThereAreAddressesAlone)
{
	const scratch scratch;
	standing process(scratch.program());
	const process_id id = process.id();
	process.end();
	user_frames frames = user_symbols(same_number).resolve(id, {process.known, process.own});

	EXPECT_EQ(frames, (user_frames{{process.known, "", "", 0, ""}, {process.own, "", "", 0, ""}}));
	EXPECT_TRUE(process_was_gone(frames));
}

TEST(symbols, WhatWasLearntInTimeServesAfterwards)
{
	const scratch scratch;
	standing process(scratch.program());
	const process_id id = process.id();
	user_symbols symbols(same_number);
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

	EXPECT_TRUE(process_was_gone(user_symbols(same_number).resolve(id, {process.known})));
}

TEST(symbols, AnAddressThatIsNowhereSaysSo)
{
	const scratch scratch;
	const standing process(scratch.program());
	user_frames frames = user_symbols(same_number).resolve(process.id(), {process.known, 0x10, process.made + 8});

	EXPECT_EQ(frames.at(1), (user_frame{0x10, "", "[unmapped]", 0x10, ""}));
	EXPECT_EQ(frames.at(2), (user_frame{process.made + 8, "", "[anon]", 8, ""}));
	EXPECT_FALSE(process_was_gone(frames));
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
	user_frames frames = user_symbols(same_number).resolve(process.id(), {process.made + 0x1f, process.made + 0x21});

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

	EXPECT_EQ(user_symbols(same_number).resolve(process.id(), {process.made}).at(0).function, "");
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
		EXPECT_EQ(user_symbols(same_number).resolve(process.id(), {process.made}).at(0).function, "");
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
	const user_frames frames = user_symbols(same_number).resolve(process.id(), {process.known, process.made + 8});

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
