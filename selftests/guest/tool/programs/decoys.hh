// SPDX-License-Identifier: GPL-2.0-only
/** @file Who sleeps while a writer waits for a reader, and is in nobody's way. */
#pragma once

#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#include <linux/vm_sockets.h>
#include <memory>
#include <semaphore>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <vector>

#include "process.hh"
#include "sleeper.hh"
#include "swap.hh"

constexpr unsigned decoy_ms = 2000;

/** Hold the lock of a mapping in a driver. */
inline void call_driver(const mapping &memory, unsigned ms)
{
	vmalock_test_lock lock = {};

	lock.address = reinterpret_cast<std::uintptr_t>(memory.address());
	lock.how = VMALOCK_TEST_WAIT;
	lock.hold_us = ms * 1000;
	check(ioctl(device, VMALOCK_TEST_IOC_LOCK, &lock) == 0, "VMALOCK_TEST_IOC_LOCK");
}

struct decoy {
	virtual ~decoy() = default;
};

/** Two readers of other mappings. */
struct beside : decoy {
	mapping other, another{ decoy_ms };
	sleeper driver{ [this] { call_driver(other, decoy_ms); } };
	sleeper fault{ [this] { another.touch(0); } };

	beside()
	{
		driver.wait_until_asleep();
		fault.wait_until_asleep();
		std::printf("beside_driver=%d beside_fault=%d\n", driver.id(), fault.id());
	}
};

/** A thread that has used the mapping. */
struct idle : decoy {
	std::binary_semaphore end{ 0 };
	sleeper thread;

	explicit idle(const mapping &memory)
		: thread([this, &memory] {
			  call_driver(memory, 1);
			  end.acquire();
		  })
	{
		thread.wait_until_asleep('S');
		std::printf("idle=%d\n", thread.id());
	}
	~idle() override { end.release(); }
};

/**
 * Threads that have faulted on a page of the mapping, and may have that fault's struct
 * vm_fault on their stacks still; the writer has done the same. Four wait on a futex, four
 * in a module that has no VMA locks.
 */
struct touched : decoy {
	static constexpr int threads = 8;
	std::counting_semaphore<threads> end{ 0 };
	const int socket;
	std::vector<std::unique_ptr<sleeper>> idle;

	static int listen_on_vsock()
	{
		const int file = ::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
		sockaddr_vm address = {};
		const timeval longest = { decoy_ms / 1000, 0 };

		check(file >= 0, "a socket of AF_VSOCK");
		address.svm_family = AF_VSOCK;
		address.svm_port = address.svm_cid = VMADDR_CID_ANY;
		check(bind(file, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0, "bind");
		check(listen(file, threads) == 0, "listen");
		// Nothing else wakes accept() before a peer comes.
		check(setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest)) == 0, "SO_RCVTIMEO");
		return file;
	}

	/** @param in_module: half of them wait in a module, and until decoy_ms have passed. */
	explicit touched(const mapping &memory, bool in_module = true)
		: socket(in_module ? listen_on_vsock() : -1)
	{
		const auto fault = [&memory] {
			check(madvise(const_cast<char *>(memory.start + page_size), page_size,
				      MADV_DONTNEED) == 0,
			      "madvise");
			memory.touch(1);
		};

		for (int i = 0; i < threads; i++) {
			idle.push_back(std::make_unique<sleeper>([this, fault, i] {
				fault();
				if (i % 2 && socket >= 0)
					accept(socket, nullptr, nullptr);
				else
					end.acquire();
			}));
			idle.back()->wait_until_asleep('S');
		}
		fault();
	}
	~touched() override { end.release(threads); }
};

/** A fault in the mapping that has let go of the VMA lock. */
struct userfault : decoy {
	const mapping &memory;
	const int file = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
	std::unique_ptr<sleeper> thread;

	explicit userfault(const mapping &memory) : memory(memory)
	{
		uffdio_api api = {};
		uffdio_register range = {};

		api.api = UFFD_API;
		range.range.start = reinterpret_cast<std::uintptr_t>(memory.address());
		range.range.len = memory.size();
		range.mode = UFFDIO_REGISTER_MODE_MISSING;
		check(ioctl(file, UFFDIO_API, &api) == 0, "UFFDIO_API");
		check(ioctl(file, UFFDIO_REGISTER, &range) == 0, "UFFDIO_REGISTER");
		thread = std::make_unique<sleeper>([&memory] { memory.touch(1); });
		uffd_msg message;
		check(read(file, &message, sizeof(message)) == sizeof(message), "userfaultfd");
		std::printf("userfault=%d\n", thread->id());
	}
	~userfault() override
	{
		uffdio_zeropage zero = {};

		zero.range.start = reinterpret_cast<std::uintptr_t>(memory.start + page_size);
		zero.range.len = page_size;
		check(ioctl(file, UFFDIO_ZEROPAGE, &zero) == 0, "UFFDIO_ZEROPAGE");
	}
};

/** A process with a mapping like it at the same address, which it faults on. */
struct copy : decoy {
	process other;

	explicit copy(const mapping &memory)
		: other(process::memory::copied, [&memory] { memory.touch(1); })
	{
		other.wait_until_asleep();
		std::printf("copy=%d\n", other.id());
	}
};

/** A fault in the mapping that waits for a disk to read a page from swap. */
struct swapin : decoy {
	std::unique_ptr<sleeper> thread;

	explicit swapin(const mapping &memory)
	{
		swap_out(memory);
		thread = std::make_unique<sleeper>([&memory] { memory.touch(1); });
		thread->wait_until_asleep();
		std::printf("swapin=%d\n", thread->id());
	}
};

/** A fault in another mapping that is in reclaim. */
struct reclaim : decoy {
	mapping other{ 0, too_many_pages };
	sleeper thread{ [this] { fill(other); } };

	reclaim()
	{
		thread.wait_until_asleep();
		std::printf("reclaim=%d\n", thread.id());
	}
	~reclaim() override { filled_enough = true; }
};

/** The one of that name. */
inline std::unique_ptr<decoy> make_decoy(std::string_view name, const mapping &memory)
{
	if (name == "beside")
		return std::make_unique<beside>();
	if (name == "idle")
		return std::make_unique<idle>(memory);
	if (name == "touched")
		return std::make_unique<touched>(memory);
	if (name == "userfault")
		return std::make_unique<userfault>(memory);
	if (name == "copy")
		return std::make_unique<copy>(memory);
	if (name == "swapin")
		return std::make_unique<swapin>(memory);
	if (name == "reclaim")
		return std::make_unique<reclaim>();
	std::fprintf(stderr, "blocking_reader: there is no decoy %s\n", name.data());
	std::_Exit(1);
}
