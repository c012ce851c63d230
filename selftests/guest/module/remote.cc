// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * VMA locks in the address space of another process, by the recipes of docs/driver.md.
 */
#include "memory.hh"
#include "module.hh"

namespace {

using namespace guest;

struct remote_result : lock_result {
	std::uint64_t byte;
};

remote_result look(const device &device, pid_t pid, std::uint32_t by, std::uint64_t address)
{
	vmalock_test_remote argument = { address, static_cast<vmalock_u32>(pid), by, 0, 0, 0 };
	const int error = ioctl(device.fd, VMALOCK_TEST_IOC_REMOTE, &argument) == 0 ? 0 : errno;

	return { { error, argument.vm_start, argument.vm_end }, argument.byte };
}

/** A process that has @p memory, with the second page unmapped and its own byte there. */
class other_process {
public:
	explicit other_process(const mapping &memory) : pid_(fork())
	{
		if (pid_ == 0) {
			munmap(memory.address(1), page_size);
			*static_cast<volatile char *>(memory.address()) = 42;
			ready(1);
			pause();
			_exit(0);
		}
		char byte;
		expect(read(pipe_[0], &byte, 1) == 1, "the process died");
	}
	~other_process() { end(); }
	other_process(const other_process &) = delete;

	void end()
	{
		if (pid_ > 0) {
			kill(pid_, SIGKILL);
			waitpid(pid_, nullptr, 0);
		}
		pid_ = 0;
	}

	pid_t pid() const { return pid_; }

private:
	struct pipe_ends {
		int ends[2];
		pipe_ends() { expect(pipe(ends) == 0, "pipe failed"); }
		~pipe_ends() { close(ends[0]), close(ends[1]); }
		int operator[](int end) const { return ends[end]; }
	};
	void ready(char byte) const { expect(write(pipe_[1], &byte, 1) == 1, "the test is gone"); }

	pipe_ends pipe_;
	pid_t pid_;
};

constexpr std::uint32_t ways[] = { VMALOCK_TEST_BY_CALLER, VMALOCK_TEST_BY_KTHREAD, VMALOCK_TEST_BY_PIN };

void its_mappings_are_locked()
{
	device device;
	mapping memory(2);
	other_process other(memory);

	for (std::uint32_t by : ways) {
		const remote_result result = look(device, other.pid(), by, memory.start);
		expect(result.is(memory.start, memory.start + page_size),
		       std::to_string(by) + ": " + result.text());
		expect(by == VMALOCK_TEST_BY_CALLER || result.byte == 42,
		       std::to_string(by) + " read " + std::to_string(result.byte));
		expect(look(device, other.pid(), by, memory.start + page_size).error == EFAULT, "its hole");
		expect(look(device, getpid(), by, memory.start).is(memory.start, memory.end), "one's own");
	}
	expect(held_line() == "held 0", held_line());
}

void a_process_that_is_gone_has_none()
{
	device device;
	mapping memory(2);
	other_process other(memory);
	const pid_t pid = other.pid();

	other.end();
	for (std::uint32_t by : ways) {
		expect(look(device, pid, by, memory.start).error == ESRCH, "it has exited");
		expect(look(device, 2, by, memory.start).error == ESRCH, "a kernel thread");
	}
}

} // namespace

int main()
{
	return run_with_modules({
		{ "mappings of another process are locked, and its memory is read", its_mappings_are_locked },
		{ "a process that is gone has none", a_process_that_is_gone_has_none },
	});
}
