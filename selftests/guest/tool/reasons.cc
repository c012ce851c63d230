// SPDX-License-Identifier: GPL-2.0-only
/**
 * @file
 * Does abort_reason() name the state that it is shown? Most states last for an
 * instant in a real kernel; here each is made up in memory that the program
 * reads as it would read the kernel's, with this kernel's layout.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cstdint>
#include <cstring>
#include <memory>
#include <unistd.h>

#include "../module/ktap.hh"
#include "reasons.h"
#include "reasons.skel.h"
#include "uapi/aborts.h"

namespace {

using ktap::expect;

using skeleton = std::unique_ptr<reasons_bpf, decltype(&reasons_bpf__destroy)>;

skeleton bpf{ nullptr, reasons_bpf__destroy };

void run(const bpf_program *program)
{
	bpf_test_run_opts options = {};

	options.sz = sizeof(options);
	expect(!bpf_prog_test_run_opts(bpf_program__fd(program), &options), "the program did not run");
}

/** Kinds of tree nodes, as the kernel puts them into pointers to nodes. */
enum node_kind { leaf_64 = 1, range_64 = 2, arange_64 = 3 };

/** Everything is at rest: one mapping, which could be locked. */
class address_space {
public:
	static constexpr std::uint64_t start = 0x10000, end = 0x20000;
	static constexpr std::uint32_t unlocked_seq = 3, mm_seq = 7;

	address_space()
	{
		std::memset(bpf->bss->world, 0, sizeof(bpf->bss->world));
		set(vma + at.vm_start, start);
		set(vma + at.vm_end, end);
		set(vma + at.vm_mm, mm);
		set(vma + at.vm_lock_seq, unlocked_seq);
		set(mm + at.mm_lock_seq, mm_seq);
		if (at.has_refcnt)
			set(vma + at.vm_refcnt, std::uint32_t(1));
		else
			set(vma + at.vm_lock, lock);
		set(leaf + at.parent, mm | 1);
		pivot(leaf, 0, start - 1);
		pivot(leaf, 1, end - 1);
		pivot(leaf, 2, ~0ul);
		slot(leaf, 1, vma);
		root(leaf, leaf_64);
	}

	void root(std::uint64_t node, node_kind kind) const { set(mm + at.ma_root, pointer(node, kind)); }

	static std::uint64_t pointer(std::uint64_t node, node_kind kind)
	{
		return node | static_cast<std::uint64_t>(kind) << 3 | 2;
	}

	void pivot(std::uint64_t node, unsigned index, std::uint64_t last) const
	{
		set(node + at.range_pivot + index * 8, last);
	}
	void slot(std::uint64_t node, unsigned index, std::uint64_t entry) const
	{
		set(node + at.range_slot + index * 8, entry);
	}

	/** Write a field of the made-up kernel. */
	template <class Value>
	void set(std::uint64_t address, Value value) const
	{
		std::memcpy(bpf->bss->world + (address - at.world), &value, sizeof(value));
	}

	void expect_reason(vmalock_abort_reason wanted, std::uint64_t address = start) const
	{
		bpf->bss->question.mm = mm;
		bpf->bss->question.address = address;
		run(bpf->progs.ask);
		expect(bpf->bss->answer == static_cast<unsigned>(wanted),
		       "reason " + std::to_string(bpf->bss->answer) + ", not " + std::to_string(wanted));
	}

	/** @name Addresses in the kernel; nodes are aligned as the kernel's are. */
	///@{
	const reasons_layout &at = bpf->bss->layout;
	const std::uint64_t nodes = (at.world + 255) & ~255ul;
	const std::uint64_t leaf = nodes, inner = nodes + 256, spare = nodes + 512;
	const std::uint64_t vma = nodes + 1024, lock = nodes + 2048, mm = nodes + 4096;
	///@}
};

void at_rest()
{
	const address_space space;

	space.expect_reason(VMALOCK_ABORT_GONE);
	space.expect_reason(VMALOCK_ABORT_GONE, space.end - 1);
}

void nothing_there()
{
	const address_space space;

	space.expect_reason(VMALOCK_ABORT_UNMAPPED, space.start - 1);
	space.expect_reason(VMALOCK_ABORT_UNMAPPED, space.end);
	space.set(space.mm + space.at.ma_root, std::uint64_t(0));
	space.expect_reason(VMALOCK_ABORT_UNMAPPED);
}

void writer()
{
	const address_space space;

	space.set(space.vma + space.at.vm_lock_seq, space.mm_seq);
	space.expect_reason(VMALOCK_ABORT_WRITE_LOCKED);
}

void exclusion()
{
	const address_space space;

	if (space.at.has_refcnt) {
		for (std::uint32_t readers : { 0u, 1u, 5u }) {
			space.set(space.vma + space.at.vm_refcnt, (1u << 30) + readers);
			space.expect_reason(VMALOCK_ABORT_READERS_EXCLUDED);
		}
		return;
	}
	if (!space.at.has_count)
		throw ktap::skipped("this kernel's VMA locks do not show who holds them");
	for (std::uint64_t state : { 1ul << 0, 1ul << 1, 1ul << 2, 1ul << 63 }) {
		space.set(space.lock + space.at.count, state);
		space.expect_reason(VMALOCK_ABORT_READERS_EXCLUDED);
	}
	space.set(space.lock + space.at.count, std::uint64_t(3 << 8));
	space.expect_reason(VMALOCK_ABORT_GONE);
}

void detached()
{
	const address_space space;

	if (space.at.has_refcnt)
		space.set(space.vma + space.at.vm_refcnt, std::uint32_t(0));
	else
		space.set(space.vma + space.at.detached, std::uint8_t(1));
	space.expect_reason(VMALOCK_ABORT_DETACHED);
}

