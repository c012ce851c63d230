// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Type information of kernels that are not there: the functions and structures that
 * vmalock asks for, as their sources declare them.
 */
#pragma once

#include <bpf/btf.h>
#include <initializer_list>
#include <string>

#include "collect/kernel_btf.hh"

namespace vmalock::test {

class made_btf {
public:
	made_btf() : types(btf__new_empty()), number(btf__add_int(types, "int", 4, BTF_INT_SIGNED)) {}

	/** A function with so many parameters, that returns an int or nothing. */
	made_btf &function(const char *name, int parameters, bool returns)
	{
		const int prototype = btf__add_func_proto(types, returns ? number : 0);

		for (int i = 0; i < parameters; i++)
			btf__add_func_param(types, ("p" + std::to_string(i)).c_str(), number);
		btf__add_func(types, name, BTF_FUNC_GLOBAL, prototype);
		return *this;
	}

	made_btf &structure(const char *name, std::initializer_list<const char *> members)
	{
		unsigned offset = 0;

		btf__add_struct(types, name, static_cast<unsigned>(4 * members.size()));
		for (const char *member : members)
			btf__add_field(types, member, number, 32 * offset++, 0);
		return *this;
	}

	/** Once. */
	kernel_btf take() { return kernel_btf(types); }

private:
	btf *types;
	int number;
};

} // namespace vmalock::test
