# SPDX-License-Identifier: GPL-2.0-only
"""
What a task has to do with a lock, by the functions on its kernel stack: "function" or
"function [module]", innermost first. The rules are those of user/model, but for what such
stacks do not show: that a task waits for a rw_semaphore.
"""

from vmalock_places import *  # noqa: F403


def is_function(frame, pattern):
    """What compilers put behind a dot, such as .isra.0, does not count."""
    name, in_module, module = frame.partition(" [")
    if in_module:
        return "[" + module == pattern
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name.split(".")[0] == pattern


def is_one_of(frame, patterns):
    return any(is_function(frame, pattern) for pattern in patterns)


def has(stack, beginning):
    return any(frame.startswith(beginning) for frame in stack)


def first(rows, matches, default=None):
    return next((row for row in rows if matches(row)), default)


def without_plumbing(stack):
    """The stack from the first function that says what the task was doing."""
    for i, frame in enumerate(stack):
        if not is_one_of(frame, plumbing):
            return stack[i:]
    return stack


def place_in(stack):
    return without_plumbing(stack)[0] if stack else ""


def taker_kind(frame):
    return first(takers, lambda taker: is_function(frame, taker[0]), ("", ""))[1]


def sleep_place_in(stack):
    """(why it sleeps, what to do about it); empty what is not known."""
    # Without what has called into a page fault.
    stack = stack[:first(range(len(stack)), lambda i: is_function(stack[i], "handle_mm_fault"), len(stack))]
    place = place_in(stack)
    if has(stack, "percpu_rwsem_wait") or has(stack, "__percpu_down_read"):
        if ("page_mkwrite" in place or "write_iter" in place or
                place.startswith(("mnt_want_write", "vfs_"))):
            return frozen
    found = first(places, lambda row: has(stack, row[0]), ("", "", ""))
    return found[1], (found + ("",))[2]


# ---- readers of a VMA: judgement.cc

def module_in_fault(stack):
    """The outermost module that the fault has called."""
    result = ""
    for frame in stack:
        if frame.startswith("handle_mm_fault"):
            break
        if frame.endswith("]") and not frame.endswith(" [vmalock]"):
            result = frame.partition(" [")[2][:-1]
    return result


def reads_file(stack):
    outer = first(range(len(stack)), lambda i: is_function(stack[i], "filemap_fault"), 0)
    return outer > 0 and is_one_of(stack[outer - 1], file_io)


def judge_fault(stack):
    if (first(after_letting_go, lambda row: has(stack, row[0])) or reads_file(stack) or
            place_in(stack).startswith("shmem_fault")):
        return None
    what = sleep_place_in(stack)[0]
    module = module_in_fault(stack)
    if not what and module:
        what = ("file system " if module in file_systems else "driver ") + module
    if not what and (has(stack, "preempt_schedule") or has(stack, "__cond_resched")):
        what = "waits for a CPU"
    return PAGE_FAULT, what


def sleeps_outside(stack, what):
    if what == "binder" and not any(part in frame for frame in stack for part in binder_pages):
        return True
    return any(has(stack, function) for function in outside_vma_lock)


def driver_in(stack, helper_users):
    for frame in reversed(stack):
        for module in helper_users:
            if frame.endswith(" [" + module + "]"):
                return "driver " + module
    return ""


def vma_reader(stack, in_fault, helper_users):
    """
    What a task does, that was met with a pointer to a VMA, if it has the lock of this VMA:
    (what, why it sleeps). @in_fault: in a struct vm_fault of this VMA.
    """
    if in_fault and has(stack, "handle_mm_fault"):
        return judge_fault(stack)
    what = first(map(taker_kind, stack), bool, "")
    if what in ("", HELPER):
        what = driver_in(stack, helper_users) or what
    if what in ("", PAGE_FAULT) or sleeps_outside(stack, what):
        return None
    return what, ""


# ---- readers of mmap_lock: mmap_lock_readers.cc

def mmap_lock_reader(whole):
    """(what it does, whose memory: own, any or another; or a VMA lock), or None."""
    end = first(range(len(whole)), lambda i: is_one_of(whole[i], user_faults), len(whole))
    stack = whole[:end]
    if (any(is_one_of(frame, without_it) for frame in stack) or
            place_in(stack).startswith("shmem_fault")):
        return None
    for row in readers:
        if any(is_function(frame, row[0]) for frame in stack):
            return (row + ("own", False)[len(row) - 2:])[1:]
    return None
