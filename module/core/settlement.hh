// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the count of a module's locks means when it is unloaded. The module that locks
 * also releases. Where another one did, one count is too high and one too low, and
 * their sum, over all modules, is right: by that the two are told from a leak.
 */
#pragma once

#include "boundary/account.h"
#include "uapi/helper.h"

namespace vmalock {

class settlement {
public:
	struct result {
		vmalock_account kind;
		long long locks;	/**< that this is about, above zero if there are any */
	};

	/**
	 * A module goes. @p held is by how much it locked more than it released since
	 * ever, @p all the same of all modules. What was said once is not said again:
	 * counts stay, and the module may come back.
	 */
	result settle(unsigned caller, long long held, long long all)
	{
		const long long open = held - settled_[caller];

		for (const long long settled : settled_)
			all -= settled;
		settled_[caller] = held;
		if (open < 0)
			return { VMALOCK_ACCOUNT_OVERDRAWN, -open };
		if (open == 0)
			return { VMALOCK_ACCOUNT_EVEN, 0 };
		return { all > 0 ? VMALOCK_ACCOUNT_LEAKED : VMALOCK_ACCOUNT_HANDED_ON, open };
	}

private:
	long long settled_[VMALOCK_CALLERS];
};

} // namespace vmalock
