// SPDX-License-Identifier: GPL-2.0-only
#include "collect/architecture.hh"

#include "collect/kernel_btf.hh"

namespace vmalock {

bool reads_machine_code()
{
#ifdef __x86_64__
	return true;
#else
	return false;
#endif
}

bool saves_stack_pointer(const kernel_btf &kernel)
{
	return kernel.has_member("thread_struct", "sp") || kernel.has_member("thread_struct", "cpu_context");
}

} // namespace vmalock
