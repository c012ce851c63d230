// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * crowd - take the room out of a tracer's table of groups, or give it back.
 *
 *   crowd COUNT [COMMAND [ARGUMENT]...]
 *
 * The tracer that runs now is made to believe that its table has COUNT entries more, or
 * less if that is negative; then COMMAND is executed. It is a full table to the programs,
 * which ask for nothing else (bpf/room.bpf.h).
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi/tables.h"

namespace {

[[noreturn]] void die(const char *what)
{
	std::perror(what);
	std::exit(1);
}

/** The tracer's variables; the kernel cuts the names of maps. */
int variables(bpf_map_info &info)
{
	std::uint32_t id = 0, size = sizeof(info);

	while (!bpf_map_get_next_id(id, &id)) {
		const int file = bpf_map_get_fd_by_id(id);

		if (file >= 0 && !bpf_map_get_info_by_fd(file, &info, &size) &&
		    std::string_view(info.name) == "vmalock_.bss")
			return file;
		close(file);
	}
	die("crowd: no tracer runs");
}

/** Of a variable among them. */
std::uint32_t offset_of(const bpf_map_info &info, std::string_view name)
{
	const btf *types = btf__load_from_kernel_by_id(info.btf_id);
	const btf_type *section = types ? btf__type_by_id(types, info.btf_value_type_id) : nullptr;

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const btf_var_secinfo &variable = btf_var_secinfos(section)[i];

		if (btf__name_by_offset(types, btf__type_by_id(types, variable.type)->name_off) == name)
			return variable.offset;
	}
	die("crowd: the tracer has no such variable");
}

} // namespace

int main(int argc, char **argv)
{
	bpf_map_info info{};

	if (argc < 2)
		die("crowd COUNT [COMMAND [ARGUMENT]...]");
	const int file = variables(info);
	char *memory = static_cast<char *>(mmap(nullptr, info.value_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
	if (memory == MAP_FAILED)
		die("crowd: mmap");
	auto *made = reinterpret_cast<std::int64_t *>(memory + offset_of(info, "entries_made"));
	__atomic_fetch_add(&made[VMALOCK_TABLE_GROUPS], std::atoll(argv[1]), __ATOMIC_SEQ_CST);
	if (argc == 2)
		return 0;
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
