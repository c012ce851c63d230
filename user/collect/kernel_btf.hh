// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * What the running kernel is made of, as its type information (BTF) says.
 */
#pragma once

#include <memory>

struct btf;
struct btf_type;

namespace vmalock {

class kernel_btf {
public:
	/** @throw std::runtime_error with one sentence: there is none, or it is unreadable. */
	kernel_btf();

	/** What a kernel would be made of; it is this object's from now on. */
	explicit kernel_btf(btf *types);

	/** A function by this name, not inlined everywhere. */
	bool has_function(const char *name) const;
	/** Whether there is such a function, and what it returns is no void. */
	bool returns_something(const char *function) const;
	/** How many parameters it has; -1 if there is no such function. */
	int parameters_of(const char *function) const;
	bool has_struct(const char *name) const;
	/** A type definition by this name; each tracepoint NAME has one, btf_trace_NAME. */
	bool has_type(const char *name) const;
	/** Whether there is such a structure, and it has that member itself. */
	bool has_member(const char *structure, const char *member) const;

private:
	const btf_type *prototype_of(const char *function) const;

	std::unique_ptr<btf, void (*)(btf *)> types;
};

} // namespace vmalock
