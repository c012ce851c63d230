// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The notes that victims leave with a writer, bpf/notes.bpf.h compiled for the host: each
 * abort is accounted for once, by the writer or by the victim. So it is under every schedule
 * of one victim, and under random ones of several.
 */
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "stepped_bpf.hh"
#include "uapi/writer_records.h"

/* Two notes, for there to be few steps. */
#undef VMALOCK_NOTES
#define VMALOCK_NOTES 2
namespace {
#include "../../../bpf/notes.bpf.h"
} // namespace

namespace {

constexpr vmalock_u64 my_mm = 0x1000;

/** Each victim's aborts, by who accounts for them. */
struct accounts {
	std::map<unsigned, vmalock_u64> by_writer, by_victim;

	vmalock_u64 of(unsigned victim) { return by_writer[victim] + by_victim[victim]; }
};

/** As bpf/writers.bpf.h does it. */
struct protocol {
	static vmalock_u64 end(write_hold &hold, bool &noted)
	{
		const vmalock_u64 since = close_hold(&hold);

		noted = stepped_bpf::read(hold.noted);
		return since;
	}
	static vmalock_u64 leave(writer_task &writer, write_hold &hold, vmalock_u64 since,
				 const vmalock_victim &victim, bool &crowded)
	{
		return leave_note(&writer, &hold, since, &victim, &crowded);
	}
};

/** The writer looks for notes while more can come. */
struct looks_too_early : protocol {
	static vmalock_u64 end(write_hold &hold, bool &noted)
	{
		noted = stepped_bpf::read(hold.noted);
		return close_hold(&hold);
	}
};

/** The victim does not look whether the writer has gone meanwhile. */
struct does_not_look : protocol {
	static vmalock_u64 leave(writer_task &writer, write_hold &hold, vmalock_u64 since,
				 const vmalock_victim &victim, bool &crowded)
	{
		crowded = count_note(&writer, since, &victim) >= VMALOCK_NOTES;
		if (!crowded)
			stepped_bpf::exchange(&hold.noted, 1);
		return crowded;
	}
};

/** The victim looks before it says that there is a note. */
struct looks_before_it_tells : protocol {
	static vmalock_u64 leave(writer_task &writer, write_hold &hold, vmalock_u64 since,
				 const vmalock_victim &victim, bool &crowded)
	{
		const unsigned note = count_note(&writer, since, &victim);

		crowded = note >= VMALOCK_NOTES;
		if (crowded)
			return 1;
		const bool holds = stepped_bpf::read(hold.since_ns) == since;
		stepped_bpf::exchange(&hold.noted, 1);
		return holds ? 0 : stepped_bpf::exchange(&writer.notes[note].count, 0);
	}
};

/** One writer, who holds the lock so many times, and victims that meet whichever hold there is. */
template <class Protocol>
accounts run(simulator::schedule &schedule, unsigned holds, const std::vector<unsigned> &victims)
{
	writer_task writer = {};
	write_hold &hold = writer.holds[0];
	std::vector<std::function<void()>> bodies;
	accounts result;

	open_hold(&writer, my_mm, 1);
	bodies.push_back([&] {
		for (unsigned number = 1; number <= holds; number++) {
			bool noted = false;

			if (number > 1)
				open_hold(&writer, my_mm, number);
			const vmalock_u64 since = Protocol::end(hold, noted);
			if (!noted)
				continue;
			for (note &note : writer.notes)
				if (const vmalock_u64 aborts = take_note(&note, since))
					result.by_writer[note.victim.reason] += aborts;
		}
	});
	for (unsigned number : victims)
		bodies.push_back([&, number] {
			const vmalock_u64 since = stepped_bpf::read(hold.since_ns);
			vmalock_victim victim = {};
			bool crowded = false;

			victim.reason = number;
			result.by_victim[number] += since ? Protocol::leave(writer, hold, since, victim, crowded) : 1;
		});
	stepping::tasks::run(schedule, bodies);
	return result;
}

/** Is there a schedule by which an abort is lost or counted twice? */
template <class Protocol>
bool goes_wrong()
{
	simulator::every_schedule schedule;

	do {
		if (run<Protocol>(schedule, 1, { 0 }).of(0) != 1)
			return true;
	} while (schedule.next());
	return false;
}

/** By either of the two: the writer, who is certain, and the victim, who is not. */
TEST(notes, AnAbortIsAccountedForOnce)
{
	simulator::every_schedule schedule;
	vmalock_u64 by_writer = 0, by_victim = 0;

	do {
		accounts accounts = run<protocol>(schedule, 1, { 0 });

		ASSERT_EQ(accounts.of(0), 1u);
		by_writer += accounts.by_writer[0];
		by_victim += accounts.by_victim[0];
	} while (schedule.next());
	EXPECT_GT(by_writer, 0u);
	EXPECT_GT(by_victim, 0u);
}

TEST(notes, WriterAndVictimMustLookInThisOrder)
{
	EXPECT_TRUE(goes_wrong<looks_too_early>());
	EXPECT_TRUE(goes_wrong<does_not_look>());
	EXPECT_TRUE(goes_wrong<looks_before_it_tells>());
}

/** Under some schedules: there are millions. */
TEST(notes, OfSeveralVictimsEachHasItsOwn)
{
	constexpr std::uint64_t schedules = 200;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(simulator::base_seed() + i);
		accounts apart = run<protocol>(schedule, 1, { 0, 1 }), together = run<protocol>(schedule, 1, { 7, 7 });

		ASSERT_EQ(apart.of(0), 1u) << "VMALOCK_SEED=" << simulator::base_seed() + i;
		ASSERT_EQ(apart.of(1), 1u) << "VMALOCK_SEED=" << simulator::base_seed() + i;
		ASSERT_EQ(together.of(7), 2u) << "VMALOCK_SEED=" << simulator::base_seed() + i;
	}
}

/** Notes are used again, and some of one hold find no room: none is lost even then. */
TEST(notes, OverSeveralHoldsNoneIsLost)
{
	constexpr std::uint64_t schedules = 200;

	for (std::uint64_t i = 0; i < schedules; i++) {
		simulator::seeded_schedule schedule(simulator::base_seed() + i);
		accounts accounts = run<protocol>(schedule, 3, { 0, 1, 2 });

		ASSERT_EQ(accounts.of(0) + accounts.of(1) + accounts.of(2), 3u)
			<< "VMALOCK_SEED=" << simulator::base_seed() + i;
	}
}

} // namespace
