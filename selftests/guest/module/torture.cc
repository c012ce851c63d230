// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The calls of vmalock under torture, for VMALOCK_SECONDS (60): see docs/torture.md.
 */
#include "torture.hh"

namespace {

using namespace guest;

/** Faults that were found since the module was loaded, in whichever process. */
unsigned long faults_so_far()
{
	return std::stoul(text_of("/sys/module/vmalock_torture/parameters/faults"));
}

void nothing_is_wrong()
{
	const unsigned long faults_before = faults_so_far();
	torture torture{ {} };
	const statistics before = statistics::now();

	torture.run();
	const std::string told = torture.text();
	const statistics calls = statistics::now() - before;
	// Those of the last batches too.
	const bool right = faults_so_far() == faults_before;
	const bool success = right && torture.stuck.empty() && torture.nothing_locked;

	std::printf("# %s: %s\n# calls by outcome: %s\n", success ? "SUCCESS" : "FAILURE", told.c_str(), calls.text().c_str());
	expect(torture.stuck.empty(), "these did not get on:" + torture.stuck);
	expect(right, told);
	expect(torture.nothing_locked, "a VMA was left locked");
	expect(held_line() == "held 0", "vmalock counts a lock that is still held: " + held_line());
	for (int call = 0; call < VMALOCK_TORTURE_CALL_NR; call++)
		expect(torture.found.locked[call] > 0, "call " + std::to_string(call) + " locked nothing: nothing was proved");
	expect(torture.found.judged > sum(torture.found.calls) / 100, "the record hardly ever stood still: nothing was proved");
}

/** While kthreads read what it maps: then it ends, or becomes another program. */
[[noreturn]] void end_under_readers(bool by_exec)
{
	torture_plan plan;
	plan.kthreads = 2;
	torture_device device;
	mapping region(region_pages);

	device.begin(region, plan);
	while (!sum(device.so_far().calls))
		usleep(1000);
	if (by_exec)
		execl("/bin/true", "true", nullptr);
	_exit(by_exec);
}

void processes_end_under_readers()
{
	const unsigned long before = faults_so_far();

	std::printf("# seed %ju\n", static_cast<std::uintmax_t>(seed()));
	for (int process = 0; process < 40; process++) {
		int status = 0;
		const pid_t child = fork();

		expect(child >= 0, "fork");
		if (!child)
			end_under_readers(process % 2);
		waitpid(child, &status, 0);
		expect(status == 0, "the process ended with " + std::to_string(status));
	}
	ktap::wait_until("no kthread has the device", [] { return text_of("/sys/module/vmalock_torture/refcnt") == "0\n"; });
	expect(faults_so_far() == before, "faults: " + std::to_string(faults_so_far() - before));
	expect(held_line() == "held 0", "a lock is still held: " + held_line());
}

} // namespace

int main()
{
	seed(); // drawn before each test becomes a process: one for all
	ktap::time_limit = torture_plan().seconds + std::chrono::minutes(3);
	const int status = run_with_only({ "vmalock", "vmalock_torture" },
					 { { "readers and writers find nothing wrong", nothing_is_wrong },
					   { "processes end and become others while they are read", processes_end_under_readers } });
	torture::online_all();
	return status;
}
