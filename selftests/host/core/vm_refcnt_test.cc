// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The decoder of vm_refcnt says all that a value can mean, and nothing else.
 */
#include <gtest/gtest.h>

#include "vm_refcnt_checker.hh"

namespace {

using namespace refcnt_checker;
using enum vm_refcnt_state;

TEST(vm_refcnt, HoldsForEveryValue)
{
	EXPECT_NO_THROW(check_values(decoder{}));
}

TEST(vm_refcnt, SaysWhatTheProtocolDoes)
{
	EXPECT_NO_THROW(check_protocol(decoder{}));
}

using readings = std::vector<vm_refcnt_reading>;

struct row {
	std::uint32_t value;
	readings wanted;
};

/** The kernel's own table of values, its borders, and what lies beyond it. */
const row table[] = {
	{ 0, { { detached, 0, 0 } } },
	{ 1, { { unlocked, 0, 0 }, { write_locked, 0, 0 }, { detaching, 1, 0 } } },
	{ 2, { { read_locked, 1, 1 }, { write_locked, 1, 0 }, { detaching, 2, 0 } } },
	{ 3, { { read_locked, 2, 2 }, { write_locked, 2, 0 }, { detaching, 3, 0 } } },
	{ 0x3ffffffe, { { read_locked, 0x3ffffffd, 0x3ffffffd }, { write_locked, 0x3ffffffd, 0 },
			{ detaching, 0x3ffffffe, 0 } } },
	{ 0x3fffffff, { { read_locked, 0x3ffffffe, 0x3ffffffe }, { write_locked, 0x3ffffffe, 0 },
			{ detaching, 0x3fffffff, 0 } } },
	{ 0x40000000, { { detach_excluded, 0, 0 } } },
	{ 0x40000001, { { write_excluded, 0, 0 }, { detach_waiting, 1, 0 } } },
	{ 0x40000002, { { write_waiting, 1, 1 }, { detach_waiting, 2, 0 } } },
	{ 0x40000003, { { write_waiting, 2, 2 }, { detach_waiting, 3, 0 } } },
	{ 0x7fffffff, { { write_waiting, 0x3ffffffe, 0x3ffffffe }, { detach_waiting, 0x3fffffff, 0 } } },
	{ 0x80000000, { { corrupt, 0, 0 } } },
	{ 0xbfffffff, { { corrupt, 0, 0 } } },
	{ 0xc0000000, { { saturated, 0, 0 } } },
	{ 0xc0000001, { { corrupt, 0, 0 } } },
	{ 0xffffffff, { { corrupt, 0, 0 } } },
};

TEST(vm_refcnt, ReadsTheTable)
{
	for (const row &row : table) {
		vm_refcnt decoded = vmalock::decode_vm_refcnt(row.value);
		EXPECT_EQ(readings(decoded.begin(), decoded.end()), row.wanted) << std::hex << row.value;
	}
}

TEST(vm_refcnt, ExcludesReadersAtTwoValues)
{
	for (const row &row : table)
		EXPECT_EQ(vmalock::readers_excluded(row.value),
			  row.value == 0x40000000 || row.value == 0x40000001) << std::hex << row.value;
}

TEST(vm_refcnt, AdmitsReadersUpToTheLimit)
{
	for (auto [value, wanted] : { std::pair(0u, false), { 1u, true }, { 0x3ffffffeu, true },
				      { 0x3fffffffu, false }, { 0x40000000u, false },
				      { 0x7fffffffu, false }, { 0xbfffffffu, false },
				      { 0xc0000000u, true } })
		EXPECT_EQ(vmalock::admits_readers(value), wanted) << std::hex << value;
}

struct numbers_row {
	std::uint32_t value;
	vma_sequence_numbers numbers;
	readings wanted;
	bool contradiction;
};

const numbers_row numbers_table[] = {
	{ 1, { 5, 8 }, { { unlocked, 0, 0 } }, false },
	{ 1, { 5, 7 }, { { unlocked, 0, 0 } }, false },
	{ 1, { 7, 7 }, { { write_locked, 0, 0 }, { detaching, 1, 0 } }, false },
	{ 1, { 0xffffffff, 8 }, { { unlocked, 0, 0 } }, false },
	{ 3, { 5, 8 }, { { read_locked, 2, 2 } }, false },
	{ 3, { 7, 7 }, { { write_locked, 2, 0 }, { detaching, 3, 0 } }, false },
	{ 0x40000001, { 5, 7 }, { { write_excluded, 0, 0 } }, false },
	{ 0x40000001, { 7, 7 }, { { write_excluded, 0, 0 }, { detach_waiting, 1, 0 } }, false },
	{ 0x40000002, { 5, 7 }, { { write_waiting, 1, 1 } }, false },
	{ 0x40000002, { 7, 7 }, { { detach_waiting, 2, 0 } }, false },
	// No writer, no flag.
	{ 0x40000002, { 5, 8 }, { { write_waiting, 1, 1 }, { detach_waiting, 2, 0 } }, true },
	// A VMA is not detached by who has not write-locked it.
	{ 0x40000000, { 5, 7 }, { { detach_excluded, 0, 0 } }, true },
	// No vm_lock_seq is even: it is copied while mmap_lock is held for write.
	{ 0, { 8, 8 }, { { detached, 0, 0 } }, true },
	{ 1, { 8, 8 }, { { unlocked, 0, 0 }, { write_locked, 0, 0 }, { detaching, 1, 0 } }, true },
	{ 1, { 6, 8 }, { { unlocked, 0, 0 }, { write_locked, 0, 0 }, { detaching, 1, 0 } }, true },
	{ 0x40000001, { 6, 7 }, { { write_excluded, 0, 0 }, { detach_waiting, 1, 0 } }, true },
};

TEST(vm_refcnt, GoesByTheSequenceNumbers)
{
	for (const numbers_row &row : numbers_table) {
		vm_refcnt decoded = vmalock::decode_vm_refcnt(row.value, row.numbers);
		std::string what = std::to_string(row.value) + ", " +
				   std::to_string(row.numbers.vm_lock_seq) + ", " +
				   std::to_string(row.numbers.mm_lock_seq);

		EXPECT_EQ(readings(decoded.begin(), decoded.end()), row.wanted) << what;
		EXPECT_EQ(decoded.contradiction, row.contradiction) << what;
	}
}

static_assert(vmalock::decode_vm_refcnt(0).count == 1, "usable where constants are");
static_assert(vmalock::decode_vm_refcnt(1, { 5, 8 }).readings[0].state == unlocked);

} // namespace
