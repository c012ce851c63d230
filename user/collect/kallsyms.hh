// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Names for kernel text addresses, from /proc/kallsyms.
 */
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmalock {

struct kernel_symbol {
	std::string name;	///< empty if the address has none we may see
	std::string module;	///< empty for the kernel itself
};

class kallsyms {
public:
	/**
	 * Opens the file, of some hundred thousand lines, and reads it as far as what is asked
	 * for; functions are kept of it. It stays open, since the kernel shows addresses to
	 * whoever had CAP_SYSLOG when opening it.
	 */
	explicit kallsyms(const std::string &path = "/proc/kallsyms");

	/** Does the kernel show its addresses? Else nothing has a name here. */
	bool visible() const { return !lines.empty(); }

	/**
	 * The function that holds @p address. Reads the rest of the file, where modules and BPF
	 * programs are; all of it again for an address not asked for before if modules have
	 * come or gone.
	 */
	const kernel_symbol &find(std::uint64_t address);

	/**
	 * The functions of a kernel stack, as BPF programs take one: of return addresses,
	 * each in the middle of its function, up to the first zero. The tracer's own
	 * programs are left out. With the module in brackets where there is one.
	 */
	std::vector<std::string> functions_of(std::span<const std::uint64_t> stack);

	/** The variable of the kernel that begins at @p address, as functions_of(); empty: none. */
	std::string object_at(std::uint64_t address);

	struct extent {
		std::uint64_t start = 0, end = 0;
	};

	/** Where the function of this name lies; all zero if nowhere. */
	extent extent_of(std::string_view function);

	/** @p function, or the one that a compiler made of it, as name.isra.0; or empty. */
	std::string variant_of(std::string_view function);

private:
	/** Names begin there in `names`. */
	struct line {
		std::uint64_t address;
		std::uint32_t name, module;
	};

	void begin();
	bool read_symbol(std::vector<line> &out, std::string_view types);
	bool read_function();
	void read_rest();
	void read_objects();
	/** The first line that @p is_it is true of, as an index; as many as there are: none. */
	std::size_t line_that(auto is_it);
	std::uint32_t keep(std::string_view name);
	std::string_view name_of(const line &line) const { return &names[line.name]; }
	kernel_symbol look_up(std::uint64_t address) const;

	std::ifstream file, modules_file;
	std::string names;			///< each ends with a zero
	std::string modules;			///< that were loaded then, and where
	std::vector<line> lines;		///< functions; all have been read: by address
	std::vector<line> objects;		///< variables, by address, once one was asked for
	bool objects_read = false;
	std::uint32_t last_module = 0;		///< name of the one read last
	bool all_read = false;
	std::map<std::uint64_t, kernel_symbol> found;
};

} // namespace vmalock
