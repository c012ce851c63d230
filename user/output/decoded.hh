// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What `vmalock decode` shows of one vm_refcnt, or of one mmap_lock.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/vm_refcnt.hh"
#include "model/lock_words.hh"

namespace vmalock {

struct decoded {
	vm_refcnt refcnt;
	std::optional<vma_sequence_numbers> numbers;
	/** What the same digits are in hexadecimal, if they were read as decimal. */
	std::optional<std::uint32_t> if_hexadecimal;
};

struct decoded_mmap_lock {
	mmap_lock_words words;
	std::optional<std::uint64_t> if_hexadecimal; ///< as above
};

/** For people: at most 80 columns wide. */
std::string to_text(const decoded &decoded);
std::string to_text(const decoded_mmap_lock &decoded);

/** One JSON object without the line end. See docs/json.md. */
std::string to_json(const decoded &decoded);
std::string to_json(const decoded_mmap_lock &decoded);

} // namespace vmalock
