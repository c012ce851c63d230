// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The functions of a program or library.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct Dwfl;
struct Dwfl_Module;

namespace vmalock {

class elf_file {
public:
	/**
	 * Reads headers and, when first asked for a function, the table of symbols:
	 * the file's, or of its separate file below /usr/lib/debug if this machine
	 * has that. Nothing is downloaded.
	 * @param file is closed, also if this throws.
	 * @throw std::runtime_error if it is no ELF file.
	 */
	explicit elf_file(int file);

	/** Where in the image this byte of the file lies; nothing if it is not loaded. */
	std::optional<std::uint64_t> image_offset(std::uint64_t file_offset) const;

	/** Demangled; empty if no function is known to lie there. */
	std::string function_at(std::uint64_t image_offset) const;

	/** Hexadecimal, empty if it has none. */
	std::string build_id() const;

private:
	struct end {
		void operator()(Dwfl *dwfl) const;
	};

	std::unique_ptr<Dwfl, end> dwfl;
	Dwfl_Module *module = nullptr;
};

} // namespace vmalock
