// SPDX-License-Identifier: GPL-2.0-only
#include "cli/task_id.hh"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/pid_namespace.hh"
#include "collect/process_files.hh"

namespace vmalock {

task_id kind_of(const std::string &id)
{
	pid_t number = 0;
	const auto end = id.data() + id.size();

	if (id.starts_with('0') || std::from_chars(id.data(), end, number).ptr != end || number <= 0)
		return task_id::of_none;
	if (descriptor(static_cast<int>(syscall(SYS_pidfd_open, number, 0))))
		return task_id::of_process;
	// EINVAL of a thread, which newer kernels call ENOENT.
	return errno == ESRCH ? task_id::of_none : task_id::of_thread;
}

std::string process_of_thread(const std::string &tid)
{
	std::ifstream status(proc_has_our_ids() ? "/proc/" + tid + "/status" : "");

	for (std::string line; std::getline(status, line);)
		if (line.starts_with("Tgid:\t"))
			return ", " + line.substr(6);
	return "";
}

} // namespace vmalock
