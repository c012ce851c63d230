// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * A writer of the area's VMA that waits, with mmap_lock held for write, until the
 * test lets it continue: see ../module/writers.cc. The test process is the receiver.
 */
#pragma once

#include "binder.hh"
#include "task.hh"

namespace guest {

/** @p Write is what the writer does: to the whole area, with one call. */
template <void Write(char *memory, std::uint64_t bytes)>
class standstill {
public:
	explicit standstill(const binder_file &file, std::uint64_t bytes)
		: memory(file.map(bytes)), bytes(bytes)
	{
		expect(memory != MAP_FAILED, "mmap");
	}

	/**
	 * From here on nothing may need mmap_lock: no new task, and no allocation,
	 * which the text of an expect() would be. Nor a page fault: one in a system
	 * call, on a stack that fork() made copy-on-write, always takes it.
	 */
	void begin()
	{
		const auto start = reinterpret_cast<std::uint64_t>(memory);

		// Have every page there is, and writable.
		expect(mlockall(MCL_CURRENT) == 0 && munlockall() == 0, "mlockall");
		holder_.start();
		ktap::wait_until("the holder sleeps with the VMA locked",
				 [&] { return holder_.asleep(); });
		writer_.start();
		ktap::wait_until("the writer turns readers away and sleeps", [&] {
			if (writer_.done())
				throw ktap::failure("the writer did not wait");
			return writer_.asleep() &&
			       device_.lock(VMALOCK_TEST_TRYLOCK, start).nothing();
		});
	}

	void end()
	{
		if (writer_.done() || !holder_.asleep())
			throw ktap::failure("the standstill ended early");
		holder_.kill();
		expect(writer_.join(), "the writer died");
	}

	char *const memory;
	const std::uint64_t bytes;

private:
	struct hold {
		standstill &self;
		void operator()()
		{
			self.device_.lock(VMALOCK_TEST_WAIT,
					  reinterpret_cast<std::uint64_t>(self.memory),
					  VMALOCK_TEST_MAX_HOLD_US);
		}
	};
	struct write {
		standstill &self;
		void operator()() { Write(self.memory, self.bytes); }
	};
	device device_;
	task<hold> holder_{ { *this } };
	task<write> writer_{ { *this } };
};

/** @name Writers: the area stays, goes, or is replaced. */
///@{
inline void change_area(char *memory, std::uint64_t bytes)
{
	madvise(memory, bytes, MADV_DONTDUMP);
}
inline void unmap_area(char *memory, std::uint64_t bytes)
{
	munmap(memory, bytes);
}
inline void replace_area(char *memory, std::uint64_t bytes)
{
	mmap(memory, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}
///@}

} // namespace guest
