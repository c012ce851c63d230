// SPDX-License-Identifier: GPL-2.0-only
#include "model/lock_words.hh"

#include <utility>

namespace vmalock {

namespace {

using state = mmap_lock_state;

/** Bits of count on 64-bit kernels, by their names in kernel/locking/rwsem.c. */
constexpr std::uint64_t rwsem_writer_locked = 1, rwsem_flag_waiters = 2, rwsem_flag_handoff = 4;
constexpr std::uint64_t rwsem_reserved = 0xf8;
constexpr unsigned rwsem_reader_shift = 8;
constexpr std::uint64_t rwsem_flag_readfail = std::uint64_t{1} << 63;

/** Bits of owner. Since 5.10 there is one for spinning. */
constexpr std::uint64_t rwsem_reader_owned = 1, rwsem_nonspinnable = 2;

/** include/linux/rwbase_rt.h, and kernel/locking/rtmutex_common.h for owner. */
constexpr std::uint32_t reader_bias = 1u << 31, writer_bias = 1u << 30;
constexpr std::uint64_t rt_mutex_has_waiters = 1;

/** A task_struct is aligned to 8 bytes on every 64-bit architecture, and to more on most. */
constexpr std::uint64_t no_address = 7;

lock_owner owner_of(std::uint64_t value)
{
	const bool reads = value & rwsem_reader_owned, nonspinnable = value & rwsem_nonspinnable;
	const std::uint64_t task = value & ~(rwsem_reader_owned | rwsem_nonspinnable);

	// Only what readers own is ever made RWSEM_NONSPINNABLE.
	if (task & no_address || (nonspinnable && !reads))
		return {value, owner_word::corrupt};
	if (reads)
		return {value, owner_word::reader, task, nonspinnable};
	return {value, task ? owner_word::writer : owner_word::none, task};
}

lock_owner rt_owner_of(std::uint64_t value)
{
	const std::uint64_t task = value & ~rt_mutex_has_waiters;

	if (task & no_address)
		return {value, owner_word::corrupt};
	return {value, task ? owner_word::task : owner_word::none, task, (value & rt_mutex_has_waiters) != 0};
}

std::vector<mmap_lock_reading> readings_of(std::uint64_t count)
{
	const std::uint64_t readers = count >> rwsem_reader_shift;

	// The last waiter takes RWSEM_FLAG_HANDOFF along with RWSEM_FLAG_WAITERS.
	if (count & rwsem_reserved || (count & rwsem_flag_handoff && !(count & rwsem_flag_waiters)))
		return {{state::corrupt}};
	if (count & rwsem_flag_readfail)
		return {{state::miscounted}};
	if (count & rwsem_writer_locked)
		return {{state::write_locked, readers, 0}};
	if (readers)
		return {{state::read_locked, readers, readers}, {state::unlocked, readers, 0}};
	return {{state::unlocked}};
}

/** Those that go with this owner at one moment. */
std::vector<mmap_lock_reading> readings_of(std::uint64_t count, owner_word owner)
{
	const std::uint64_t readers = count >> rwsem_reader_shift;

	if (count & rwsem_writer_locked) {
		switch (owner) {
		case owner_word::none:
			return {{state::write_begins, readers, 0}, {state::write_ends, readers, 0}};
		case owner_word::reader:
			return {{state::write_begins, readers, 0}};
		default:
			return {{state::write_locked, readers, 0}};
		}
	}
	if (owner == owner_word::writer)
		return readers ? std::vector<mmap_lock_reading>{{state::downgraded, readers, readers}}
			       : std::vector<mmap_lock_reading>{};
	if (owner == owner_word::none && readers)
		return {{state::read_begins, readers, readers}, {state::unlocked, readers, 0}};
	return readings_of(count);
}

/** Each reference is a reader's here. */
std::vector<mmap_lock_reading> rt_readings_of(std::uint32_t readers)
{
	const std::uint32_t count = readers & ~reader_bias;

	if (count > writer_bias || readers == (reader_bias | writer_bias))
		return {{state::miscounted}};
	if (readers & reader_bias)
		return {{count ? state::read_locked : state::unlocked, count, count}};
	if (readers == writer_bias)
		return {{state::write_locked}};
	return {{readers ? state::write_waiting : state::write_excluded, readers, readers},
		{state::write_given_up, readers, readers}};
}

} // namespace

bool is_valid(const std::vector<mmap_lock_reading> &readings)
{
	return readings.front().state != state::corrupt && readings.front().state != state::miscounted;
}

mmap_lock_words decode_mmap_lock(std::uint64_t count, std::optional<std::uint64_t> owner)
{
	mmap_lock_words result = {.value = count, .owner = {}, .readings = readings_of(count)};

	result.waiters = count & rwsem_flag_waiters;
	result.handoff = count & rwsem_flag_handoff;
	if (!owner)
		return result;
	result.owner = owner_of(*owner);
	if (result.owner->kind == owner_word::corrupt) {
		result.contradiction = true;
	} else if (is_valid(result.readings)) {
		auto both = readings_of(count, result.owner->kind);

		result.contradiction = both.empty();
		if (!both.empty())
			result.readings = std::move(both);
	}
	return result;
}

mmap_lock_words decode_rt_mmap_lock(std::uint32_t readers, std::optional<std::uint64_t> owner)
{
	mmap_lock_words result = {.rt = true, .value = readers, .owner = {}, .readings = rt_readings_of(readers)};

	if (!owner)
		return result;
	result.owner = rt_owner_of(*owner);
	// READER_BIAS is off only while a writer has the rtmutex.
	result.contradiction = result.owner->kind == owner_word::corrupt ||
			       (result.owner->kind == owner_word::none && readers <= writer_bias);
	return result;
}

} // namespace vmalock
