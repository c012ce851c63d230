# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# help.sh - what the tool says of itself, as a person finds it: by --help.
# Sourced; needs `vmalock` in PATH.

subcommands() {
	vmalock --help | sed '1,/^Subcommands:/d' | sed -nE 's/^  ([a-z]+) .*/\1/p'
}

# options_of [SUBCOMMAND]: each name of each on a line.
options_of() {
	vmalock "$@" --help | sed -nE 's/^  (-[^ ]*).*/\1/p' | tr , '\n'
}
