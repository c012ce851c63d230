// SPDX-License-Identifier: GPL-2.0-only
#include "collect/standing_waits.hh"

#include <bpf/libbpf.h>
#include <cerrno>

#include "collect/bpf_errors.hh"
#include "uapi/standing_waits.h"
// Needs the record.
#include "watch.skel.h"

namespace vmalock {

void standing_waits::destroy::operator()(watch_bpf *skeleton) const
{
	watch_bpf__destroy(skeleton);
}

standing_waits::standing_waits()
{
	keep_warnings();
	skeleton.reset(watch_bpf__open());
	if (!skeleton)
		fail(-errno, "opening the BPF programs");
	fail_to_load_if(watch_bpf__load(skeleton.get()));
	if (const int error = watch_bpf__attach(skeleton.get()))
		fail(error, "attaching to the tracepoints of locks");
}

standing_waits::~standing_waits() = default;

std::vector<standing_wait> standing_waits::all() const
{
	std::vector<standing_wait> result;

	for (std::uint32_t place = 0; place < VMALOCK_STANDING_WAITS; place++) {
		const vmalock_standing_wait &at = skeleton->bss->standing_waits[place];

		if (const std::uint64_t wait = __atomic_load_n(&at.wait, __ATOMIC_ACQUIRE))
			result.push_back({place, wait, __atomic_load_n(&at.is_own, __ATOMIC_RELAXED) != 0});
	}
	return result;
}

void standing_waits::forget(const standing_wait &wait)
{
	std::uint64_t expected = wait.wait;

	__atomic_compare_exchange_n(&skeleton->bss->standing_waits[wait.place].wait, &expected, 0, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

std::uint64_t standing_waits::without_room() const
{
	return __atomic_load_n(&skeleton->bss->without_room, __ATOMIC_RELAXED);
}

} // namespace vmalock
