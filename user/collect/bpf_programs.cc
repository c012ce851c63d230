// SPDX-License-Identifier: GPL-2.0-only
#include "collect/bpf_programs.hh"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <tuple>
#include <unistd.h>

#include "collect/writers.hh"
#include "collect/wait_records.hh"
#include "vmalock.skel.h"

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

/** The verifier then refuses what it says it does not know, with EINVAL. */
bool locked_down()
{
	std::ifstream stream("/sys/kernel/security/lockdown");
	std::string states;

	std::getline(stream, states);
	return states.find("[confidentiality]") != std::string::npos;
}

[[noreturn]] void fail(int error, const char *what)
{
	if (error == -EPERM || error == -EACCES || locked_down())
		throw std::runtime_error(fmt::format(
			"{} is not permitted: run as root, on a kernel that is not locked down "
			"for confidentiality (see /sys/kernel/security/lockdown)", what));
	throw std::runtime_error(fmt::format("{} failed: {} ({})", what, std::strerror(-error),
					     last_warning));
}

bool kernel_has(const btf *kernel, const char *function)
{
	return btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;
}

} // namespace

void bpf_programs::destroy::operator()(vmalock_bpf *skeleton) const
{
	vmalock_bpf__destroy(skeleton);
}

bpf_programs::bpf_programs(const trace_target &target)
{
	libbpf_set_print(keep_warning);
	open(target);
	leave_out_what_the_kernel_lacks();
	prepare_writers(*skeleton, target.writers);
	choose_reader_programs(*skeleton, target.readers, not_visible);
	load();
	if (target.readers)
		attach_reader_programs(*skeleton, not_visible);

	std::uint8_t one = 1;
	for (std::uint32_t pid : target.pids)
		bpf_map__update_elem(skeleton->maps.targets, &pid, sizeof(pid), &one, sizeof(one),
				     BPF_ANY);
	if (int error = vmalock_bpf__attach(skeleton.get()))
		fail(error, "attaching the BPF programs");
}

bpf_programs::~bpf_programs() = default;

void bpf_programs::open(const trace_target &target)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		throw std::runtime_error(
			"there is no /sys/kernel/btf/vmlinux: this kernel was built without BTF, "
			"which tracing needs; boot one with CONFIG_DEBUG_INFO_BTF=y");
	skeleton.reset(vmalock_bpf__open());
	if (!skeleton)
		fail(-errno, "opening the BPF programs");
	skeleton->rodata->only_targets = !target.pids.empty();
	skeleton->rodata->follow_children = target.follow_children;
}

void bpf_programs::leave_out_what_the_kernel_lacks()
{
	std::unique_ptr<btf, void (*)(btf *)> kernel(btf__load_vmlinux_btf(), btf__free);

	if (!kernel)
		fail(-errno, "reading /sys/kernel/btf/vmlinux");
	for (const char *needed : {"lock_vma_under_rcu", "handle_mm_fault"})
		if (!kernel_has(kernel.get(), needed))
			throw std::runtime_error(fmt::format(
				"this kernel has no {}(): per-VMA locks came with Linux 6.4 and "
				"need CONFIG_PER_VMA_LOCK=y", needed));

	not_visible = {"miss (it leaves no trace outside lock_vma_under_rcu())"};
	if (!kernel_has(kernel.get(), "bad_area_access_error")) {
		bpf_program__set_autoload(skeleton->progs.bad_area_access_error_exit, false);
		not_visible.push_back("success of faults that end in an access error");
	}

	const std::tuple<const char *, bpf_program *, const char *> marks[] = {
		{"handle_userfault", skeleton->progs.handle_userfault_exit,
		 "retries that wait for userfaultfd, apart from others"},
		{"__vmf_anon_prepare", skeleton->progs.vmf_anon_prepare_exit,
		 "retries for the first anon_vma, apart from others"},
		{"__folio_lock_or_retry", skeleton->progs.folio_lock_or_retry_exit,
		 "retries for a page lock, apart from others"}};
	for (auto [function, program, event] : marks)
		if (!kernel_has(kernel.get(), function)) {
			bpf_program__set_autoload(program, false);
			not_visible.push_back(event);
		}
}

void bpf_programs::load()
{
	if (int error = vmalock_bpf__load(skeleton.get()))
		fail(error, "loading the BPF programs");
}

} // namespace vmalock
