# SPDX-License-Identifier: GPL-2.0-only
#
# Included by every Makefile that runs a compiler itself. Like the kernel's
# build: a word and a file for each step, V=1 for all of it.
#	$(call quiet,CXX)$(CXX) ...
quiet = $(if $(V),,@printf '  %-7s %s\n' $(1) $(@F);)
