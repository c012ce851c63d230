// SPDX-License-Identifier: GPL-2.0-only
#include "collect/current_writers.hh"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "collect/bpf_maps.hh"
#include "collect/system_calls.hh"
#include "collect/writers.hh"
#include "vmalock.skel.h"

namespace vmalock {

namespace {

/** Beyond the keys of the map of stacks, and no VMALOCK_STACK_NONE. */
constexpr std::uint32_t first_stack = 0x80000000;

[[noreturn]] void fail()
{
	throw std::runtime_error(fmt::format("asking the kernel who holds mmap_lock failed: {}",
					     std::strerror(errno)));
}

void add(const vmalock_hold &hold, kallsyms &symbols, writer_counts &out)
{
	writer_holds writer = {key_of(hold.writer), text_of(hold.comm),
			       name_of_system_call(hold.writer.syscall), once(hold.held_ns)};

	writer.writer.kernel_stack = first_stack + static_cast<std::uint32_t>(out.kernel_stacks.size());
	for (const auto &note : hold.notes)
		if (note.aborts)
			out.blames.push_back({writer.writer, key_of(note.victim, symbols), note.aborts});
	out.kernel_stacks.push_back({writer.writer.kernel_stack, symbols.functions_of(hold.stack)});
	out.writers.push_back(std::move(writer));
}

} // namespace

void add_current_writers(vmalock_bpf &bpf, kallsyms &symbols, writer_counts &out)
{
	const int descriptor = bpf_iter_create(bpf_link__fd(bpf.links.current_writers));
	const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(
		descriptor < 0 ? nullptr : fdopen(descriptor, "r"), std::fclose);
	vmalock_hold hold;

	if (!file)
		fail();
	while (std::fread(&hold, sizeof(hold), 1, file.get()))
		add(hold, symbols, out);
	if (std::ferror(file.get()))
		fail();
}

} // namespace vmalock
