# SPDX-License-Identifier: GPL-2.0-only
"""What people read: the words and columns of user/output/stalls_text.cc."""

from vmalock_rules import without_plumbing

MOST_FRAMES = 6     # of a holder's stack


def printable(word, width):
    """A name that came from outside may hold anything; a terminal obeys it."""
    return "".join(c if " " <= c <= "~" else "?" for c in word[:width]) or "?"


def duration(ns):
    if ns >= 60_000e9:
        return f"{ns / 3600e9:.3g} h"
    if ns >= 1000e9:
        return f"{ns / 60e9:.3g} min"
    for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
        if ns >= unit:
            return f"{ns / unit:.3g} {name}"
    return f"{ns} ns"


def threads(count):
    return f"{count:,} thread" + ("" if count == 1 else "s")


def name_of(row):
    return printable(row["name"], 15)


def sentence(stall):
    """Who stands in the way, how many wait for how long, and what it waits for itself."""
    holder = stall["writer"] or (stall["readers"] or [None])[0]
    vma, counted = stall["vma"], stall["readers_counted"]
    if not holder:
        who = f"mmap_lock of {name_of(stall)}/{stall['pid']}"
        why = ("who has it to write was not seen" if stall["unseen_writer"] else
               "whoever had it let go meanwhile" if not counted else
               "its reader was not found" if counted == 1 else "its readers were not found")
    else:
        who = f"{printable(holder['doing'], 20)} of {name_of(holder)}/{holder['pid']}"
        why = printable(holder["why"], 56) if holder["why"] else ""
    if vma:
        place = printable(vma["file"], 31) if vma["file"] else f"{vma['start'][2:]}-{vma['end'][2:]}"
        why = f"it waits for {'a reader' if counted == 1 else 'readers'} of {place}"
    others = stall["threads"] - bool(vma)
    return (f"{who} keeps {threads(others)} waiting," if others else f"{who} waits,",
            f"    for {duration(stall['ns'])}{': ' + why if why else ''}.", "")


def row(role, who, doing, ns, what):
    return f"{role:<9} {who:<26} {printable(doing, 15):<15} {duration(ns):>7}  {what}"


def holder_rows(role, holder):
    yield row(role, f"{name_of(holder)} {holder['pid']}/{holder['tid']}", holder["doing"],
              holder["off_cpu_ns"], holder["grade"])
    if holder["why"] and holder["waits_for"] != "vma_readers":
        yield f"{'':<10}{printable(holder['why'], 69)}"


def stack_rows(holder):
    for i, frame in enumerate(without_plumbing(holder["kernel_stack"])[:MOST_FRAMES]):
        yield f"{'':<10}{'  ' if i else 'in'} {printable(frame, 60)}"


def unknown_rows(stall):
    counted, suspects = stall["readers_counted"], stall["suspects"]
    words = "1 reader counted" if counted == 1 else f"{counted:,} readers counted"
    if stall["leaked"]:
        yield f"{'':<10}unknown: {words}, no task has it at hand: perhaps leaked"
    elif suspects:
        yield f"{'':<10}unknown: {words}; {threads(suspects)} sleep where a reader can"
    elif stall["readers_unknown"]:
        yield f"{'':<10}unknown: {stall['readers_unknown']:,} of {counted:,} readers"


def behind_rows(stall):
    for group in stall["behind"]:
        tids = group["tids"]
        who = f"/{tids[0]}" if len(tids) == 1 else f" ({len(tids):,} x)"
        yield row(" behind", f"{name_of(group)} {group['pid']}{who}", group["doing"], group["ns"],
                  "to write" if group["waits_for"] == "mmap_lock_write" else "to read")
        if group["of_another"]:
            yield f"{'':<10}mmap_lock of {name_of(stall)}/{stall['pid']}"
    if stall["more_behind"]:
        yield f"{'':<10}more wait than a look takes in"


def stall_rows(stall):
    writer, vma = stall["writer"], stall["vma"]
    if stall["cycle"]:
        yield "DEADLOCK, each waits for the next: " + " -> ".join(printable(who, 26) for who in stall["cycle"])
    yield from sentence(stall)
    yield f"{'':<9} {'PROCESS AND THREAD':<26} {'IN':<15} {'FOR':>7}"
    if writer:
        yield from holder_rows("holds", writer)
    if vma:
        yield (f"{'':<10}waits for readers of {vma['start'][2:]}-{vma['end'][2:]} "
               f"{printable(vma['file'], 22) if vma['file'] else ''}")
    for reader in stall["readers"]:
        yield from holder_rows(" reader" if vma else "reads", reader)
        yield from stack_rows(reader)
    if writer and not vma:
        yield from stack_rows(writer)
    yield from unknown_rows(stall)
    yield from behind_rows(stall)
    last = (stall["readers"] or [writer])[0]
    if last and last["what_to_do"]:
        yield f"What to do: {printable(last['what_to_do'], 160)}"
    yield ""


def report_rows(report, left_out):
    for stall in report["stalls"]:
        yield from stall_rows(stall)
    if left_out:
        yield f"{left_out:,} left out by --over or -p."
    elif not report["stalls"]:
        yield "Nobody waits for mmap_lock or for readers of a VMA."
    for what in report["not_visible"]:
        yield f"Not visible here: {what}"
    yield f"Linux {printable(report['kernel'], 40)}, looked for {duration(int(report['seconds'] * 1e9))}."
