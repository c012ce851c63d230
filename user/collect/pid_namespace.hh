// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Ids of processes, where this process does not know them by the kernel's own.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

struct vmalock_bpf;

namespace vmalock {

class descriptor;

/** There ids are those that the kernel uses itself. */
bool in_first_pid_namespace();

/** Is /proc of the PID namespace of this process, and not of one above? */
bool proc_has_our_ids();

/** By which number /proc knows the process that the kernel knows by this; empty if it does not. */
using numbers_in_proc = std::function<std::optional<std::uint32_t>(std::uint32_t)>;

/** In the first PID namespace. */
inline std::optional<std::uint32_t> same_number(std::uint32_t id)
{
	return id;
}

/**
 * The PID namespace of this process. BPF programs and all that they count use the ids of
 * the first one. It takes a look at all tasks of the namespace to translate an id; in the
 * first namespace there is nothing to translate.
 */
class pid_namespace {
public:
	/** Choose what is loaded. */
	explicit pid_namespace(vmalock_bpf &bpf);

	/** Once the programs are loaded, before anything is asked. */
	void attach();

	/**
	 * Of a process or thread, by the id that it has here.
	 * @throw std::runtime_error if there is none.
	 */
	std::uint32_t kernels_id(std::uint32_t id, bool is_thread) const;

	/** May be asked by any thread, also when this object is gone. */
	numbers_in_proc in_proc() const;

private:
	vmalock_bpf &bpf;
	bool is_first;
	std::shared_ptr<descriptor> tasks;	///< the iterator's link, empty in the first namespace
};

} // namespace vmalock
