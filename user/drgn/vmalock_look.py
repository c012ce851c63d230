# SPDX-License-Identifier: GPL-2.0-only
"""
A look at all tasks of a kernel, live or dumped: whose mmap_lock is waited for, who waits,
and who may have it or the lock of a VMA. What bpf/contended_mms.bpf.h and
bpf/blocked_tasks.bpf.h do, by a debugger.

A live kernel goes on meanwhile: anything that is read may be gone. A task that ran while
it was looked at is looked at again.
"""

import os
import struct
from dataclasses import dataclass, field
from itertools import islice

import drgn
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.module import find_module
from drgn.helpers.linux.percpu import per_cpu
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import task_cpu, task_thread_info

from vmalock_rules import is_function

# kernel/locking/rwsem.c
RWSEM_READER_OWNED = 1
RWSEM_OWNER_FLAGS = 7
RWSEM_READER_SHIFT = 8
# include/linux/mm_types.h
REFCNT_EXCLUDE_READERS = 1 << 30
# include/linux/sched.h, arch/x86/include/asm/thread_info.h
TASK_UNINTERRUPTIBLE = 2
PF_EXITING, PF_IO_WORKER, PF_USER_WORKER, PF_KTHREAD = 0x4, 0x10, 0x4000, 0x200000
TS_COMPAT = 2

MAX_QUEUE = 16384       # of one lock
ATTEMPTS = 5            # to look at a task that does not stand still
MAX_FILE_NAME = 31
MAX_PAGE_SIZE = 1 << 30
# Where VMAs can lie: aligned, in the kernel's half, below its own text.
MEMORY = range(1 << 63, 0xffffffff80000000, 8)

# System calls whose functions have other names.
CALLED_OTHERWISE = {"newstat": "stat", "newlstat": "lstat", "newfstat": "fstat", "newuname": "uname",
                    "sendfile64": "sendfile", "umount": "umount2"}

# A task that exits takes with it what is read of it.
GONE = (drgn.FaultError, drgn.ObjectAbsentError, LookupError, ValueError)


class Refused(Exception):
    """A sentence that says why nothing can be looked at."""


@dataclass
class Mm:
    """An address space whose mmap_lock somebody waits for, or has to write."""
    pid: int
    name: str
    owned: bool         # somebody has it to write
    readers: int        # counted, that have it to read
    more_queued: bool   # than a look takes in


@dataclass
class Vma:
    """A writer waits for its readers."""
    address: int
    start: int
    end: int
    file: str
    readers: int        # counted


@dataclass
class Task:
    """A task that waits for a lock of such an address space, or may have one."""
    tid: int
    pid: int
    name: str
    state: str          # running, runnable, sleeps or blocked
    cpu: int
    mm: int
    system_call: str = ""
    in_fault: bool = False      # it came from user space by an exception
    off_cpu_ns: int = 0
    waits_for: str = "nothing"
    waits_mm: int = 0
    waits_vma: Vma = None
    owns_mm: int = 0
    met_mms: set = field(default_factory=set)
    met_vmas: dict = field(default_factory=dict)    # VMA: the address that it faulted on, or 0
    stack: list = field(default_factory=list)


def text(array):
    return array.string_().decode(errors="replace")


