// SPDX-License-Identifier: GPL-2.0-only
#include "collect/elf_file.hh"

#include <cstdlib>
#include <cxxabi.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <stdexcept>
#include <unistd.h>

namespace vmalock {

namespace {

/** Only files that are given are looked into. */
int find_no_elf(Dwfl_Module *, void **, const char *, Dwarf_Addr, char **, Elf **)
{
	return -1;
}

// dwfl_standard_find_debuginfo() would ask debuginfod as its last resort.
constexpr Dwfl_Callbacks callbacks = {
	.find_elf = find_no_elf,
	.find_debuginfo = dwfl_build_id_find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = nullptr,
};

/** C++ and Rust names in the way they were written. */
std::string demangled(const char *symbol)
{
	int status;
	std::unique_ptr<char, void (*)(void *)> name(
		abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);

	return name ? name.get() : symbol;
}

} // namespace

void elf_file::end::operator()(Dwfl *dwfl) const
{
	dwfl_end(dwfl);
}

elf_file::elf_file(int file) : dwfl(dwfl_begin(&callbacks))
{
	// Without a place of its own: addresses are as the file has them.
	if (dwfl)
		module = dwfl_report_elf(dwfl.get(), "", "", file, 0, true);
	if (!module) {
		close(file);
		throw std::runtime_error(dwfl_errmsg(-1));
	}
	dwfl_report_end(dwfl.get(), nullptr, nullptr);
}

std::optional<std::uint64_t> elf_file::image_offset(std::uint64_t file_offset) const
{
	Dwarf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);
	std::size_t segments = 0;

	if (!elf || elf_getphdrnum(elf, &segments))
		return std::nullopt;
	for (std::size_t i = 0; i < segments; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(elf, static_cast<int>(i), &segment) && segment.p_type == PT_LOAD &&
		    file_offset >= segment.p_offset && file_offset - segment.p_offset < segment.p_filesz)
			return segment.p_vaddr + (file_offset - segment.p_offset) + bias;
	}
	return std::nullopt;
}

std::string elf_file::function_at(std::uint64_t image_offset) const
{
	const char *symbol = dwfl_module_addrname(module, image_offset);

	return symbol ? demangled(symbol) : "";
}

std::string elf_file::build_id() const
{
	const unsigned char *bytes;
	GElf_Addr address;
	int length = dwfl_module_build_id(module, &bytes, &address);
	std::string result;

	for (int i = 0; i < length; i++)
		result += fmt::format("{:02x}", bytes[i]);
	return result;
}

} // namespace vmalock
