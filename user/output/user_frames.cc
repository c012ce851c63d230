// SPDX-License-Identifier: GPL-2.0-only
#include "output/user_frames.hh"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/json_values.hh"

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
	ordered_json result = ordered_json::array();

	if (frames.empty())
		return nullptr;
	for (const user_frame &frame : frames)
		result.push_back({{"address", hexadecimal(frame.address)},
				  {"function", text_or_null(frame.function)},
				  {"file", text_or_null(frame.file)},
				  {"offset", frame.file.empty() ? ordered_json() : hexadecimal(frame.offset)},
				  {"build_id", text_or_null(frame.build_id)}});
	return result;
}

} // namespace vmalock
