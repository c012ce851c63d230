# SPDX-License-Identifier: GPL-2.0-only
#
# How a BPF object and its skeleton are made, here and in the tests. Included
# with `out`, where they go, and `bpf_dir`, this folder.

CLANG ?= clang
BPFTOOL ?= bpftool

# The object is a part of the tool: where it was made is nobody's business. The tool's
# compiler knows what machine it is for, and its headers, where clang -target bpf does not
# look.
bpf_machine := $(firstword $(subst -, ,$(shell $(CXX) -dumpmachine)))
multiarch := $(shell $(CXX) -print-multiarch 2> /dev/null || gcc -print-multiarch)
sysroot := $(filter-out /,$(shell $(CXX) -print-sysroot 2> /dev/null))
bpf_flags := -g -O2 -ffile-compilation-dir=. -Wall -Wextra -Wno-unused-parameter -Werror -target bpf -mcpu=v3 -MMD -MP -std=gnu17 \
	-D__TARGET_ARCH_$(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(bpf_machine))) \
	-I$(bpf_dir) -I$(bpf_dir)/../module $(if $(multiarch),-idirafter $(sysroot)/usr/include/$(multiarch))

$(out)/%.bpf.o: %.bpf.c | $(out)
	@command -v $(CLANG) > /dev/null || { \
		echo "bpf: error: $(CLANG) is missing: install it with 'apt-get install clang'" >&2; exit 1; }
	$(call quiet,CLANG)$(CLANG) $(bpf_flags) -c -o $@ $<

$(out)/%.skel.h: $(out)/%.bpf.o
	$(call quiet,GEN)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.partial
	@mv $@.partial $@

-include $(wildcard $(out)/*.bpf.d)
