// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the count of a module's locks means when it is unloaded. The module that locks
 * also releases. Where another one did, one count is too high and one too low: by as
 * much as some are too low, others are too high without a leak.
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
	 * ever, @p deficit by how much others released more than they locked, each by
	 * itself. What was said once is not said again: counts stay, and the module may
	 * come back. Callers see to it that there is one call at a time.
	 */
	result settle(unsigned caller, long long held, long long deficit)
	{
		const long long open = held - settled_[caller];

		settled_[caller] = held;
		if (open < 0)
			return { VMALOCK_ACCOUNT_OVERDRAWN, -open };
		if (open == 0)
			return { VMALOCK_ACCOUNT_EVEN, 0 };

		const long long others = deficit - handed_on_;
		const long long handed = open < others ? open : others;

		handed_on_ += handed;
		if (handed < open)
			return { VMALOCK_ACCOUNT_LEAKED, open - handed };
		return { VMALOCK_ACCOUNT_HANDED_ON, open };
	}

private:
	long long settled_[VMALOCK_CALLERS];
	long long handed_on_;	/**< of the deficit, what has been found to be of whom */
};

} // namespace vmalock
