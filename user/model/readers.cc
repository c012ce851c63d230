// SPDX-License-Identifier: GPL-2.0-only
#include "model/readers.hh"

#include <algorithm>
#include <tuple>

#include "model/kernel_functions.hh"
#include "uapi/stacks.h"

namespace vmalock {

namespace {

/** Rows of readers a writer can have; who comes later is counted as unknown. */
constexpr std::size_t max_readers = 4096;

struct place {
	std::string_view prefix;	///< of a function's name
	std::string_view what;
};

/**
 * Where a page fault sleeps after it has let go of the VMA lock: it will come
 * back with VM_FAULT_RETRY.
 */
constexpr place after_letting_go[] = {
	{"handle_userfault", "userfaultfd"},
	{"__folio_lock_or_retry", "page lock"},
	{"filemap_fault", "file I/O"},
};

/** Where it sleeps with it, the most telling first. */
constexpr place in_fault[] = {
	{"try_to_free_mem_cgroup_pages", "reclaim of its cgroup"},
	{"mem_cgroup_handle_over_high", "throttled by its cgroup"},
	{"__mem_cgroup_handle_over_high", "throttled by its cgroup"},
	{"try_to_free_pages", "reclaim"},
	{"try_to_compact_pages", "compaction"},
	{"do_swap_page", "swap-in"},
	{"shmem_swapin", "swap-in"},
	{"hugetlb_", "hugetlb"},
	{"do_huge_pmd", "huge page"},
	{"migration_entry_wait", "page migration"},
	{"softleaf_entry_wait", "page migration"},
	{"fuse_", "FUSE"},
	{"nfs_", "NFS"},
};

template <std::size_t size>
std::string_view find(const stack_names &stack, const place (&places)[size])
{
	for (const place &place : places)
		for (const std::string &frame : stack)
			if (frame.starts_with(place.prefix))
				return place.what;
	return {};
}

bool has(const stack_names &stack, std::string_view prefix)
{
	return std::ranges::any_of(stack, [&](const std::string &frame) {
		return frame.starts_with(prefix);
	});
}

/** The innermost module but vmalock's, of those called from @p outermost inwards. */
std::string module_in(const stack_names &stack, std::string_view outermost)
{
	for (const std::string &frame : stack) {
		if (is_function(frame, "[vmalock]"))
			continue;
		if (!outermost.empty() && frame.starts_with(outermost))
			break;
		if (auto at = frame.find(" ["); at != frame.npos)
			return frame.substr(at + 2, frame.size() - at - 3);
	}
	return {};
}

/** What takes VMA locks in a stack: a place in the kernel, or a driver; empty if nothing does. */
std::string holder_in(const stack_names &stack)
{
	const std::string_view kind = taker_in(stack);

	if (!kind.empty() && kind != vmalock_helper)
		return std::string(kind);
	if (std::string module = module_in(stack, ""); !module.empty())
		return "driver " + module;
	return std::string(kind);
}

std::string of_fault(std::string_view what)
{
	return std::string(page_fault) + (what.empty() ? "" : ": ") + std::string(what);
}

judgement judge_fault(const stack_names &stack)
{
	if (std::string_view what = find(stack, after_letting_go); !what.empty())
		return {lock_part::let_go, of_fault(what)};
	if (std::string_view what = find(stack, in_fault); !what.empty())
		return {lock_part::holds, of_fault(what)};
	if (std::string module = module_in(stack, "handle_mm_fault"); !module.empty())
		return {lock_part::holds, of_fault("driver " + module)};
	if (has(stack, "preempt_schedule") || has(stack, "__cond_resched"))
		return {lock_part::holds, of_fault("waits for a CPU")};
	return {lock_part::holds, of_fault("")};
}

bool same(const reader_row &a, const reader_row &b)
{
	auto key = [](const reader_row &row) {
		return std::tie(row.pid, row.tid, row.name, row.what, row.held, row.mapping,
				row.vm_start, row.vm_end);
	};
	return key(a) == key(b);
}

bool same(const waiting_writer &a, const waiting_writer &b)
{
	auto key = [](const waiting_writer &row) {
		return std::tie(row.id, row.name, row.system_call, row.detach, row.go_on);
	};
	return key(a) == key(b);
}

/** The row like @p wanted, made if there is none. */
template <class Row>
Row &row_like(std::vector<Row> &rows, Row &&wanted)
{
	for (Row &row : rows)
		if (same(row, wanted))
			return row;
	return rows.emplace_back(std::move(wanted));
}

reader_row row_of(const writer_wait &wait, const met_thread &thread, std::string what)
{
	reader_row row;

	row.pid = thread.pid;
	row.tid = thread.tid;
	row.name = thread.name;
	row.what = std::move(what);
	row.mapping = wait.mapping;
	row.vm_start = wait.vm_start;
	row.vm_end = wait.vm_end;
	row.stack = thread.stack;
	row.count = 1;
	row.ns = std::min(thread.last_ns, wait.waited_ns);
	return row;
}

/**
 * Whether the struct vm_fault that was found is of the fault that the thread is in. One
 * of an earlier fault can lie on the stack of a later system call, or of a fault that
 * waits for mmap_lock. A stack of full length may go on to the fault that it began with.
 */
bool is_in_fault(const met_thread &thread)
{
	return thread.address && (has(thread.stack, "handle_mm_fault") ||
				  thread.stack.size() >= VMALOCK_STACK_FRAMES);
}

/** Who was in the way of one wait, at most as many as held the lock, and who was not. */
std::vector<reader_row> readers_of(const writer_wait &wait)
{
	std::vector<reader_row> sure, likely, not_in_the_way;
	const met_thread *last = wait.releaser ? &*wait.releaser : nullptr;
	bool last_was_found = false;

	for (const met_thread &thread : wait.found) {
		judgement judged = judge(thread);
		reader_row row = row_of(wait, thread, std::move(judged.what));

		if (judged.part == lock_part::leftover)
			continue;
		if (judged.part == lock_part::let_go) {
			row.held = false;
			not_in_the_way.push_back(std::move(row));
		} else if (last && thread.tid == last->tid) {
			row.ns = wait.waited_ns;
			row.user_stack = wait.user_stack;
			sure.insert(sure.begin(), std::move(row));
			last_was_found = true;
		} else {
			(is_in_fault(thread) ? sure : likely).push_back(std::move(row));
		}
	}
	if (last && !last_was_found) {
		reader_row row = row_of(wait, *last, what_released(last->stack));

		row.ns = wait.waited_ns;
		row.user_stack = wait.user_stack;
		sure.insert(sure.begin(), std::move(row));
	}

	std::vector<reader_row> result = std::move(sure);
	std::ranges::move(likely, std::back_inserter(result));
	if (result.size() > std::max(wait.readers, 1u))
		result.resize(std::max(wait.readers, 1u));
	std::ranges::move(not_in_the_way, std::back_inserter(result));
	return result;
}

void subtract(std::uint64_t &from, std::uint64_t what)
{
	from -= std::min(from, what);
}

} // namespace

judgement judge(const met_thread &thread)
{
	if (is_in_fault(thread))
		return judge_fault(thread.stack);
	// A fault of another VMA, or one that waits for mmap_lock, has an old pointer.
	std::string what = holder_in(thread.stack);
	if (what.empty() || what == page_fault)
		return {lock_part::leftover, ""};
	return {lock_part::holds, std::move(what)};
}

std::string what_released(const stack_names &stack)
{
	std::string what = holder_in(stack);

	if (what == page_fault)
		return of_fault(find(stack, after_letting_go));
	return what.empty() ? "unknown" : what;
}

void add(writer_waits &sum, const writer_wait &wait)
{
	waiting_writer key;

	key.id = wait.id;
	key.name = wait.name;
	key.system_call = wait.system_call;
	key.detach = wait.detach;
	key.go_on = wait.goes_on;
	key.stack = wait.stack;
	waiting_writer &writer = row_like(sum, std::move(key));

	writer.count++;
	writer.interrupted += wait.interrupted;
	writer.ns += wait.waited_ns;
	writer.waits[bucket_of(wait.waited_ns)]++;
	writer.readers += wait.readers;

	std::uint64_t known = 0;
	for (reader_row &reader : readers_of(wait)) {
		const std::uint64_t ns = reader.ns;
		const bool held = reader.held;

		if (writer.in_the_way.size() >= max_readers)
			break;
		known += held;
		reader.count = reader.ns = 0;
		reader_row &row = row_like(writer.in_the_way, std::move(reader));
		row.count++;
		row.ns += ns;
	}
	writer.unknown += wait.readers - std::min<std::uint64_t>(wait.readers, known);
}

writer_waits grown(const writer_waits &before, const writer_waits &after)
{
	writer_waits result;

	for (waiting_writer row : after) {
		auto old = std::ranges::find_if(before, [&](const auto &o) { return same(o, row); });

		if (old != before.end() && !row.go_on) {
			subtract(row.count, old->count);
			subtract(row.interrupted, old->interrupted);
			subtract(row.ns, old->ns);
			subtract(row.readers, old->readers);
			subtract(row.unknown, old->unknown);
			for (std::size_t bucket = 0; bucket < row.waits.size(); bucket++)
				subtract(row.waits[bucket], old->waits[bucket]);
			for (reader_row &reader : row.in_the_way)
				for (const reader_row &then : old->in_the_way)
					if (same(reader, then)) {
						subtract(reader.count, then.count);
						subtract(reader.ns, then.ns);
					}
		}
		std::erase_if(row.in_the_way, [](const reader_row &reader) { return !reader.count; });
		std::ranges::stable_sort(row.in_the_way, std::ranges::greater{}, &reader_row::ns);
		if (row.count)
			result.push_back(std::move(row));
	}
	std::ranges::stable_sort(result, std::ranges::greater{}, &waiting_writer::ns);
	return result;
}

time_buckets histogram_of(const writer_waits &waits)
{
	time_buckets sum{};

	for (const waiting_writer &row : waits)
		for (std::size_t bucket = 0; bucket < sum.size(); bucket++)
			sum[bucket] += row.waits[bucket];
	return sum;
}

} // namespace vmalock
