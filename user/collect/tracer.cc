// SPDX-License-Identifier: GPL-2.0-only
#include "collect/tracer.hh"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/helper_stats.hh"
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

/** Calls @p visit with every key of a map. */
template <class Key, class Visit>
void for_each_key(const bpf_map *map, Visit visit)
{
	Key key;
	const Key *previous = nullptr;

	// A new entry may make the walk start anew and show an old key again;
	// the entries are gathered by key, so seeing one twice is harmless.
	while (!bpf_map__get_next_key(map, previous, &key, sizeof(key))) {
		visit(key);
		previous = &key;
	}
}

process_id id_of(const vmalock_process_key &key)
{
	return {key.tgid, key.start_ns};
}

bool kernel_has(const btf *kernel, const char *function)
{
	return btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC) > 0;
}

} // namespace

void tracer::destroy::operator()(vmalock_bpf *skeleton) const
{
	vmalock_bpf__destroy(skeleton);
}

tracer::tracer(const trace_target &target)
{
	libbpf_set_print(keep_warning);
	open(target);
	leave_out_what_the_kernel_lacks();
	load();

	std::uint8_t one = 1;
	for (std::uint32_t pid : target.pids)
		bpf_map__update_elem(skeleton->maps.targets, &pid, sizeof(pid), &one, sizeof(one),
				     BPF_ANY);
	if (int error = vmalock_bpf__attach(skeleton.get()))
		fail(error, "attaching the BPF programs");
	started = std::chrono::steady_clock::now();
}

tracer::~tracer() = default;

void tracer::open(const trace_target &target)
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

void tracer::leave_out_what_the_kernel_lacks()
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
}

void tracer::load()
{
	if (int error = vmalock_bpf__load(skeleton.get()))
		fail(error, "loading the BPF programs");
}

void tracer::read_faults(snapshot &out)
{
	std::vector<vmalock_process_counts> by_cpu(
		static_cast<std::size_t>(libbpf_num_possible_cpus()));
	std::map<process_id, process_faults> found;

	for_each_key<vmalock_process_key>(skeleton->maps.faults, [&](const auto &key) {
		process_faults sum;

		if (bpf_map__lookup_elem(skeleton->maps.faults, &key, sizeof(key), by_cpu.data(),
					 by_cpu.size() * sizeof(by_cpu[0]), 0))
			return;
		sum.id = id_of(key);
		for (const vmalock_process_counts &counts : by_cpu) {
			sum.success += counts.success;
			sum.success_access += counts.success_access;
			sum.retry += counts.retry;
		}
		found[sum.id] = sum;
	});
	for (const auto &[id, sum] : found)
		out.faults.push_back(sum);
}

void tracer::read_aborts(snapshot &out)
{
	using key_bytes = std::array<std::uint64_t, sizeof(vmalock_abort_key) / 8>;
	std::map<key_bytes, process_aborts> found;

	for_each_key<vmalock_abort_key>(skeleton->maps.aborts, [&](const auto &key) {
		process_aborts aborts;
		kernel_symbol caller = symbols.find(key.caller);
		key_bytes bytes;

		if (bpf_map__lookup_elem(skeleton->maps.aborts, &key, sizeof(key), &aborts.count,
					 sizeof(aborts.count), 0))
			return;
		aborts.id = id_of(key.process);
		aborts.caller = caller.name;
		aborts.caller_module = caller.module;
		aborts.reason = static_cast<vmalock_abort_reason>(key.reason);
		std::memcpy(bytes.data(), &key, sizeof(key));
		found[bytes] = aborts;
	});
	for (auto &[key, aborts] : found)
		out.aborts.push_back(std::move(aborts));
}

void tracer::read_names(snapshot &out)
{
	std::map<process_id, std::string> found;

	for_each_key<vmalock_process_key>(skeleton->maps.names, [&](const auto &key) {
		char name[VMALOCK_COMM_LEN];

		if (!bpf_map__lookup_elem(skeleton->maps.names, &key, sizeof(key), name,
					  sizeof(name), 0))
			found[id_of(key)] = std::string(name, strnlen(name, sizeof(name)));
	});
	for (auto &[id, name] : found)
		out.names.push_back({id, std::move(name)});
}

void tracer::read_losses(snapshot &out)
{
	for (std::size_t cause = 0; cause < out.losses.maps.size(); cause++)
		out.losses.maps[cause] = skeleton->bss->losses[cause];

	bpf_program *program;
	bpf_object__for_each_program(program, skeleton->obj) {
		bpf_prog_info info{};
		__u32 size = sizeof(info);

		if (!bpf_program__autoload(program) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			continue;
		out.losses.skipped.emplace_back(bpf_program__name(program), info.recursion_misses);
	}
}

snapshot tracer::take()
{
	snapshot result;
	utsname system;

	uname(&system);
	result.kernel = system.release;
	result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
	result.not_visible = not_visible;
	read_faults(result);
	read_aborts(result);
	read_names(result);
	read_losses(result);
	result.helper = read_helper_stats();
	return result;
}

} // namespace vmalock
