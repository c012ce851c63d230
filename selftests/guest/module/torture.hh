// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Torture: threads and kthreads lock the VMAs of a region by every call there is, while
 * others map, unmap, protect and move its pages and fork, on CPUs that come and go. Who
 * changes a page says so in a record, by which the module judges each call.
 */
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

#include "draws.hh"
#include "memory.hh"
#include "module.hh"
#include "uapi/vmalock_torture.h"

namespace guest {

using counts = vmalock_torture_counts;
using std::chrono::steady_clock;

inline std::uint64_t sum(const auto &array)
{
	std::uint64_t result = 0;

	for (std::uint64_t one : array)
		result += one;
	return result;
}

/** The faults among them. */
inline std::uint64_t faults_of(const counts &counts)
{
	return sum(counts.faults) - counts.faults[VMALOCK_TORTURE_RIGHT];
}

/** A number of the environment, for runs by hand. */
inline unsigned setting(const char *name, unsigned otherwise)
{
	const char *given = std::getenv(name);

	return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : otherwise;
}

constexpr unsigned looks_a_second = 5;

/** How a run is made. */
struct torture_plan {
	std::chrono::seconds seconds{ setting("VMALOCK_SECONDS", 60) };
	/**
	 * So many looks, five a second, at which somebody has not got on, are a fault. Looks,
	 * not seconds: a guest that stands still does not look either.
	 */
	unsigned patience = looks_a_second * setting("VMALOCK_PATIENCE", 60);
	/** A line of statistics so often; 0 for none. */
	std::chrono::seconds statistics{ setting("VMALOCK_STATISTICS", 0) };
	unsigned kthreads = setting("VMALOCK_KTHREADS", 2), readers = setting("VMALOCK_READERS", 2);
	unsigned writers = setting("VMALOCK_WRITERS", 2);
	vmalock_torture_busted busted = VMALOCK_TORTURE_SOUND;
};

/** Pages of the region; in the last one nothing is ever mapped. */
constexpr std::uint32_t region_pages = 64, changed_pages = region_pages - 1, longest_change = 16;

/** The device, open, and its record. */
class torture_device {
public:
	torture_device()
	{
		expect(file >= 0, "/dev/vmalock_torture cannot be opened");
		void *memory = mmap(nullptr, sizeof(vmalock_torture_record),
				    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
		expect(memory != MAP_FAILED, "the record cannot be mapped");
		record = static_cast<vmalock_torture_record *>(memory);
	}
	~torture_device() { close(file); }
	torture_device(const torture_device &) = delete;

	void begin(const mapping &region, const torture_plan &plan)
	{
		vmalock_torture_begin begin = { region.start, region_pages, plan.kthreads, seed(), plan.busted, 0 };

		for (std::uint32_t page = 0; page < changed_pages; page++)
			record->pages[page].state = VMALOCK_TORTURE_MAPPED | VMALOCK_TORTURE_WRITABLE;
		expect(munmap(region.address(changed_pages), page_size) == 0, std::strerror(errno));
		expect(ioctl(file, VMALOCK_TORTURE_IOC_BEGIN, &begin) == 0, "the torture does not begin");
	}
	void read(std::uint64_t calls, std::uint64_t draws)
	{
		vmalock_torture_read read = { calls, draws };

		expect(ioctl(file, VMALOCK_TORTURE_IOC_READ, &read) == 0, "the torture does not read");
	}
	void rescue() { ioctl(file, VMALOCK_TORTURE_IOC_RESCUE); }
	/** @return whether nothing was left locked */
	bool end() { return ioctl(file, VMALOCK_TORTURE_IOC_END) == 0; }
	counts so_far()
	{
		counts result;

		expect(ioctl(file, VMALOCK_TORTURE_IOC_COUNTS, &result) == 0, "the torture does not count");
		return result;
	}

	vmalock_torture_record *record;

private:
	const int file = open("/dev/vmalock_torture", O_RDWR | O_CLOEXEC);
};

/** Pages that this thread alone changes, as long as it lives. */
class claimed_pages {
public:
	claimed_pages(vmalock_torture_record *record, std::uint32_t first) : record(record), first(first) {}

