// SPDX-License-Identifier: GPL-2.0-only
#include "recording/limits.hh"

#include <vector>

#include "recording/cbor.hh"

namespace vmalock {

using nlohmann::json;

/*
 * Not by a callback of the parser, which looks through a whole array again at the end of
 * each of its objects (nlohmann::json 3.12). Iterative: depth costs no stack.
 */
void limit(json &all)
{
	std::vector<json *> open = {&all};

	while (!open.empty()) {
		json &value = *open.back();

		open.pop_back();
		if (value.is_number_float())
			expect_in_range(value.get<double>());
		else if (value.is_string())
			cut(most_letters, value.get_ref<std::string &>());
		else if (value.is_structured())
			for (json &inside : value)
				open.push_back(&inside);
	}
}

json parsed(const std::string &text)
{
	json result = json::parse(text);

	limit(result);
	return result;
}

} // namespace vmalock
