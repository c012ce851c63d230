// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * calls FAST UNMAPPED TRYLOCK - make these numbers of calls of each kind, for the
 * suites that check what is traced. Not a suite itself.
 */
#include "memory.hh"
#include "module.hh"

int main(int argc, char **argv)
{
	using namespace guest;

	if (argc != 4)
		return 2;
	device device;
	mapping memory(1), hole(1);

	munmap(hole.address(), hole.bytes);
	for (int call = std::atoi(argv[1]); call; call--)
		expect(device.lock(VMALOCK_TEST_WAIT, memory.start).locked(), "not locked");
	for (int call = std::atoi(argv[2]); call; call--)
		expect(device.lock(VMALOCK_TEST_WAIT, hole.start).nothing(), "something is there");
	for (int call = std::atoi(argv[3]); call; call--)
		expect(device.lock(VMALOCK_TEST_TRYLOCK, memory.start).locked(), "not locked");
	return 0;
}
