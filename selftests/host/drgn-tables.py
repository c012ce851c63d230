# SPDX-License-Identifier: GPL-2.0-only
#
# drgn-tables.py TOP - are the tables of user/drgn/vmalock_places.py those of user/model?
# Prints each table that differs, by its words in order.

import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(top / "user/drgn"))
sys.dont_write_bytecode = True
import vmalock_places  # noqa: E402

tables = {
    "kernel_functions.cc": ("takers", "plumbing", "user_faults"),
    "judgement.cc": ("after_letting_go", "file_io", "outside_vma_lock", "binder_pages", "file_systems"),
    "mmap_lock_readers.cc": ("readers", "without_it"),
    "sleep_places.cc": ("places", "frozen"),
}


def without_comments(path):
    return re.sub(r"/\*.*?\*/", "", re.sub(r"//.*", "", path.read_text()), flags=re.S)


def model_words(model, file, table):
    text = without_comments(model / file)
    headers = [model / "kernel_functions.hh", (model / file).with_suffix(".hh")]
    constants = dict(re.findall(r'string_view (\w+) = ("[^"]*");', text + "".join(map(without_comments, headers))))
    found = re.search(rf"\b{table}(?:\[\])? = \{{(.*?)\}};", text, re.S)
    if not found:
        sys.exit(f"{file} has no table {table}")
    words = re.findall(r'"[^"]*"|\b[a-z_]+\b', found[1])
    return [constants.get(word, word).strip('"') for word in words]


def words_of(table):
    if isinstance(table, (str, bool)):
        return [str(table).lower() if table is True else table]
    return [word for row in table for word in words_of(row)]


differ = False
for file, names in tables.items():
    for name in names:
        theirs = model_words(top / "user/model", file, name)
        ours = words_of(getattr(vmalock_places, name))
        if ours != theirs:
            differ = True
            at = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]),
                      min(len(ours), len(theirs)))
            print(f"{name}: word {at} is {ours[at:at + 3]} here and {theirs[at:at + 3]} in {file}")
sys.exit(differ)
