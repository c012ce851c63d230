// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Reading names out of files that anybody may have made: in a process that has nothing to
 * lose.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "collect/descriptor.hh"
#include "collect/name_messages.hh"

namespace vmalock {

/** What a file says of an address. */
struct found_name {
	/** Of an ELF file: where in its image that is; nothing if it is not loaded. */
	std::optional<std::uint64_t> image_offset;
	std::string function;	///< demangled; empty if none is known to lie there
	std::string build_id;	///< hexadecimal; empty if it has none
};

/** A file that has names. */
class named_file {
public:
	named_file(descriptor file, names_format format);

	/** It has ended a namer that had read nothing else, and is not read again. */
	bool is_harmful() const { return harmful; }

private:
	friend class namer;

	descriptor file;
	names_format format;
	std::uint64_t number;
	std::uint64_t known_to = 0;	///< the namer that has it
	bool harmful = false;
};

/** What a namer may use for one question, and in all. */
struct namer_limits {
	std::uint64_t bytes = 512 << 20;	///< of memory, beyond what it begins with
	std::chrono::seconds processor{10};
	std::chrono::seconds elapsed{30};	///< a file system can keep it waiting
};

/**
 * A process that names what lies in files, `vmalock namer`. It is nobody, has no
 * privileges, no files but those that it was given, and may only read. When it dies, of a
 * file or of its limits, another one takes its place; a file that one has died of twice is
 * not read again.
 */
class namer {
public:
	/**
	 * Forks: before there are threads.
	 * @throw std::runtime_error if there cannot be another process.
	 */
	explicit namer(const namer_limits &limits = {});
	namer(namer &&other) noexcept = default;
	namer &operator=(namer &&) = delete;
	/** Ends it, and does not wait for that. */
	~namer() = default;

	/**
	 * Waits for as long as the limits allow, twice, and a little longer.
	 * @return nothing if it is no such file, is harmful, or there is no namer any more
	 */
	std::optional<found_name> look_up(named_file &file, std::uint64_t address);

private:
	enum class outcome { answered,
			     has_no_file,
			     died,
			     none };

	outcome ask(named_file &file, std::uint64_t address, found_name &out);
	bool send(const named_file &file, std::uint64_t address);
	outcome receive(found_name &out);
	void wait_for_next();

	descriptor messages;
	std::uint64_t current = 1;	///< how many namers there have been
	std::uint64_t questions = 0;
};

} // namespace vmalock
