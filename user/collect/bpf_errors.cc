// SPDX-License-Identifier: GPL-2.0-only
#include "collect/bpf_errors.hh"

#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <string>

#include "collect/kallsyms.hh"
#include "collect/lockdown.hh"
#include "collect/privileges.hh"
#include "model/words.hh"

namespace vmalock {

namespace {

/** libbpf's last words, for the sentence of an error that nobody foresaw. */
std::string last_warning;

int keep_warning(libbpf_print_level level, const char *format, va_list arguments)
{
	char text[512];

	if (level != LIBBPF_WARN)
		return 0;
	std::vsnprintf(text, sizeof(text), format, arguments);
	last_warning = text;
	while (!last_warning.empty() && last_warning.back() == '\n')
		last_warning.pop_back();
	return 0;
}

} // namespace

void keep_warnings()
{
	libbpf_set_print(keep_warning);
}

void fail(int error, const char *what)
{
	const bool refused = error == -EPERM || error == -EACCES;
	const auto missing = missing_capabilities({CAP_BPF, CAP_PERFMON});

	if (refused && !missing.empty())
		throw std::runtime_error(fmt::format("{} needs {}: {}", what, listed(missing),
						     how_to_be_allowed));
	// Locked down, the verifier refuses what it says it does not know, with EINVAL.
	if (refused || lockdown_level() == "confidentiality")
		throw std::runtime_error(fmt::format(
			"{} is not permitted: run outside of containers, on a kernel that is not locked "
			"down for confidentiality (see /sys/kernel/security/lockdown)",
			what));
	throw std::runtime_error(fmt::format("{} failed: {} ({})", what, std::strerror(-error),
					     last_warning));
}

void fail_to_load_if(int error)
{
	// Who may not load at all is told EPERM.
	if (error == -EACCES && lockdown_level() != "confidentiality")
		throw std::runtime_error(fmt::format(
			"this kernel's verifier refuses the BPF programs, which is a bug of vmalock: "
			"please report it with the kernel's version ({})",
			last_warning));
	if (error)
		fail(error, "loading the BPF programs");
}

void demand_addresses(kallsyms &symbols, const char *who)
{
	const auto missing = missing_capabilities({CAP_BPF, CAP_PERFMON, CAP_SYSLOG});

	if (symbols.visible())
		return;
	if (!missing.empty())
		throw std::runtime_error(fmt::format("{} see the kernel's addresses, which needs {}: {}", who,
						     listed(missing), how_to_be_allowed));
	throw std::runtime_error(fmt::format("{} need the kernel's addresses, which it hides: set "
					     "kernel.kptr_restrict to 0 or 1",
					     who));
}

} // namespace vmalock
