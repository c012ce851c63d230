// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Proof that the checker of the vm_refcnt decoder can fail: decoders with a
 * mistake that somebody could make are caught, and for what it is.
 */
#include <gtest/gtest.h>

#include "vm_refcnt_checker.hh"

namespace {

using namespace refcnt_checker;
using enum vm_refcnt_state;

/** A decoder that gives all readings but those that @p drop is true of. */
vm_refcnt without(const vm_refcnt &all, auto drop)
{
	vm_refcnt result = all;

	result.count = 0;
	for (const vm_refcnt_reading &reading : all)
		if (!drop(reading))
			result.readings[result.count++] = reading;
	return result;
}

TEST(busted_vm_refcnt, NoneIsNot)
{
	EXPECT_EQ(complaint<decoder>(), "");
}

/** The reading of the kernel's table that the comment beside it leaves out. */
struct forgets_detaching : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		return without(decoder::decode(value, numbers...), [](const auto &reading) {
			return reading.state == detaching;
		});
	}
};

TEST(busted_vm_refcnt, ForgetsThatADetachBeginsWithoutTheFlag)
{
	EXPECT_EQ(complaint<forgets_detaching>(), "a reading is missing: 0x1");
}

/** Pretends to know: flag + 1 is a writer, and never the other. */
struct pretends : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		vm_refcnt all = decoder::decode(value, numbers...);
		if (value == 0x40000001)
			all.count = 1;
		return all;
	}
};

TEST(busted_vm_refcnt, PretendsToKnowWhoExcludesReaders)
{
	EXPECT_EQ(complaint<pretends>(), "a reading is missing: 0x40000001");
}

struct counts_the_vma_as_reader : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		vm_refcnt all = decoder::decode(value, numbers...);
		for (vm_refcnt_reading &reading : all.readings)
			reading.references += reading.state == read_locked;
		return all;
	}
};

TEST(busted_vm_refcnt, CountsTheVmaAsAReader)
{
	EXPECT_EQ(complaint<counts_the_vma_as_reader>(), "a reading is missing: 0x2");
}

struct promises_readers_to_a_detach : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		vm_refcnt all = decoder::decode(value, numbers...);
		for (vm_refcnt_reading &reading : all.readings)
			if (reading.state == detach_waiting)
				reading.readers_max = reading.references;
		return all;
	}
};

TEST(busted_vm_refcnt, TakesPassersByForReaders)
{
	EXPECT_EQ(complaint<promises_readers_to_a_detach>(), "a reading is missing: 0x40000001");
}

struct tests_the_flag_alone : decoder {
	bool readers_excluded(std::uint32_t value) const { return value >> 30 == 1; }
};

TEST(busted_vm_refcnt, TakesTheFlagForExclusion)
{
	EXPECT_EQ(complaint<tests_the_flag_alone>(), "readers excluded, or not: 0x40000002");
}

/** As an int every negative count is below the flag. */
struct compares_as_int : decoder {
	bool readers_excluded(std::uint32_t value) const
	{
		return (value & 0x40000000) && static_cast<std::int32_t>(value) <= 0x40000001;
	}
};

TEST(busted_vm_refcnt, ComparesASaturatedCountAsSigned)
{
	EXPECT_EQ(complaint<compares_as_int>(), "readers excluded, or not: 0xffffffff");
}

struct lets_in_one_too_many : decoder {
	bool admits_readers(std::uint32_t value) const
	{
		return value == 0x3fffffff || decoder::admits_readers(value);
	}
};

TEST(busted_vm_refcnt, LetsInOneReaderTooMany)
{
	EXPECT_EQ(complaint<lets_in_one_too_many>(), "readers admitted, or not: 0x3fffffff");
}

/** One bit too few: the count runs into the flag. */
struct saturates_late : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		return decoder::decode(value == 0x40000000 ? 0x3fffffff : value, numbers...);
	}
};

TEST(busted_vm_refcnt, TakesTheFlagForReaders)
{
	EXPECT_EQ(complaint<saturates_late>(), "a reading is missing: 0x40000000");
}

struct reads_every_negative_as_saturated : decoder {
	vm_refcnt decode(std::uint32_t value, auto... numbers) const
	{
		return decoder::decode(value >> 31 ? 0xc0000000 : value, numbers...);
	}
};

TEST(busted_vm_refcnt, TakesEveryNegativeForSaturated)
{
	EXPECT_EQ(complaint<reads_every_negative_as_saturated>(), "a reading is missing: 0xffffffff");
}

/** The rest only shows with the sequence numbers. */
struct ignores_the_numbers : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers) const
	{
		return decoder::decode(value);
	}
};

TEST(busted_vm_refcnt, IgnoresTheNumbers)
{
	EXPECT_EQ(complaint<ignores_the_numbers>(), "a contradiction, or not: 0");
}

struct mixes_them_up : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		return decoder::decode(value, { numbers.mm_lock_seq, numbers.vm_lock_seq });
	}
};

TEST(busted_vm_refcnt, MixesTheNumbersUp)
{
	EXPECT_EQ(complaint<mixes_them_up>(), "a contradiction, or not: 0");
}

/** Ever since the writer has the number it has the lock, says this one. */
struct ends_exclusion_with_the_number : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		return without(decoder::decode(value, numbers), [&](const auto &reading) {
			return reading.state == write_excluded && numbers.equal();
		});
	}
};

TEST(busted_vm_refcnt, EndsExclusionWithTheNumber)
{
	EXPECT_EQ(complaint<ends_exclusion_with_the_number>(),
		  "the protocol gets here otherwise: 0x40000001");
}

struct thinks_equal_settles_it : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		return without(decoder::decode(value, numbers), [&](const auto &reading) {
			return reading.state == detaching && numbers.equal();
		});
	}
};

TEST(busted_vm_refcnt, ThinksThatEqualNumbersSettleIt)
{
	EXPECT_EQ(complaint<thinks_equal_settles_it>(), "the protocol gets here otherwise: 0x1");
}

/** Does not know that mm_lock_seq says whether there is a writer at all. */
struct ignores_parity : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		const std::uint32_t odd = numbers.mm_lock_seq | 1;
		return decoder::decode(value, { numbers.equal() ? odd : numbers.vm_lock_seq, odd });
	}
};

TEST(busted_vm_refcnt, IgnoresWhetherThereIsAWriter)
{
	EXPECT_EQ(complaint<ignores_parity>(), "a contradiction, or not: 0");
}

/** Nothing fits, so it says nothing: no answer is no help. */
struct is_lost_for_words : decoder {
	using decoder::decode;
	vm_refcnt decode(std::uint32_t value, vma_sequence_numbers numbers) const
	{
		vm_refcnt all = decoder::decode(value, numbers);
		all.contradiction = false;
		return all;
	}
};

TEST(busted_vm_refcnt, HidesAContradiction)
{
	EXPECT_EQ(complaint<is_lost_for_words>(), "a contradiction, or not: 0");
}

} // namespace
