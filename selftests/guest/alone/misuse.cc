// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * misuse KIND - break the contract through the test device, once, then close
 * the device and sleep until killed. KIND is a number of the test device's ABI.
 */
#include <unistd.h>

#include "memory.hh"
#include "module.hh"

int main(int argc, char **argv)
{
	using namespace guest;

	if (argc != 2)
		return 2;
	mapping memory(1), other(1);
	int error;
	{
		device device;
		error = device.misuse(static_cast<std::uint32_t>(std::atoi(argv[1])), memory.start,
				      other.start);
	}
	std::printf("%s\n", error ? std::strerror(error) : "done");
	std::fflush(stdout);
	if (!error)
		pause();
	return 1;
}
