// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * An open file, by its number.
 */
#pragma once

#include <unistd.h>
#include <utility>

namespace vmalock {

/** A file descriptor that is closed. */
class descriptor {
public:
	explicit descriptor(int number = -1) : number(number) {}
	descriptor(descriptor &&other) noexcept : number(other.release()) {}
	descriptor &operator=(descriptor &&other) noexcept
	{
		std::swap(number, other.number);
		return *this;
	}
	~descriptor()
	{
		if (number >= 0)
			close(number);
	}

	int get() const { return number; }
	explicit operator bool() const { return number >= 0; }
	int release() { return std::exchange(number, -1); }

private:
	int number;
};

} // namespace vmalock
