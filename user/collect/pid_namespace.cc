// SPDX-License-Identifier: GPL-2.0-only
#include "collect/pid_namespace.hh"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "collect/process_files.hh"
#include "uapi/processes.h"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** PROC_PID_INIT_INO, the number of the first PID namespace in all kernels. */
constexpr ino_t first_pid_namespace = 0xeffffffc;

/** It lists this process's id in each namespace, from that of /proc down to its own. */
std::uint32_t namespaces_above_ours_that_proc_is()
{
	std::ifstream status("/proc/self/status");

	for (std::string line; std::getline(status, line);)
		if (line.starts_with("NSpid:")) {
			std::istringstream ids(line.substr(6));
			const auto count = std::distance(std::istream_iterator<unsigned>(ids), {});

			return count ? static_cast<std::uint32_t>(count - 1) : 0;
		}
	return 0;
}

/**
 * Of all tasks that the namespace of the caller has.
 * @throw std::runtime_error if the kernel does not answer.
 */
std::vector<vmalock_task_ids> read_all(int link)
{
	const descriptor file(bpf_iter_create(link));
	std::vector<vmalock_task_ids> result;
	vmalock_task_ids some[64];
	ssize_t length = -1;

	// The kernel does not cut a record in two.
	while (file && ((length = read(file.get(), some, sizeof(some))) > 0 || (length < 0 && errno == EINTR)))
		if (length > 0)
			result.insert(result.end(), some, some + static_cast<std::size_t>(length) / sizeof(some[0]));
	if (length)
		throw std::runtime_error(fmt::format("listing the tasks of this PID namespace failed: {}",
						     std::strerror(errno)));
	return result;
}

} // namespace

bool in_first_pid_namespace()
{
	struct stat mine;

	return !stat("/proc/self/ns/pid", &mine) && mine.st_ino == first_pid_namespace;
}

bool proc_has_our_ids()
{
	return !namespaces_above_ours_that_proc_is();
}

pid_namespace::pid_namespace(vmalock_bpf &bpf) : bpf(bpf), is_first(in_first_pid_namespace())
{
	bpf_program__set_autoload(bpf.progs.task_ids, !is_first);
	bpf_program__set_autoattach(bpf.progs.task_ids, false);
	bpf.rodata->proc_above = is_first ? 0 : namespaces_above_ours_that_proc_is();
}

void pid_namespace::attach()
{
	if (is_first)
		return;
	bpf.links.task_ids = bpf_program__attach_iter(bpf.progs.task_ids, nullptr);
	if (!bpf.links.task_ids)
		throw std::runtime_error(fmt::format("asking for the ids of this PID namespace failed: {}",
						     std::strerror(errno)));
	tasks = std::make_shared<descriptor>(fcntl(bpf_link__fd(bpf.links.task_ids), F_DUPFD_CLOEXEC, 0));
}

std::uint32_t pid_namespace::kernels_id(std::uint32_t id, bool is_thread) const
{
	if (is_first)
		return id;
	for (const vmalock_task_ids &task : read_all(tasks->get()))
		if ((is_thread ? task.own_tid : task.own_tgid) == id)
			return is_thread ? task.tid : task.tgid;
	throw std::runtime_error(fmt::format("there is no {} {} in this PID namespace",
					     is_thread ? "thread" : "process", id));
}

numbers_in_proc pid_namespace::in_proc() const
{
	if (is_first)
		return same_number;
	return [tasks = tasks](std::uint32_t id) -> std::optional<std::uint32_t> {
		try {
			for (const vmalock_task_ids &task : read_all(tasks->get()))
				if (task.tgid == id && task.proc_tgid)
					return task.proc_tgid;
		} catch (const std::runtime_error &) {
			// A thread that names functions asks: without an answer they have no names.
		}
		return std::nullopt;
	};
}

} // namespace vmalock
