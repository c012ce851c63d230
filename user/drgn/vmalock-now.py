# SPDX-License-Identifier: GPL-2.0-only
"""
Show who waits for whom for mmap_lock and the locks of VMAs, and why, as `vmalock now` does,
in a live kernel or a crash dump, which need its debug symbols:

    drgn -k vmalock-now.py [-p PID] [--over MS] [--json]
    drgn -c VMCORE -s VMLINUX vmalock-now.py
"""

import argparse
import json
import sys
import time

import drgn

from vmalock_look import Look, Refused
from vmalock_stalls import stalls_in
from vmalock_text import report_rows

SOMEBODY_IS_STALLED = 3


def options():
    parser = argparse.ArgumentParser(prog="vmalock-now.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-p", "--pid", metavar="PID", type=int, action="append", default=[],
                        help="show only stalls in which process PID has a part; may be repeated")
    parser.add_argument("--over", metavar="MS", type=float, default=100,
                        help="show only stalls of at least so many milliseconds (100)")
    parser.add_argument("--json", action="store_true",
                        help="print one JSON object, with the fields of 'vmalock now --json'")
    return parser.parse_args()


def report(prog, wanted):
    began = time.monotonic()
    look = Look(prog)
    stalls, left_out = stalls_in(look, wanted.over * 1e6, wanted.pid)
    return {"schema": 1, "kernel": look.kernel, "seconds": time.monotonic() - began,
            "stalls": stalls, "not_visible": look.not_visible}, left_out


def main():
    wanted = options()
    try:
        result, left_out = report(drgn.get_default_prog(), wanted)
    except (Refused, drgn.NoDefaultProgramError) as error:
        sentence = str(error) if isinstance(error, Refused) else "call it as 'drgn -k vmalock-now.py'"
        if wanted.json:
            print(json.dumps({"error": sentence}))
        else:
            print(f"vmalock-now.py: error: {sentence}", file=sys.stderr)
        return 1
    if wanted.json:
        print(json.dumps(result))
    else:
        print("\n".join(report_rows(result, left_out)))
    return SOMEBODY_IS_STALLED if result["stalls"] else 0


sys.exit(main())
