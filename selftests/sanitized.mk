# SPDX-License-Identifier: GPL-2.0-only
#
# The tool's sources under ASan and UBSan, compiled once for the host tests and for
# the fuzzers: by clang, since libFuzzer is its own. Included with `top`.
#	$(call sanitized_objects,SOURCE...)

CLANGXX ?= clang++
sanitized := $(BUILD)/sanitized
sanitizers := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitized_flags := -std=c++20 -O1 -gline-tables-only -Wall -Wextra -Werror -MMD -MP \
	-I$(top)/module -I$(top)/module/include -I$(top)/user $(sanitizers)
sanitized_objects = $(patsubst $(top)/%.cc,$(sanitized)/%.o,$(abspath $(1)))

# Objects lie as their sources do in the project: two folders may have a file of
# one name.
$(sanitized)/%.o: $(top)/%.cc
	@mkdir -p $(@D)
	$(call quiet,CXX)$(CLANGXX) $(sanitized_flags) -fsanitize=fuzzer-no-link $(CXXFLAGS) -c -o $@ $<
