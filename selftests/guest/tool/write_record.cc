// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * write_record - does the tracer that runs keep a record of the write locks of a thread?
 *
 *   write_record TID
 *
 * Prints yes or no.
 */
#include <bpf/bpf.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

[[noreturn]] void die(const char *what)
{
	std::perror(what);
	std::exit(1);
}

} // namespace

int main(int argc, char **argv)
{
	std::uint32_t id = 0;

	if (argc != 2)
		die("write_record TID");
	const int thread = static_cast<int>(syscall(SYS_pidfd_open, std::atoi(argv[1]), O_EXCL)); // PIDFD_THREAD
	if (thread < 0)
		die("write_record: pidfd_open");
	while (!bpf_map_get_next_id(id, &id)) {
		bpf_map_info info{};
		std::uint32_t size = sizeof(info);
		const int file = bpf_map_get_fd_by_id(id);

		if (file < 0 || bpf_map_get_info_by_fd(file, &info, &size) ||
		    std::string_view(info.name) != "holding_tasks") {
			close(file);
			continue;
		}
		std::vector<char> value(info.value_size);
		const bool found = !bpf_map_lookup_elem(file, &thread, value.data());

		if (!found && errno != ENOENT)
			die("write_record: the record");
		std::puts(found ? "yes" : "no");
		return 0;
	}
	die("write_record: no tracer runs");
}
