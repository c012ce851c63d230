// SPDX-License-Identifier: GPL-2.0-only
#include "model/readers.hh"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "model/add_up.hh"

namespace vmalock {

namespace {

/** Rows of readers a writer can have; who comes later is counted as unknown. */
constexpr std::size_t max_readers = 4096;

auto key_of(const reader_row &row)
{
	return std::tie(row.pid, row.tid, row.name, row.what, row.held, row.grade, row.mapping, row.vm_start,
			row.vm_end);
}

auto key_of(const waiting_writer &row)
{
	return std::tie(row.id, row.name, row.system_call, row.detach, row.go_on);
}

/** Rows by their keys. */
template <class Row>
auto by_key(const std::vector<Row> &rows)
{
	std::map<decltype(key_of(rows.front())), const Row *> result;

	for (const Row &row : rows)
		result.emplace(key_of(row), &row);
	return result;
}

/** The row like @p wanted, made if there is none. */
template <class Row>
Row &row_like(std::vector<Row> &rows, Row &&wanted)
{
	for (Row &row : rows)
		if (key_of(row) == key_of(wanted))
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
 * Make @p row that of the reader whose release ended the wait. Source of the rule:
 * vma_refcount_put() (include/linux/mmap_lock.h) wakes the writer when no other reader is
 * left, and while readers are excluded none can come; up_read() of an rw_semaphore calls
 * rwsem_wake() when no other reader is left and somebody waits. There is one writer a mm.
 *
 * A reader of an earlier wait of this mm can come late: it lets go, is preempted before it
 * wakes the writer, and meets the next one. Between these two it never sleeps. So one that
 * slept during this wait, and released later, has let go during it too; and there is one lock
 * with a writer.
 */
void set_last(reader_row &row, const writer_wait &wait)
{
	const bool slept = std::ranges::any_of(wait.found, [&](const met_thread &thread) {
		return thread.pid == wait.releaser->pid && thread.tid == wait.releaser->tid && thread.slept_ns &&
		       *thread.slept_ns < wait.releaser->last_ns;
	});

	row.grade = slept ? grade::certain : grade::likely;
	row.ns = wait.waited_ns;
	row.user_stack = wait.user_stack;
}

/**
 * Who was in the way of one wait, at most as many as held the lock, and who was not. The
 * writer is not: it would wait for itself.
 */
std::vector<reader_row> readers_of(const writer_wait &wait)
{
	std::vector<reader_row> last_of_all, in_faults, others, not_in_the_way;
	const met_thread *last = wait.releaser && wait.releaser->tid != wait.tid ? &*wait.releaser : nullptr;
	bool last_was_found = false;

	for (const met_thread &thread : wait.found) {
		if (thread.tid == wait.tid)
			continue;
		judgement judged = judge(thread, wait.helper_users);
		reader_row row = row_of(wait, thread, std::move(judged.what));

		if (judged.part == lock_part::leftover)
			continue;
		if (judged.part == lock_part::let_go) {
			row.held = false;
			not_in_the_way.push_back(std::move(row));
		} else if (last && thread.tid == last->tid) {
			set_last(row, wait);
			last_of_all.push_back(std::move(row));
			last_was_found = true;
		} else {
			(judged.in_fault ? in_faults : others).push_back(std::move(row));
		}
	}
	if (last && !last_was_found) {
		reader_row row = row_of(wait, *last, what_released(last->stack));

		set_last(row, wait);
		last_of_all.push_back(std::move(row));
	}

	// One that may be late must not drive out those that were found with the lock.
	if (!last_of_all.empty() && last_of_all.front().grade != grade::certain)
		std::swap(last_of_all, in_faults);
	std::vector<reader_row> result = std::move(last_of_all);
	std::ranges::move(in_faults, std::back_inserter(result));
	std::ranges::move(others, std::back_inserter(result));
	if (result.size() > std::max(wait.readers, 1u))
		result.resize(std::max(wait.readers, 1u));
	std::ranges::move(not_in_the_way, std::back_inserter(result));
	return result;
}

/** Its readers stand behind the others, alike or not. */
void add_writer(waiting_writer &sum, waiting_writer &&alike)
{
	sum.count += alike.count;
	sum.interrupted += alike.interrupted;
	sum.ns += alike.ns;
	sum.readers += alike.readers;
	sum.unknown += alike.unknown;
	for (std::size_t bucket = 0; bucket < sum.waits.size(); bucket++)
		sum.waits[bucket] += alike.waits[bucket];
	std::ranges::move(alike.in_the_way, std::back_inserter(sum.in_the_way));
}

void subtract(std::uint64_t &from, std::uint64_t what)
{
	from -= std::min(from, what);
}

} // namespace

/*
 * Whom a detach waits for is no reader. Source of the rule: the VMA is write-locked by
 * then, as __vma_exclude_readers_for_detach() (mm/mmap_lock.c) says, so the references that
 * are left are of threads that are being refused the lock: victims.
 */
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
	if (wait.detach)
		return;
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

void merge_alike(writer_waits &sum, writer_waits more)
{
	auto key = [](const auto &row) { return key_of(row); };

	std::ranges::move(more, std::back_inserter(sum));
	add_up(sum, key, add_writer);
	for (waiting_writer &row : sum)
		add_up(row.in_the_way, key, add_counts<reader_row>);
}

writer_waits grown(const writer_waits &before, const writer_waits &after)
{
	const auto known = by_key(before);
	writer_waits result;

	for (waiting_writer row : after) {
		if (const auto found = known.find(key_of(row)); found != known.end() && !row.go_on) {
			const waiting_writer &old = *found->second;
			const auto known_readers = by_key(old.in_the_way);

			subtract(row.count, old.count);
			subtract(row.interrupted, old.interrupted);
			subtract(row.ns, old.ns);
			subtract(row.readers, old.readers);
			subtract(row.unknown, old.unknown);
			for (std::size_t bucket = 0; bucket < row.waits.size(); bucket++)
				subtract(row.waits[bucket], old.waits[bucket]);
			for (reader_row &reader : row.in_the_way)
				if (const auto then = known_readers.find(key_of(reader)); then != known_readers.end()) {
					subtract(reader.count, then->second->count);
					subtract(reader.ns, then->second->ns);
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
