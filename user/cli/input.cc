// SPDX-License-Identifier: GPL-2.0-only
#include "cli/input.hh"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "output/capture.hh"

namespace vmalock {

std::vector<snapshot> read_input(const std::string &path)
{
	std::ifstream stream(path);

	if (!stream)
		throw std::runtime_error("cannot read " + path + ": " + std::strerror(errno));
	try {
		std::vector<snapshot> result = read_capture(stream);

		if (result.size() < 2)
			throw std::runtime_error("it holds less than two snapshots, and nothing to compare");
		return result;
	} catch (const std::runtime_error &error) {
		throw std::runtime_error(path + ": " + error.what());
	}
}

} // namespace vmalock
