// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Does the torture find what is wrong? Each way to lock that has a fault is caught, and
 * as what it is.
 */
#include <vector>

#include "torture.hh"

namespace {

using namespace guest;

constexpr const char *fault_names[] = {
	"right",
	"wrong mm",
	"wrong range",
	"not mapped",
	"not found",
	"skipped",
	"old flags",
	"moved",
	"replaced",
	"kept lock",
};
static_assert(std::size(fault_names) == VMALOCK_TORTURE_FAULT_NR);

/** What the torture said. */
struct verdict {
	counts found;
	std::string stuck;
};

/** Looks in 10 s: so many without progress tell of a stall. Sound calls are put to the same test. */
constexpr unsigned short_patience = 10 * looks_a_second;

verdict torture_with(vmalock_torture_busted busted, unsigned patience = torture_plan().patience,
		     std::chrono::seconds seconds = std::chrono::minutes(3))
{
	torture_plan plan;
	plan.busted = busted;
	plan.patience = patience;
	plan.seconds = seconds;
	// Of a reader that looks at the wrong time only many changes tell.
	plan.kthreads = plan.readers = 1;
	plan.writers = 3;
	torture torture(plan);

	torture.run();
	std::string told = "# after " + std::to_string(sum(torture.found.calls)) + " calls:";
	for (int fault = 1; fault < VMALOCK_TORTURE_FAULT_NR; fault++)
		if (torture.found.faults[fault])
			told += std::string(" ") + fault_names[fault];
	if (!torture.stuck.empty())
		told += " stuck:" + torture.stuck;
	if (!torture.nothing_locked)
		told += " left locked";
	std::printf("%s\n", told.c_str());
	return { torture.found, torture.stuck };
}

/** It is one of @p expected that is found, and nothing that they do not explain. */
void is_found(vmalock_torture_busted busted, const std::vector<vmalock_torture_fault> &expected)
{
	if (!kernel::has_vma_locks())
		throw ktap::skipped("this kernel has no per-VMA locks");
	const verdict verdict = torture_with(busted);
	std::uint64_t explained = 0;

	for (vmalock_torture_fault fault : expected)
		explained += verdict.found.faults[fault];
	expect(explained > 0, "it was not found");
	expect(explained == faults_of(verdict.found), "something else was found too");
}

/** Somebody waits for ever. */
void is_stuck(vmalock_torture_busted busted)
{
	const verdict verdict = torture_with(busted, short_patience);

	expect(!verdict.stuck.empty(), "everybody got on");
	expect(faults_of(verdict.found) == 0, "something else was found too");
}

void sound_calls_get_on()
{
	const verdict verdict = torture_with(VMALOCK_TORTURE_SOUND, short_patience, std::chrono::seconds(20));

	expect(verdict.stuck.empty(), "these did not get on:" + verdict.stuck);
	expect(faults_of(verdict.found) == 0, "a fault was found");
}

void no_lookup() { is_found(VMALOCK_TORTURE_NO_LOOKUP, { VMALOCK_TORTURE_NOT_FOUND }); }
void no_range_check() { is_found(VMALOCK_TORTURE_NO_RANGE_CHECK, { VMALOCK_TORTURE_WRONG_RANGE }); }
const std::vector<vmalock_torture_fault> changed_meanwhile = {
	VMALOCK_TORTURE_WRONG_RANGE,
	VMALOCK_TORTURE_NOT_MAPPED,
	VMALOCK_TORTURE_OLD_FLAGS,
	VMALOCK_TORTURE_MOVED,
	VMALOCK_TORTURE_REPLACED,
};
void no_sequence() { is_found(VMALOCK_TORTURE_NO_SEQUENCE, changed_meanwhile); }
void no_second_look() { is_found(VMALOCK_TORTURE_NO_SECOND_LOOK, changed_meanwhile); }
void inverted() { is_found(VMALOCK_TORTURE_INVERTED, changed_meanwhile); }
void no_retry() { is_found(VMALOCK_TORTURE_NO_RETRY, { VMALOCK_TORTURE_SKIPPED, VMALOCK_TORTURE_NOT_FOUND }); }
void releases_early() { is_found(VMALOCK_TORTURE_RELEASES_EARLY, { VMALOCK_TORTURE_MOVED, VMALOCK_TORTURE_REPLACED }); }
void forgets_release() { is_stuck(VMALOCK_TORTURE_FORGETS_RELEASE); }
void forgets_mmap_lock() { is_stuck(VMALOCK_TORTURE_FORGETS_MMAP_LOCK); }
void retries_forever() { is_stuck(VMALOCK_TORTURE_RETRIES_FOREVER); }

} // namespace

int main()
{
	if (kernel::has_lockdep()) {
		std::printf("KTAP version 1\n1..0 # SKIP lockdep reports each of these first, and once\n");
		return 0;
	}
	seed();
	ktap::time_limit = std::chrono::minutes(5);
	const int status = run_with_only({ "vmalock", "vmalock_torture" },
					 { { "sound calls get on all the time", sound_calls_get_on },
					   { "a slow path without a look-up", no_lookup },
					   { "no range check", no_range_check },
					   { "no look at the sequence number", no_sequence },
					   { "no second look at it", no_second_look },
					   { "its comparison turned round", inverted },
					   { "a walk that does not ask for writers", no_retry },
					   { "a release that is forgotten", forgets_release },
					   { "a release before the use", releases_early },
					   { "mmap_lock that is forgotten", forgets_mmap_lock },
					   { "a trylock that is retried for ever", retries_forever } });
	torture::online_all();
	return status;
}
