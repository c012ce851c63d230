// SPDX-License-Identifier: GPL-2.0-only
#include "model/grade.hh"

namespace vmalock {

namespace {

constexpr std::string_view keys[] = {
#define VMALOCK_GRADE_KEY(name, meaning) #name,
	VMALOCK_GRADES(VMALOCK_GRADE_KEY)
#undef VMALOCK_GRADE_KEY
};

/** Only who has locked the VMA can be in the way (uapi/aborts.h): the owner of mmap_lock. */
bool is_by_owner(vmalock_abort_reason reason)
{
	constexpr vmalock_abort_by by[] = {
#define VMALOCK_BY_WHOM(name, key, words, by) by,
		VMALOCK_ABORT_REASONS(VMALOCK_BY_WHOM)
#undef VMALOCK_BY_WHOM
	};

	return reason < VMALOCK_ABORT_REASON_NR && by[reason] == VMALOCK_BY_OWNER;
}

} // namespace

std::string_view key_of(grade grade)
{
	return keys[static_cast<std::size_t>(grade)];
}

std::optional<grade> grade_with_key(std::string_view key)
{
	const auto found = std::ranges::find(keys, key);

	if (found == std::end(keys))
		return std::nullopt;
	return static_cast<grade>(found - keys);
}

/*
 * Of a writer whose hold is known, that hold had begun before the refused call was entered,
 * and went on when the VMA had been read as locked: there is one owner of mmap_lock, and
 * this was it. One whose hold was not traced, began during the call or was just ending, owned
 * mmap_lock before and after, but another may have had it in between.
 */
grade grade_of(vmalock_writer_state state, vmalock_abort_reason reason)
{
	if (!is_by_owner(reason))
		return grade::unknown;
	switch (state) {
	case VMALOCK_WRITER_SEEN:
	case VMALOCK_WRITER_CROWDED:
	case VMALOCK_WRITER_HOLDING:
		return grade::certain;
	case VMALOCK_WRITER_LEFT:
	case VMALOCK_WRITER_UNSEEN:
		return grade::likely;
	default:
		return grade::unknown;
	}
}

} // namespace vmalock
