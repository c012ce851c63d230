// SPDX-License-Identifier: GPL-2.0-only
#include "collect/privileges.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <sys/prctl.h>

namespace vmalock {

namespace {

using capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void *)>;

capabilities of_this_process()
{
	return {cap_get_proc(), cap_free};
}

bool has(const capabilities &all, cap_flag_t set, cap_value_t capability)
{
	cap_flag_value_t value = CAP_CLEAR;

	cap_get_flag(all.get(), capability, set, &value);
	return value == CAP_SET;
}

/** In capitals, as people write them. */
std::string name_of(cap_value_t capability)
{
	const std::unique_ptr<char, int (*)(void *)> name(cap_to_name(capability), cap_free);
	std::string result = name.get();

	std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
	return result;
}

} // namespace

std::vector<std::string> missing_capabilities(std::initializer_list<cap_value_t> needed)
{
	const capabilities mine = of_this_process();
	std::vector<std::string> result;

	for (cap_value_t capability : needed) {
		const bool by_another = (capability == CAP_BPF || capability == CAP_PERFMON) &&
					has(mine, CAP_EFFECTIVE, CAP_SYS_ADMIN);

		if (!by_another && !has(mine, CAP_EFFECTIVE, capability))
			result.push_back(name_of(capability));
	}
	return result;
}

void drop_capabilities_but(const std::vector<cap_value_t> &kept)
{
	const capabilities mine = of_this_process(), few(cap_init(), cap_free);

	for (cap_value_t capability : kept)
		if (has(mine, CAP_PERMITTED, capability))
			for (cap_flag_t set : {CAP_PERMITTED, CAP_EFFECTIVE})
				cap_set_flag(few.get(), set, 1, &capability, CAP_SET);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || cap_set_proc(few.get()))
		throw std::runtime_error(std::string("giving up privileges failed: ") +
					 std::strerror(errno));
}

} // namespace vmalock
