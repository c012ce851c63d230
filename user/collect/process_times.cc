// SPDX-License-Identifier: GPL-2.0-only
#include "collect/process_times.hh"

#include "collect/bpf_maps.hh"
#include "uapi/count_records.h"
#include "vmalock.skel.h"

namespace vmalock {

void prepare_fault_times(vmalock_bpf &bpf)
{
	for (bpf_program *program : {bpf.progs.fault_time_begins, bpf.progs.fault_time_aborted,
				     bpf.progs.fault_time_ends})
		bpf_program__set_autoload(program, true);
}

std::vector<process_time> read_process_times(vmalock_bpf &bpf, vmalock_time first, vmalock_time end)
{
	std::vector<process_time> result;

	for_each_entry<vmalock_time_key, vmalock_times>(
		bpf.maps.process_times, [&](const auto &key, const auto &spent) {
			const auto what = static_cast<vmalock_time>(key.what);

			if (what >= first && what < end)
				result.push_back({id_of(key.process), what, times_of(spent)});
		});
	return result;
}

} // namespace vmalock
