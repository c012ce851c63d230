// SPDX-License-Identifier: GPL-2.0-only
#include "model/event_filter.hh"

#include <algorithm>
#include <array>

#include "model/words.hh"
#include "uapi/waits.h"

namespace vmalock {

namespace {

constexpr std::array all_kinds = {VMALOCK_EVENT_ABORT, VMALOCK_EVENT_RETRY, VMALOCK_EVENT_BYPASS,
				  VMALOCK_EVENT_WAIT};

bool has(const std::vector<std::string> &list, std::string_view word)
{
	return std::ranges::find(list, word) != list.end();
}

bool wants_kind(const event_filter &filter, vmalock_event_kind kind)
{
	return filter.kinds.empty() ? kind != VMALOCK_EVENT_WAIT : has(filter.kinds, key_for(kind));
}

/** What a kind of event calls its reasons: enumerators from the first to before the end. */
template <class Enumeration>
std::vector<std::string_view> keys(Enumeration first, Enumeration end)
{
	// Those before are of another kind, and have no word here.
	std::vector<std::string_view> result(static_cast<std::size_t>(first));

	for (int reason = first; reason < end; reason++)
		result.push_back(key_for(static_cast<Enumeration>(reason)));
	return result;
}

/** The compiler's name.isra.0 is the name's, too. */
bool is_function(std::string_view function, std::string_view word)
{
	return function.substr(0, function.find('.')) == word || function == word;
}

} // namespace

std::vector<std::string_view> reasons_of(vmalock_event_kind kind)
{
	switch (kind) {
	case VMALOCK_EVENT_ABORT: return keys(vmalock_abort_reason{}, VMALOCK_ABORT_REASON_NR);
	case VMALOCK_EVENT_RETRY: return keys(vmalock_fallback{}, VMALOCK_FIRST_BYPASS);
	case VMALOCK_EVENT_BYPASS: return keys(VMALOCK_FIRST_BYPASS, VMALOCK_FALLBACK_NR);
	case VMALOCK_EVENT_WAIT: return keys(vmalock_wait_kind{}, VMALOCK_WAIT_KIND_NR);
	case VMALOCK_EVENT_KIND_NR: break;
	}
	return {};
}

std::uint32_t wanted_reasons(const event_filter &filter, vmalock_event_kind kind)
{
	const std::vector<std::string_view> reasons = reasons_of(kind);
	std::uint32_t result = 0;

	if (!wants_kind(filter, kind) || (!filter.callers.empty() && kind != VMALOCK_EVENT_ABORT))
		return 0;
	for (std::size_t reason = 0; reason < reasons.size(); reason++)
		if (!reasons[reason].empty() &&
		    (filter.reasons.empty() || has(filter.reasons, reasons[reason])))
			result |= 1u << reason;
	return result;
}

bool wanted(const event_filter &filter, const traced_event &event)
{
	return wants_kind(filter, event.kind) &&
	       (filter.reasons.empty() || has(filter.reasons, event.reason)) &&
	       (filter.callers.empty() ||
		std::ranges::any_of(filter.callers, [&](const std::string &word) {
			return event.kind == VMALOCK_EVENT_ABORT &&
			       (event.caller == word || is_function(event.function, word));
		})) &&
	       (filter.name.empty() || event.name == filter.name.substr(0, VMALOCK_COMM_LEN - 1));
}

std::vector<std::string> event_kinds()
{
	std::vector<std::string> result;

	for (vmalock_event_kind kind : all_kinds)
		result.emplace_back(key_for(kind));
	return result;
}

std::vector<std::string> event_reasons()
{
	std::vector<std::string> result;

	for (vmalock_event_kind kind : all_kinds)
		for (std::string_view reason : reasons_of(kind))
			if (!reason.empty() && !has(result, reason))
				result.emplace_back(reason);
	return result;
}

} // namespace vmalock
