// SPDX-License-Identifier: GPL-2.0-only
#include "collect/architecture.hh"

#include <linux/audit.h>

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

std::uint32_t audit_architecture()
{
#if defined(__x86_64__)
	return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
	return AUDIT_ARCH_AARCH64;
#else
	return 0;
#endif
}

bool saves_stack_pointer(const kernel_btf &kernel)
{
	return kernel.has_member("thread_struct", "sp") || kernel.has_member("thread_struct", "cpu_context");
}

} // namespace vmalock
