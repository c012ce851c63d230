# SPDX-License-Identifier: GPL-2.0-only
#
# How a BPF object and its skeleton are made, here and in the tests. Included
# with `out`, where they go, and `bpf_dir`, this folder.

CLANG ?= clang
BPFTOOL ?= bpftool

# The object is a part of the tool: where it was made is nobody's business.
# clang -target bpf does not look where the machine's own headers are.
multiarch := $(shell $(CLANG) -print-multiarch 2> /dev/null || gcc -print-multiarch)
bpf_flags := -g -O2 -ffile-compilation-dir=. -Wall -Wextra -Wno-unused-parameter -Werror -target bpf -mcpu=v3 -MMD -MP -std=gnu17 \
	-D__TARGET_ARCH_$(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/') \
	-I$(bpf_dir) -I$(bpf_dir)/../module $(if $(multiarch),-idirafter /usr/include/$(multiarch))

$(out)/%.bpf.o: %.bpf.c | $(out)
	@command -v $(CLANG) > /dev/null || { \
		echo "bpf: error: $(CLANG) is missing: install it with 'apt-get install clang'" >&2; exit 1; }
	$(call quiet,CLANG)$(CLANG) $(bpf_flags) -c -o $@ $<

$(out)/%.skel.h: $(out)/%.bpf.o
	$(call quiet,GEN)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.partial
	@mv $@.partial $@

-include $(wildcard $(out)/*.bpf.d)
