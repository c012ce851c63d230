// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * helper_cost - what a lock and release of a VMA cost that no writer is about, by the
 * helper and by what drivers would use instead. A line of JSON each: name, way, how many
 * nanoseconds.
 *
 * Meant for `selftests/vm/run ROLE --icount`, where a nanosecond of the guest is an
 * instruction. Not a suite.
 */
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>

#include "memory.hh"
#include "module.hh"

namespace {

using namespace guest;

struct way {
	vmalock_test_way number;
	const char *name;
};

constexpr way ways[] = {
	{ VMALOCK_TEST_WAY_KERNEL, "kernel_trylock" },
	{ VMALOCK_TEST_WAY_MMAP_LOCK, "mmap_lock" },
	{ VMALOCK_TEST_WAY_TRYLOCK, "trylock" },
	{ VMALOCK_TEST_WAY_HELPER, "helper" },
	{ VMALOCK_TEST_WAY_KILLABLE, "helper_killable" },
	{ VMALOCK_TEST_WAY_NEXT, "next" },
};

/** A batch is shorter than the time between two ticks; the least of many has none in it. */
constexpr unsigned batch = 1000, batches = 60;

std::optional<double> least_of(const device &device, const mapping &memory, vmalock_test_way way)
{
	std::uint64_t least = ~0ULL;

	for (unsigned i = 0; i < batches; i++) {
		vmalock_test_repeat repeat = { memory.start, static_cast<vmalock_u32>(way), batch, 0 };

		if (ioctl(device.fd, VMALOCK_TEST_IOC_REPEAT, &repeat) != 0) {
			expect(errno == EOPNOTSUPP, std::strerror(errno));
			return {};
		}
		least = std::min<std::uint64_t>(least, repeat.ns);
	}
	return static_cast<double>(least) / batch;
}

void measure(const std::string &how, const char *parameters)
{
	const modules loaded({ "vmalock", "vmalock_testdev" }, parameters);
	const device device;
	const mapping memory(1);

	for (const way &way : ways)
		if (const auto ns = least_of(device, memory, way.number))
			std::printf("{\"name\":\"%s%s\",\"ns\":%.1f}\n", way.name, how.c_str(), *ns);
}

} // namespace

int main()
{
	// The clock of a young guest drifts: what is measured last counts.
	measure("", "");
	measure("/owners", "track_owner=1");
	measure("", "");
	return 0;
}