class Look:
    """`mms` by their addresses; if there are any, `tasks`."""

    def __init__(self, prog):
        self.prog = prog
        self.demand_known_kernel()
        self.own_pid = os.getpid() if prog.flags & drgn.ProgramFlags.IS_LIVE else 0
        self.kernel = text(prog["init_uts_ns"].name.release)
        self.helper_users = self.modules_that_use_vmalock()
        self.not_visible = []
        self.mms, self.owners, self.queued, self.tasks = {}, {}, {}, []
        self.known_words = {}   # of stacks: the mm of the VMA there, or 0
        for task in self.all_tasks():
            self.find_contended(task)
        self.now_ns = max(per_cpu(prog["runqueues"], cpu).clock.value_()
                          for cpu in for_each_online_cpu(prog))
        if self.mms:
            self.tasks = list(filter(None, map(self.look_at, self.all_tasks())))

    def demand_known_kernel(self):
        prog = self.prog
        if not prog.flags & drgn.ProgramFlags.IS_LINUX_KERNEL:
            raise Refused("this is no Linux kernel: name one by 'drgn -k' or 'drgn -c VMCORE'")
        try:
            self.vma_type = prog.type("struct vm_area_struct")
            self.rwsem_type = prog.type("struct rw_semaphore")
            self.waiter_type = prog.type("struct rwsem_waiter")
            self.fault_type = prog.type("struct vm_fault")
            self.registers_type = prog.type("struct pt_regs")
            self.reads = prog.constant("RWSEM_WAITING_FOR_READ").value_()
        except LookupError:
            raise Refused("there are no debug symbols of this kernel: install its debug package, "
                          "or name its vmlinux by 'drgn -s VMLINUX'") from None
        self.counts_references = self.vma_type.has_member("vm_refcnt")
        if not self.counts_references and not self.vma_type.has_member("vm_lock"):
            raise Refused("this kernel has no per-VMA locks: they came with Linux 6.4 and need "
                          "CONFIG_PER_VMA_LOCK=y")
        if not self.rwsem_type.has_member("owner"):
            raise Refused("this kernel is built with PREEMPT_RT, whose mmap_lock cannot be read here")
        if not self.registers_type.has_member("orig_ax"):
            raise Refused("the kernel stacks of this architecture cannot be read here")
        self.unshown = [range(self.address_of(f"__{part}_text_start"), self.address_of(f"__{part}_text_end"))
                        for part in ("sched", "lock")]
        self.locks_vma = (prog.constant("FAULT_FLAG_VMA_LOCK").value_() |
                          prog.constant("FAULT_FLAG_MKWRITE").value_())
        self.walks_lock_vmas = bool(self.address_of("lock_next_vma"))
        # Older kernels call its end by the second name.
        self.stack_size = (self.address_of("__end_init_stack") or
                           self.address_of("__end_init_task")) - self.address_of("init_stack")

    def address_of(self, symbol):
        """0 if there is none."""
        try:
            return self.prog.symbol(symbol).address
        except LookupError:
            return 0

    def modules_that_use_vmalock(self):
        try:
            module = find_module(self.prog, "vmalock")
            uses = list_for_each_entry("struct module_use", module.source_list.address_of_(),
                                       "source_list") if module else ()
            return [text(use.source.name) for use in uses]
        except GONE:
            return []

    def all_tasks(self):
        try:
            yield from for_each_task(self.prog)
        except GONE:
            self.not_visible += ["tasks behind one that exited meanwhile"]

    # ---- the first look: address spaces

    def find_contended(self, task):
        """Where a task of a process that has exited has no mm, another has it."""
        try:
            mm = task.mm.read_()
            address = mm.value_()
            if (not address or address in self.mms or task.flags.value_() & PF_KTHREAD or
                    (task.pid.value_() != task.tgid.value_() and task.group_leader.mm)):
                return
            owner, queue = self.write_owner(mm), list(self.queue_of(mm.mmap_lock))
            if not owner and not queue:
                return
            self.mms[address] = Mm(task.tgid.value_(), text(task.comm), owner != 0,
                                   self.readers_of(mm.mmap_lock), len(queue) == MAX_QUEUE)
            if owner:
                self.owners[owner] = address
            for waiter in queue:
                self.queued[waiter.task.value_()] = address, waiter
        except GONE:
            pass

    def write_owner(self, mm):
        owner = mm.mmap_lock.owner.counter.value_() & (1 << 64) - 1
        return 0 if owner & RWSEM_READER_OWNED else owner & ~RWSEM_OWNER_FLAGS

    def readers_of(self, lock):
        return lock.count.counter.value_() >> RWSEM_READER_SHIFT & 0xffffffff

    def queue_of(self, lock):
        """The waiters. One that has woken meanwhile may be in another queue."""
        if self.rwsem_type.has_member("first_waiter"):
            node = end = lock.first_waiter.value_()
        else:
            node, end = lock.wait_list.next.value_(), lock.wait_list.address_
            node = 0 if node == end else node
        for _ in range(MAX_QUEUE):
            if not node:
                return
            waiter = drgn.Object(self.prog, self.waiter_type, address=node)
            following = waiter.list.next.read_()
            if not following or following.prev.value_() != node:
                return
            yield waiter
            node = 0 if following.value_() == end else following.value_()

    # ---- the second look: tasks

    def look_at(self, task):
        """None if it has nothing to do with these locks, or does not stand still."""
        unreadable = None
        for _ in range(ATTEMPTS):
            try:
                if task.exit_state.value_():
                    return None
                before = self.switches(task)
                found = self.look_once(task)
                if self.switches(task) == before:
                    return found
            except GONE as error:
                unreadable = f"a task that cannot be read: {error}"
        self.not_visible += [unreadable] if unreadable else []
        return None

    def switches(self, task):
        return task.nvcsw.value_() + task.nivcsw.value_(), task.on_cpu.value_()

    def look_once(self, task):
        found = Task(task.pid.value_(), task.tgid.value_(), text(task.comm), self.state_of(task),
                     task_cpu(task), task.mm.value_())
        registers = self.user_registers(task)
        self.note_entry(found, task, registers)
        found.owns_mm = self.owned_by(task)
        if found.state == "running":
            return found if found.pid != self.own_pid else None
        sp, top = task.thread.sp.value_(), registers.address_
        found.off_cpu_ns = self.off_cpu_ns(task, found.cpu)
        self.note_queue(found, task, range(sp, top))
        self.look_at_stack(found, task, sp, top)
        if not (found.waits_mm or found.owns_mm or found.met_mms or found.met_vmas):
            return None
        found.stack = self.functions_of(task)
        if found.waits_vma and self.counts_references and found.waits_vma.readers:
            # The count has one of the VMA's own, until it is detached.
            found.waits_vma.readers -= any(is_function(frame, "__vma_start_write") for frame in found.stack)
        return found

    def state_of(self, task):
        state, entity = task.member_("__state").value_(), task.se
        delayed = hasattr(entity, "sched_delayed") and entity.sched_delayed.value_()
        if task.on_cpu.value_():
            return "running"
        if not state or (task.on_rq.value_() == 1 and not delayed):
            return "runnable"
        return "blocked" if state & TASK_UNINTERRUPTIBLE else "sleeps"

    def user_registers(self, task):
        """They lie at the top of its stack, below 16 bytes where the CPU has FRED."""
        top = task.stack.value_() + self.stack_size - self.registers_type.size
        plain, padded = (drgn.Object(self.prog, self.registers_type, address=top - padding)
                         for padding in (0, 16))
        return padded if plain.cs.value_() & 3 != 3 and padded.cs.value_() & 3 == 3 else plain

    def note_entry(self, found, task, registers):
        """What it has entered the kernel for."""
        flags, number = task.flags.value_(), registers.orig_ax.value_()
        if flags & (PF_KTHREAD | PF_USER_WORKER | PF_IO_WORKER):
            return
        if number >> 63:
            found.in_fault = not flags & PF_EXITING
        elif task_thread_info(task).status.value_() & TS_COMPAT:
            found.system_call = f"32-bit {number}"
        else:
            found.system_call = self.name_of_system_call(number)

    def name_of_system_call(self, number):
        try:
            function = self.prog.symbol(self.prog["sys_call_table"][number].value_()).name
        except GONE:
            return str(number)
        name = function.removeprefix("__x64_sys_")
        return CALLED_OTHERWISE.get(name, name)

    def owned_by(self, task):
        """Whose mmap_lock it has to write, and still has now."""
        address = self.owners.get(task.value_(), 0)
        mm = drgn.Object(self.prog, "struct mm_struct", address=address)
        return address if address and self.write_owner(mm) == task.value_() else 0

    def off_cpu_ns(self, task, cpu):
        """At least so long: clock_task falls behind clock by the time of interrupts."""
        there, began = per_cpu(self.prog["runqueues"], cpu), task.se.exec_start.value_()
        began += there.clock.value_() - there.clock_task.value_() if began else self.now_ns
        return max(self.now_ns - began, 0)

    def note_queue(self, found, task, stack):
        """Its own stack says now that it is in the queue."""
        mm, waiter = self.queued.get(task.value_(), (0, None))
        if not mm or waiter.address_ not in stack or waiter.task.value_() != task.value_():
            return
        found.waits_mm = mm
        found.waits_for = "mmap_lock_read" if waiter.type.value_() == self.reads else "mmap_lock_write"

    def look_at_stack(self, found, task, sp, top):
        words = struct.unpack(f"<{(top - sp) // 8}Q", self.prog.read(sp, (top - sp) // 8 * 8))
        for i, word in enumerate(words):
            if word in self.mms:
                found.met_mms.add(word)
            elif word in MEMORY and not sp <= word < top and self.mm_of(word):
                self.note_vma(found, task, word, sp + i * 8)

    def mm_of(self, word):
        """The contended mm whose VMA lies there, if one does; else 0."""
        if word not in self.known_words:
            try:
                mm = self.prog.read_u64(word + drgn.offsetof(self.vma_type, "vm_mm"))
            except GONE:
                mm = 0
            self.known_words[word] = mm if mm in self.mms else 0
        return self.known_words[word]

    def note_vma(self, found, task, address, at):
        vma = drgn.Object(self.prog, self.vma_type, address=address)
        faulted = self.fault_address(vma, at) if found.in_fault else 0
        found.met_vmas[address] = faulted or found.met_vmas.get(address, 0)
        if found.waits_vma or not found.owns_mm or found.owns_mm != vma.vm_mm.value_():
            return
        readers = self.awaited_readers(task, vma)
        if readers is None:
            return
        found.waits_for, found.waits_mm = "vma_readers", found.owns_mm
        found.waits_vma = Vma(address, vma.vm_start.value_(), vma.vm_end.value_(), self.file_of(vma), readers)

    def file_of(self, vma):
        if not vma.vm_file:
            return ""
        name = vma.vm_file.f_path.dentry.d_name.name.value_()
        return text(drgn.Object(self.prog, f"char [{MAX_FILE_NAME}]", address=name))

    def fault_address(self, vma, at):
        """If the pointer at @at is that of a struct vm_fault, under the VMA lock: its address."""
        try:
            fault = drgn.Object(self.prog, self.fault_type,
                                address=at - drgn.offsetof(self.fault_type, "vma"))
            address = fault.real_address.value_()
            if (vma.vm_start.value_() <= address < vma.vm_end.value_() and
                    0 <= address - fault.address.value_() < MAX_PAGE_SIZE and
                    fault.flags.value_() & self.locks_vma):
                return address
        except drgn.FaultError:
            pass
        return 0

    def awaited_readers(self, task, vma):
        """How many, if the task waits for them, whose mmap_lock it has; else None."""
        if self.counts_references:
            count = vma.vm_refcnt.refs.counter.value_() & 0xffffffff
            waits = (count & REFCNT_EXCLUDE_READERS and
                     vma.vm_mm.vma_writer_wait.task.value_() == task.value_())
            return count & REFCNT_EXCLUDE_READERS - 1 if waits else None
        lock = vma.vm_lock.lock
        waits = any(waiter.task.value_() == task.value_() for waiter in islice(self.queue_of(lock), 1))
        return self.readers_of(lock) or None if waits else None

    def functions_of(self, task):
        """As the kernel shows stacks of tasks: without what schedules and locks."""
        try:
            return [frame.name + self.module_at(frame.pc) for frame in self.prog.stack_trace(task)
                    if not frame.is_inline and frame.pc >> 63 and
                    not any(frame.pc in text for text in self.unshown)]
        except GONE as error:
            self.not_visible += [f"a stack that cannot be unwound: {error}"]
            return []
        except Exception as error:  # drgn has no name for it
            raise Refused(f"drgn cannot unwind the stacks of this kernel ({error}): take a newer drgn, or a "
                          "vmlinux without .orc_header, .orc_unwind and .orc_unwind_ip (objcopy -R)") from None

    def module_at(self, pc):
        try:
            module = self.prog.module(pc - 1)
        except LookupError:
            return ""
        return f" [{module.name}]" if isinstance(module, drgn.RelocatableModule) else ""
