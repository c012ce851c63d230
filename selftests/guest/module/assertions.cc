// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * The assertions without owner tracking: exact with lockdep, and without it
 * never wrong.
 */
#include "task.hh"
#include "verdicts.hh"

namespace {

using namespace guest;

/** What is said where lockdep, if it is there, makes the difference. */
std::string with_lockdep_or(const char *exact, const char *approximate)
{
	return kernel::has_lockdep() ? exact : approximate;
}

void nothing_is_locked()
{
	device device;
	mapping memory(1);

	expect_verdicts(device, VMALOCK_TEST_UNLOCKED, memory, "no no no yes");
}

void a_read_lock()
{
	device device;
	mapping memory(1);

	expect_verdicts(device, VMALOCK_TEST_READ_LOCKED, memory,
			with_lockdep_or("yes no yes yes", "unknown no unknown yes"));
}

void mmap_lock_for_read()
{
	device device;
	mapping memory(1);

	// It keeps the VMA as it is, and is no lock of the VMA, if there is one.
	if (kernel::has_vma_locks())
		expect_verdicts(device, VMALOCK_TEST_MMAP_READ, memory,
				with_lockdep_or("no no yes yes", "no no unknown yes"));
	else
		expect_verdicts(device, VMALOCK_TEST_MMAP_READ, memory,
				with_lockdep_or("yes no yes yes", "unknown no unknown yes"));
}

void mmap_lock_for_write()
{
	device device;
	mapping memory(1);

	expect_verdicts(device, VMALOCK_TEST_MMAP_WRITE, memory,
			kernel::has_vma_locks() ? "no no yes yes" : "yes yes yes yes");
}

void a_write_lock()
{
	device device;
	mapping memory(1);

	expect_verdicts(device, VMALOCK_TEST_WRITE_LOCKED, memory, "yes yes yes yes");
	expect_verdicts(device, VMALOCK_TEST_UNLOCKED, memory, "no no no yes");
}

/** The reason for owner tracking: here it is not known whose lock it is. */
void anothers_lock_may_pass_for_ones_own()
{
	device device;
	mapping memory(1);
	task holder([&] { device.lock(VMALOCK_TEST_WAIT, memory.start, VMALOCK_TEST_MAX_HOLD_US); });

	holder.start();
	ktap::wait_until("the holder sleeps with the VMA locked", [&] { return holder.asleep(); });
	expect_verdicts(device, VMALOCK_TEST_UNLOCKED, memory,
			with_lockdep_or("no no no yes", "unknown no unknown yes"));
}

void bad_arguments_are_refused()
{
	device device;
	vmalock_test_verdicts asked = {};

	asked.situation = VMALOCK_TEST_SITUATION_NR;
	expect(ioctl(device.fd, VMALOCK_TEST_IOC_VERDICTS, &asked) == -1 && errno == EINVAL, "situation");
	asked.situation = 0;
	asked.reserved = 1;
	expect(ioctl(device.fd, VMALOCK_TEST_IOC_VERDICTS, &asked) == -1 && errno == EINVAL, "reserved");
	asked.reserved = 0;
	for (std::uint32_t situation = 0; situation < VMALOCK_TEST_SITUATION_NR; situation++) {
		asked.situation = situation;
		expect(ioctl(device.fd, VMALOCK_TEST_IOC_VERDICTS, &asked) == -1 && errno == ENOENT,
		       "nothing is mapped at zero");
	}
	expect(device.misuse(VMALOCK_TEST_MISUSE_NR, 0) == EINVAL, "kind of misuse");
}

void owners_are_not_listed()
{
	expect(access("/sys/kernel/debug/vmalock/owners", F_OK) != 0,
	       "there is a list of owners, and nobody asked for one");
}

} // namespace

int main()
{
	return run_with_modules({
		{ "nothing is locked", nothing_is_locked },
		{ "a read lock", a_read_lock },
		{ "mmap_lock for read", mmap_lock_for_read },
		{ "mmap_lock for write", mmap_lock_for_write },
		{ "a write lock, which ends with mmap_lock", a_write_lock },
		{ "another's lock may pass for one's own", anothers_lock_may_pass_for_ones_own },
		{ "bad arguments are refused", bad_arguments_are_refused },
		{ "owners are not tracked", owners_are_not_listed },
	});
}
