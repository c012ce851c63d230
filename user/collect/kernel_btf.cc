// SPDX-License-Identifier: GPL-2.0-only
#include "collect/kernel_btf.hh"

#include <bpf/btf.h>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace vmalock {

kernel_btf::kernel_btf() : types(nullptr, btf__free)
{
	// Asked first, since libbpf would print a warning of its own.
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		throw std::runtime_error(
			"there is no /sys/kernel/btf/vmlinux: this kernel was built without BTF, "
			"which tracing needs; boot one with CONFIG_DEBUG_INFO_BTF=y");
	types.reset(btf__load_vmlinux_btf());
	if (!types)
		throw std::runtime_error(fmt::format("reading /sys/kernel/btf/vmlinux failed: {}",
						     std::strerror(errno)));
}

kernel_btf::kernel_btf(btf *types) : types(types, btf__free)
{
}

bool kernel_btf::has_function(const char *name) const
{
	return btf__find_by_name_kind(types.get(), name, BTF_KIND_FUNC) > 0;
}

const btf_type *kernel_btf::prototype_of(const char *function) const
{
	const int id = btf__find_by_name_kind(types.get(), function, BTF_KIND_FUNC);

	if (id <= 0)
		return nullptr;
	return btf__type_by_id(types.get(), btf__type_by_id(types.get(), static_cast<unsigned>(id))->type);
}

bool kernel_btf::returns_something(const char *function) const
{
	const btf_type *prototype = prototype_of(function);

	return prototype && prototype->type;
}

int kernel_btf::parameters_of(const char *function) const
{
	const btf_type *prototype = prototype_of(function);

	return prototype ? btf_vlen(prototype) : -1;
}

bool kernel_btf::has_struct(const char *name) const
{
	return btf__find_by_name_kind(types.get(), name, BTF_KIND_STRUCT) > 0;
}

bool kernel_btf::has_type(const char *name) const
{
	return btf__find_by_name_kind(types.get(), name, BTF_KIND_TYPEDEF) > 0;
}

bool kernel_btf::has_member(const char *structure, const char *member) const
{
	const int id = btf__find_by_name_kind(types.get(), structure, BTF_KIND_STRUCT);

	if (id <= 0)
		return false;
	const btf_type *type = btf__type_by_id(types.get(), static_cast<unsigned>(id));
	for (int i = 0; i < btf_vlen(type); i++)
		if (std::string_view(member) ==
		    btf__name_by_offset(types.get(), btf_members(type)[i].name_off))
			return true;
	return false;
}

} // namespace vmalock