	/** @return whether one more was free, and @p fits of its state */
	bool extend(auto fits)
	{
		if (first + count == changed_pages)
			return false;
		vmalock_torture_page &page = record->pages[first + count];
		std::atomic_ref generation(page.generation);
		std::uint32_t even = generation.load(std::memory_order_acquire);
		const std::uint32_t state = std::atomic_ref(page.state).load(std::memory_order_relaxed);

		// The state is that of the generation, if nobody has claimed the page since.
		if (even & 1 || !fits(state) ||
		    !generation.compare_exchange_strong(even, even + 1, std::memory_order_seq_cst))
			return false;
		return ++count;
	}

	/** All are claimed: the change begins. */
	void begin() { began = now(); }

	/** The change is made. */
	void become(std::uint32_t state)
	{
		const std::uint64_t ended = now();

		for (std::uint32_t number = first; number < first + count; number++) {
			vmalock_torture_page &page = record->pages[number];
			std::atomic_ref generation(page.generation);

			std::atomic_ref(page.state).store(state, std::memory_order_relaxed);
			std::atomic_ref(page.began).store(began, std::memory_order_relaxed);
			std::atomic_ref(page.ended).store(ended, std::memory_order_relaxed);
			generation.store(generation.load(std::memory_order_relaxed) + 1, std::memory_order_release);
		}
		count = 0;
	}

	std::uint32_t state() const { return record->pages[first].state; }
	std::uint32_t pages() const { return count; }
	std::uint32_t place() const { return first; }

private:
	std::uint64_t now() { return std::atomic_ref(record->clock).fetch_add(1) + 1; }

	vmalock_torture_record *const record;
	const std::uint32_t first;
	std::uint32_t count = 0;
	std::uint64_t began = 0;
};

/** Somebody who is not to stop for long. */
struct worker {
	enum kind { reader,
		    writer,
		    forker,
		    nobody };

	kind kind = nobody;
	std::atomic<pid_t> thread = 0;
	std::atomic<std::uint64_t> done = 0;
};

constexpr const char *worker_names[] = { "a reader", "a writer", "fork()" };

/** What the process under torture and who looks after it both see. */
struct shared_state {
	static constexpr unsigned most_workers = 64;

	std::atomic<bool> over = false, paused = true, all_ended = false, looked_after = true;
	worker workers[most_workers];
};

/** The process under torture: it changes its region, and its own tasks read it too. */
class tortured_process {
public:
	tortured_process(torture_device &device, shared_state &shared, const torture_plan &plan)
		: device(device), shared(shared)
	{
		// Nothing is mapped any more once there are holes in the region: a stack could fall into one.
		for (worker &self : shared.workers)
			if (self.kind != worker::nobody)
				threads.emplace_back([this, &self] { work(self); });
		device.begin(region, plan);
		shared.paused = false;
	}

	/** Until it is over; then the region stays until nobody looks at it any more. */
	void run()
	{
		for (std::thread &thread : threads)
			thread.join();
		shared.all_ended = true;
		while (shared.looked_after)
			usleep(1000);
	}

private:
	void work(worker &self)
	{
		random_draws draw(static_cast<unsigned>(&self - shared.workers));

		self.thread = gettid();
		pause();
		while (!shared.over) {
			switch (self.kind) {
			case worker::reader:
				read(draw);
				self.done++;
				break;
			case worker::writer: self.done += draw.below(4) ? change(draw) : move(draw); break;
			default:
				make_process(draw);
				self.done++;
				break;
			}
			pause();
		}
	}

	void pause()
	{
		while (shared.paused)
			usleep(1000);
	}

	/** Calls of a reader until it is asked again whether to stop. */
	static constexpr std::uint64_t batch = 256;

	void read(random_draws &draw) { device.read(batch, draw.below(~0ull)); }

	static int protection_of(std::uint32_t state)
	{
		return state & VMALOCK_TORTURE_WRITABLE ? PROT_READ | PROT_WRITE : PROT_READ;
	}

	std::uint32_t draw_page(random_draws &draw) { return static_cast<std::uint32_t>(draw.below(changed_pages)); }
	static bool any(std::uint32_t) { return true; }

