# SPDX-License-Identifier: GPL-2.0-only
"""
Who waits for whom, out of one look: the rules of user/model/wait_chains.cc, the fields of
`vmalock now --json` (docs/json.md).
"""

from vmalock_places import PAGE_FAULT
from vmalock_rules import first, is_function, mmap_lock_reader, place_in, sleep_place_in, vma_reader

LEAK_STANDS_NS = 10**9


def waits_for_mmap_lock(task):
    return task.waits_for in ("mmap_lock_read", "mmap_lock_write")


def doing_of(task):
    return task.system_call or (PAGE_FAULT if task.in_fault else "kernel thread")


def why(look, task):
    """(why it does not let go, what to do), in words; empty what is not known."""
    if waits_for_mmap_lock(task):
        mm = look.mms.get(task.waits_mm)
        return "mmap_lock of " + (f"{mm.name}/{mm.pid}" if mm else "another process"), ""
    if task.waits_for == "vma_readers":
        return "waits for readers", ""
    if task.state == "running":
        return f"runs on CPU {task.cpu}", ""
    if task.state == "runnable":
        there = [other for other in look.tasks if other.state == "running" and other.cpu == task.cpu]
        has = f", which {there[0].name}/{there[0].tid} has" if len(there) == 1 else ""
        return (f"waits for CPU {task.cpu}{has}",
                f"Raise its priority (renice, chrt -p {task.tid}), or free the CPU.")
    what, what_to_do = sleep_place_in(task.stack)
    return what or ("in " + place_in(task.stack) if task.stack else ""), what_to_do


def holder(look, task, doing, grade="likely", reason=""):
    what, what_to_do = why(look, task)
    return {"pid": task.pid, "tid": task.tid, "name": task.name, "doing": doing, "grade": grade,
            "state": task.state, "waits_for": task.waits_for, "off_cpu_ns": task.off_cpu_ns,
            "why": reason or what or None, "what_to_do": what_to_do or None,
            "kernel_stack": task.stack, "lock_owners": []}


def find_vma_readers(look, writer):
    """(candidates, whether any task could be a reader that is not named)."""
    vma, candidates, could_be = writer.waits_vma.address, [], False
    for task in look.tasks:
        met = task is not writer and vma in task.met_vmas
        could_be = could_be or met or task.state == "running"
        # Who waits for mmap_lock holds no VMA lock: mmap_lock comes first.
        if not met or waits_for_mmap_lock(task):
            continue
        reader = vma_reader(task.stack, task.met_vmas[vma] != 0, look.helper_users)
        if reader:
            # A driver says more than the function in which it sleeps.
            reason = reader[1] if task.state != "runnable" else ""
            candidates.append(holder(look, task, reader[0], reason=reason))
    return candidates, could_be


def has_met(look, task, mm):
    return mm in task.met_mms or any(look.known_words[vma] == mm for vma in task.met_vmas)


def has_vma_lock_alone(task):
    """A fault under the VMA lock takes mmap_lock too where it prepares an anon_vma."""
    return any(task.met_vmas.values()) and not any(
        is_function(frame, prepares) for frame in task.stack
        for prepares in ("__vmf_anon_prepare", "__anon_vma_prepare"))


def find_mmap_lock_readers(look, mm):
    candidates = []
    for task in look.tasks:
        what, whose, or_vma_lock = mmap_lock_reader(task.stack) or ("", "", False)
        is_its = {"own": task.mm == mm, "any": has_met(look, task, mm),
                  "another": task.mm != mm and has_met(look, task, mm)}
        if (not what or waits_for_mmap_lock(task) or not is_its[whose] or
                (or_vma_lock and look.walks_lock_vmas) or
                (what == PAGE_FAULT and has_vma_lock_alone(task))):
            continue
        candidates.append(holder(look, task, what))
    return candidates


def add_waiting(behind, task, mm):
    doing = doing_of(task)
    group = first(behind, lambda row: (row["pid"], row["doing"], row["waits_for"]) ==
                  (task.pid, doing, task.waits_for))
    if not group:
        group = {"pid": task.pid, "tids": [], "name": task.name, "doing": doing,
                 "waits_for": task.waits_for, "of_another": task.mm != mm, "ns": 0, "kernel_stack": []}
        behind.append(group)
    if not group["tids"] or task.off_cpu_ns > group["ns"]:
        group["ns"], group["kernel_stack"] = task.off_cpu_ns, task.stack
    group["tids"].append(task.tid)


def stall_of(look, address, mm):
    """Empty if nobody waits."""
    behind, candidates, counted, leaked, vma = [], [], 0, False, None
    writer = first(look.tasks, lambda task: task.owns_mm == address)
    for task in look.tasks:
        if task.waits_mm == address and waits_for_mmap_lock(task):
            add_waiting(behind, task, address)
    waits = [len(row["tids"]) for row in behind]
    times = [row["ns"] for row in behind]
    if writer and writer.waits_for == "vma_readers":
        waits.append(1)
        times.append(writer.off_cpu_ns)
        vma, counted = writer.waits_vma, writer.waits_vma.readers
        candidates, could_be = find_vma_readers(look, writer)
        leaked = counted > 0 and not could_be and writer.off_cpu_ns >= LEAK_STANDS_NS and not look.not_visible
    elif not writer:
        counted = mm.readers
        candidates = find_mmap_lock_readers(look, address)
    if not waits:
        return None
    # More than are counted: at least one is wrong, and none is named.
    named = candidates if len(candidates) <= counted else []
    return {"pid": mm.pid, "name": mm.name, "ns": max(times), "threads": sum(waits), "cycle": [],
            "writer": holder(look, writer, doing_of(writer), "certain") if writer else None,
            "unseen_writer": mm.owned and not writer,
            "vma": vma and {"start": hex(vma.start), "end": hex(vma.end), "file": vma.file or None},
            "readers_counted": counted, "readers_unknown": counted - len(named),
            "suspects": len(candidates) - len(named), "leaked": leaked, "readers": named,
            "behind": sorted(behind, key=lambda row: -row["ns"]), "more_behind": mm.more_queued}


def find_cycles(look, stalls):
    """Along the writers that wait for mmap_lock themselves, back to the same one."""
    waits = {task.owns_mm: task.waits_mm for task in look.tasks if task.owns_mm and waits_for_mmap_lock(task)}
    for start, stall in stalls.items():
        way, mm = [start], waits.get(start)
        while mm in stalls and mm not in way:
            way.append(mm)
            mm = waits.get(mm)
        if mm == start:
            stall["cycle"] = [f"{stalls[mm]['name']}/{stalls[mm]['pid']}" for mm in way + [start]]


def has_part(look, address, stall, pids):
    reads = {row["tid"] for row in stall["readers"]}
    return not pids or stall["pid"] in pids or any(
        task.pid in pids and (address in (task.mm, task.waits_mm, task.owns_mm) or task.tid in reads)
        for task in look.tasks)


def stalls_in(look, over_ns, pids):
    """(those that are asked for, the worst first; how many are left out)."""
    stalls = {address: stall_of(look, address, mm) for address, mm in look.mms.items()}
    stalls = {address: stall for address, stall in stalls.items() if stall}
    find_cycles(look, stalls)
    told = [stall for address, stall in stalls.items()
            if stall["ns"] >= over_ns and has_part(look, address, stall, pids)]
    told.sort(key=lambda stall: (bool(stall["cycle"]), stall["threads"], stall["ns"]), reverse=True)
    return told, len(stalls) - len(told)
