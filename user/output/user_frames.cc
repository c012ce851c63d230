// SPDX-License-Identifier: GPL-2.0-only
#include "output/user_frames.hh"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vmalock {

using nlohmann::ordered_json;

std::string name_of(const user_frame &frame)
{
	if (!frame.function.empty())
		return frame.function;
	if (frame.file.empty())
		return fmt::format("{:#x}", frame.address);
	return fmt::format("{}+{:#x}", frame.file.substr(frame.file.rfind('/') + 1), frame.offset);
}

ordered_json to_json(const user_frames &frames)
{
	auto known = [](const std::string &text) { return text.empty() ? ordered_json() : ordered_json(text); };
	ordered_json result = ordered_json::array();

	if (frames.empty())
		return nullptr;
	for (const user_frame &frame : frames)
		result.push_back({{"address", fmt::format("{:#x}", frame.address)},
				  {"function", known(frame.function)},
				  {"file", known(frame.file)},
				  {"offset", frame.file.empty() ? ordered_json()
								: ordered_json(fmt::format("{:#x}", frame.offset))},
				  {"build_id", known(frame.build_id)}});
	return result;
}

} // namespace vmalock