	/** @return whether nobody else was faster */
	bool change(random_draws &draw)
	{
		const std::uint64_t most = 1 + draw.below(longest_change), kind = draw.below(3);
		claimed_pages pages(device.record, draw_page(draw));

		if (!pages.extend(any))
			return false;
		const std::uint32_t state = pages.state();
		const bool protects = kind == 0 && state & VMALOCK_TORTURE_MAPPED;
		while (pages.pages() < most && pages.extend([&](std::uint32_t is) { return !protects || is == state; }))
			;
		if (protects) {
			protect(pages);
		} else if (kind == 1) {
			pages.begin();
			made(munmap(region.address(pages.place()), pages.pages() * page_size) == 0);
			pages.become(0);
		} else {
			map(pages, VMALOCK_TORTURE_MAPPED | (draw.below(2) ? VMALOCK_TORTURE_WRITABLE : 0));
		}
		return true;
	}

	/** Turn round who may write; all of them are mapped alike, or it would change nothing of some. */
	void protect(claimed_pages &pages)
	{
		const std::uint32_t state = pages.state() ^ VMALOCK_TORTURE_WRITABLE;

		pages.begin();
		made(mprotect(region.address(pages.place()), pages.pages() * page_size, protection_of(state)) == 0);
		pages.become(state);
	}

	void map(claimed_pages &pages, std::uint32_t state)
	{
		void *address = region.address(pages.place());

		pages.begin();
		made(mmap(address, pages.pages() * page_size, protection_of(state), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			  -1, 0) == address);
		pages.become(state);
	}

	/** One page to the place of another, if nobody has that. */
	bool move(random_draws &draw)
	{
		claimed_pages from(device.record, draw_page(draw)), to(device.record, draw_page(draw));
		const auto is_mapped = [](std::uint32_t state) { return state & VMALOCK_TORTURE_MAPPED; };

		if (!from.extend(is_mapped))
			return false;
		const std::uint32_t state = from.state();
		if (!to.extend(any)) {
			protect(from);
			return true;
		}
		void *there = region.address(to.place());
		from.begin();
		to.begin();
		made(mremap(region.address(from.place()), page_size, page_size, MREMAP_MAYMOVE | MREMAP_FIXED, there) == there);
		to.become(state);
		from.become(0);
		return true;
	}

	/** Without memory nothing more can be said. */
	static void made(bool success) { expect(success, std::strerror(errno)); }

	/** A process that copies all mappings, and may become another program. */
	void make_process(random_draws &draw)
	{
		const bool becomes_another = draw.below(4) == 0;
		const pid_t child = fork();

		expect(child >= 0, "fork");
		if (!child) {
			if (becomes_another)
				execl("/bin/true", "true", nullptr);
			_exit(0);
		}
		waitpid(child, nullptr, 0);
		usleep(10000);
	}

	torture_device &device;
	shared_state &shared;
	mapping region{ region_pages };
	std::vector<std::thread> threads;
};

/**
 * Looks after a process under torture, from a process of its own: nothing that stops the
 * one stops the other.
 */
class torture {
public:
	explicit torture(const torture_plan &plan) : plan(plan)
	{
		worker *next = shared->workers;

		expect(std::max(plan.readers, plan.writers) < shared_state::most_workers / 2, "so many threads are too many");
		for (unsigned reader = 0; reader < plan.readers; reader++)
			next++->kind = worker::reader;
		for (unsigned writer = 0; writer < plan.writers; writer++)
			next++->kind = worker::writer;
		next->kind = worker::forker;
		process = fork();
		expect(process >= 0, "fork");
		if (!process) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			tortured_process(device, *shared, plan).run();
			_exit(0);
		}
	}

	/** Until the time is over, or something is wrong, or somebody does not get on. */
	void run()
	{
		const auto begun = steady_clock::now();
		auto told = begun;
		random_draws draw(shared_state::most_workers);

		while (steady_clock::now() - begun < plan.seconds && !faults_of(device.so_far()) && all_get_on()) {
			disturb(draw);
			if (plan.statistics.count() && steady_clock::now() - told >= plan.statistics) {
				told = steady_clock::now();
				std::printf("# %s\n", text().c_str());
				std::fflush(stdout);
			}
		}
		found = device.so_far();
		if (faults_of(found) || !stuck.empty())
			std::printf("# %s%s%s\n", text().c_str(), stuck.empty() ? "" : ", did not get on:", stuck.c_str());
		shared->over = true;
		online_all();
		if (!stuck.empty() || plan.busted)
			device.rescue();
		ktap::wait_until("all threads have ended", [this] { return shared->all_ended || has_ended(); });
		nothing_locked = device.end();
		shared->looked_after = false;
		ktap::wait_until("the process has ended", [this] { return has_ended(); });
		expect(status == 0, "the process under torture ended with " + std::to_string(status));
	}

