// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What `vmalock decode` shows of one vm_refcnt.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/vm_refcnt.hh"

namespace vmalock {

struct decoded {
	vm_refcnt refcnt;
	std::optional<vma_sequence_numbers> numbers;
	/** What the same digits are in hexadecimal, if they were read as decimal. */
	std::optional<std::uint32_t> if_hexadecimal;
};

/** For people: at most 80 columns wide. */
std::string to_text(const decoded &decoded);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const decoded &decoded);

} // namespace vmalock
