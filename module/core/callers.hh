// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Which module made a call: a small number for each, to count by.
 *
 * Modules come and go, their counters stay: one that is loaded again under its
 * old name gets its old place. A place is claimed once, by whichever CPU sees
 * the module call first, and is never given to another name.
 */
#pragma once

#include "uapi/helper.h"

namespace vmalock {

class callers {
public:
	/** The place that modules share which came when all others were taken. */
	static constexpr unsigned shared = VMALOCK_CALLERS - 1;
	static constexpr unsigned name_size = 56;

	/**
	 * The place of a module, claimed now if this is its first call. A few
	 * loads in the usual case; called for every lock, in any context.
	 * @p module is only compared; @p name is asked for its name at the first call.
	 */
	template <class Name>
	unsigned place_of(const void *module, Name name)
	{
		for (unsigned i = 0; i < shared; i++)
			if (__atomic_load_n(&places_[i].module, __ATOMIC_RELAXED) == module)
				return i;
		return claim(module, name());
	}

	/** The place that a module has, or `shared`. It claims none. */
	unsigned find(const void *module) const
	{
		for (unsigned i = 0; i < shared; i++)
			if (__atomic_load_n(&places_[i].module, __ATOMIC_RELAXED) == module)
				return i;
		return shared;
	}

	/** The module is gone, and its address may become another's. */
	void forget(const void *module)
	{
		const unsigned place = find(module);

		if (place != shared)
			__atomic_store_n(&places_[place].module, nullptr, __ATOMIC_RELEASE);
	}

	/** The name of a place, null if nobody has it yet. */
	const char *name(unsigned place) const
	{
		if (!__atomic_load_n(&places_[place].named, __ATOMIC_ACQUIRE))
			return nullptr;
		return places_[place].name;
	}

private:
	struct place {
		const void *module;	/**< null once it is gone */
		bool named;		/**< written once, after the name */
		char name[name_size];
	};

	[[gnu::noinline]] unsigned claim(const void *module, const char *name)
	{
		for (unsigned i = 0; i < shared; i++) {
			const void *owner = nullptr;
			const char *known = this->name(i);

			// Its old place, or the first that never had a name. Two CPUs
			// look in the same order, so the later one finds the earlier's.
			if (known && !equal(known, name))
				continue;
			if (!__atomic_compare_exchange_n(&places_[i].module, &owner, module, false,
							 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
				if (owner == module)
					return i;
				continue;
			}
			if (!known) {
				copy(places_[i].name, name);
				__atomic_store_n(&places_[i].named, true, __ATOMIC_RELEASE);
			}
			return i;
		}
		return shared;
	}

	static bool equal(const char *a, const char *b)
	{
		unsigned i = 0;

		while (i < name_size - 1 && a[i] && a[i] == b[i])
			i++;
		return i == name_size - 1 || a[i] == b[i];
	}

	static void copy(char *to, const char *from)
	{
		unsigned i = 0;

		for (; i < name_size - 1 && from[i]; i++)
			to[i] = from[i];
		to[i] = '\0';
	}

	place places_[VMALOCK_CALLERS];
};

} // namespace vmalock