void saturated()
{
	const address_space space;

	if (!space.at.has_refcnt)
		throw ktap::skipped("this kernel's VMA locks do not saturate");
	space.set(space.vma + space.at.vm_refcnt, (1u << 30) - 2);
	space.expect_reason(VMALOCK_ABORT_GONE);
	space.set(space.vma + space.at.vm_refcnt, (1u << 30) - 1);
	space.expect_reason(VMALOCK_ABORT_SATURATED);
}

void moved()
{
	const address_space space;

	space.set(space.vma + space.at.vm_start, space.start + 0x1000);
	space.expect_reason(VMALOCK_ABORT_MOVED);
	space.expect_reason(VMALOCK_ABORT_GONE, space.start + 0x1000);
	space.set(space.vma + space.at.vm_end, space.end - 0x1000);
	space.expect_reason(VMALOCK_ABORT_MOVED, space.end - 0x1000);
}

void other_mm()
{
	const address_space space;

	space.set(space.vma + space.at.vm_mm, space.spare);
	space.set(space.vma + space.at.vm_lock_seq, space.mm_seq);
	space.expect_reason(VMALOCK_ABORT_OTHER_MM);
}

void first_obstacle()
{
	const address_space space;

	space.set(space.vma + space.at.vm_start, space.start + 0x1000);
	if (space.at.has_refcnt)
		space.set(space.vma + space.at.vm_refcnt, std::uint32_t(0));
	else
		space.set(space.vma + space.at.detached, std::uint8_t(1));
	space.expect_reason(VMALOCK_ABORT_DETACHED);
	space.set(space.vma + space.at.vm_lock_seq, space.mm_seq);
	space.expect_reason(VMALOCK_ABORT_WRITE_LOCKED);
}

void unreadable()
{
	const address_space space;

	space.set(space.leaf + space.at.parent, space.leaf);
	space.expect_reason(VMALOCK_ABORT_UNREADABLE);
	space.set(space.leaf + space.at.parent, space.mm | 1);
	space.expect_reason(VMALOCK_ABORT_GONE);
	space.root(space.leaf, static_cast<node_kind>(7));
	space.expect_reason(VMALOCK_ABORT_UNREADABLE);
	space.root(0xffff888000000000ul ^ 0x7fff00000000ul, leaf_64);
	space.expect_reason(VMALOCK_ABORT_UNREADABLE);
}

/** A node that is its own child must not keep the walk going. */
void endless()
{
	const address_space space;

	space.set(space.leaf + space.at.parent, space.mm | 1);
	space.slot(space.leaf, 1, address_space::pointer(space.leaf, range_64));
	space.root(space.leaf, range_64);
	space.expect_reason(VMALOCK_ABORT_UNREADABLE);
}

void every_slot()
{
	const address_space space;

	for (unsigned slot = 0; slot < 16; slot++) {
		for (unsigned index = 0; index < 15; index++)
			space.pivot(space.leaf, index, (index + 1) * 0x10000ul - 1);
		for (unsigned index = 0; index < 16; index++)
			space.slot(space.leaf, index, index == slot ? space.vma : 0);
		space.set(space.vma + space.at.vm_start, slot * 0x10000ul);
		space.set(space.vma + space.at.vm_end, (slot + 1) * 0x10000ul);
		for (unsigned address = 0; address < 16; address++)
			space.expect_reason(address == slot ? VMALOCK_ABORT_GONE : VMALOCK_ABORT_UNMAPPED,
					    address * 0x10000ul + 0x8000);
	}
}

void levels()
{
	const address_space space;

	for (node_kind kind : { range_64, arange_64 }) {
		const std::uint32_t pivots = kind == range_64 ? space.at.range_pivot : space.at.arange_pivot;
		const std::uint32_t slots = kind == range_64 ? space.at.range_slot : space.at.arange_slot;

		std::memset(bpf->bss->world + (space.inner - space.at.world), 0, 256);
		space.set(space.inner + space.at.parent, space.mm | 1);
		space.set(space.leaf + space.at.parent, space.inner | 1);
		space.set(space.inner + pivots, std::uint64_t(0xfff));
		space.set(space.inner + slots + 8, address_space::pointer(space.leaf, leaf_64));
		space.root(space.inner, kind);
		space.expect_reason(VMALOCK_ABORT_GONE);
		space.expect_reason(VMALOCK_ABORT_UNMAPPED, space.end);
	}
}

} // namespace

int main()
{
	if (geteuid() != 0 || access("/sys/kernel/btf/vmlinux", R_OK)) {
		std::printf("KTAP version 1\n1..0 # SKIP this needs root and a kernel with BTF\n");
		return 0;
	}
	bpf.reset(reasons_bpf__open_and_load());
	if (!bpf) {
		std::printf("Bail out! the BPF programs cannot be loaded\n");
		return 1;
	}
	run(bpf->progs.describe);
	return ktap::run({
		{ "a mapping that could be locked by now has no reason", at_rest },
		{ "nothing mapped", nothing_there },
		{ "write-locked", writer },
		{ "readers excluded", exclusion },
		{ "detached", detached },
		{ "reader count saturated", saturated },
		{ "range moved", moved },
		{ "reused by another mm, whatever else it is", other_mm },
		{ "of two reasons the one that the kernel meets first", first_obstacle },
		{ "a tree that changes or is none cannot be read", unreadable },
		{ "a tree without an end is left", endless },
		{ "each slot of a node is found", every_slot },
		{ "nodes below nodes are found", levels },
	});
}