	/** Whatever came of it, nobody is left. */
	~torture()
	{
		device.rescue();
		if (!has_ended())
			kill(process, SIGKILL);
		for (int i = 0; i < 1000 && !has_ended(); i++)
			usleep(10000);
	}
	torture(const torture &) = delete;

	static void online_all() { set_cpu(1, true); }

	/** What was done and found. */
	std::string text()
	{
		const counts counts = device.so_far();
		std::string result = "seed " + std::to_string(seed()) + ", calls " + std::to_string(sum(counts.calls)) + " (";

		for (std::uint64_t calls : counts.calls)
			result += std::to_string(calls) + " ";
		result.back() = ')';
		result += ", judged " + std::to_string(counts.judged) + ", changes " + std::to_string(done_by(worker::writer)) +
			  ", processes " + std::to_string(done_by(worker::forker)) + ", faults";
		for (int fault = VMALOCK_TORTURE_RIGHT + 1; fault < VMALOCK_TORTURE_FAULT_NR; fault++)
			result += " " + std::to_string(counts.faults[fault]);
		for (int bucket = VMALOCK_TORTURE_BUCKETS; bucket--;)
			if (counts.ns[bucket])
				return result + ", longest call below 2^" + std::to_string(bucket + 1) + " ns";
		return result;
	}

	torture_device device;
	std::string stuck;  ///< who did not get on
	counts found = {};  ///< before anybody was rescued
	bool nothing_locked = false; ///< when all had ended

private:
	/** What is not for tasks to do: all pause (stutter), change CPUs (shuffle), CPUs come and go. */
	void disturb(random_draws &draw)
	{
		usleep(1000000 / looks_a_second);
		switch (draw.below(5)) {
		case 0:
			shared->paused = true;
			usleep(50000);
			shared->paused = false;
			break;
		case 1:
			set_cpu(1, false);
			break;
		case 2:
			for (worker &worker : shared->workers)
				run_on(worker, draw.below(2));
			break;
		default:
			set_cpu(1, true);
			break;
		}
	}

	/** On that CPU alone, if there is one. */
	static void run_on(worker &worker, std::uint64_t cpu)
	{
		cpu_set_t cpus;

		CPU_ZERO(&cpus);
		CPU_SET(cpu, &cpus);
		if (worker.thread)
			sched_setaffinity(worker.thread, sizeof(cpus), &cpus);
	}

	/** Where CPUs can come and go. */
	static void set_cpu(unsigned cpu, bool online)
	{
		std::ofstream("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/online") << online;
	}

	/** Is something done between so many looks, by each? */
	bool all_get_on()
	{
		const auto patience = std::chrono::duration<double>(double(plan.patience) / looks_a_second);

		for (unsigned number = 0; number < shared_state::most_workers; number++) {
			const worker &worker = shared->workers[number];
			progress &last = last_seen[number];

			if (worker.kind == worker::nobody)
				continue;
			if (worker.done != last.done)
				last = { worker.done, 0 };
			else if (++last.looks > plan.patience)
				stuck += std::string(" ") + worker_names[worker.kind];
		}
		// More than a look, or it was the guest that stood still.
		late_looks = std::chrono::nanoseconds(device.so_far().running_ns) > patience ? late_looks + 1 : 0;
		if (late_looks > looks_a_second)
			stuck += " a kthread";
		return stuck.empty() && !has_ended();
	}

	bool has_ended()
	{
		ended = ended || waitpid(process, &status, WNOHANG) == process;
		return ended;
	}

	std::uint64_t done_by(enum worker::kind kind) const
	{
		std::uint64_t result = 0;

		for (const worker &worker : shared->workers)
			result += worker.kind == kind ? worker.done.load() : 0;
		return result;
	}

	static shared_state *share()
	{
		void *memory = mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		expect(memory != MAP_FAILED, "mmap");
		return new (memory) shared_state;
	}

	struct progress {
		std::uint64_t done = 0;
		unsigned looks = 0; ///< since then
	};

	const torture_plan plan;
	shared_state *const shared = share();
	progress last_seen[shared_state::most_workers];
	unsigned late_looks = 0;
	pid_t process = -1;
	int status = 0;
	bool ended = false;
};

} // namespace guest
