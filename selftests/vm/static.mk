# SPDX-License-Identifier: GPL-2.0-only
#
# Archives of libraries from the sources below the folder it runs in, which
# static-libraries has unpacked. Their headers are those of the root's packages.

flags := -O2 -g0 -fPIC -ffunction-sections -fdata-sections -w

# Without TLS: `vmalock export` speaks plain HTTP.
civetweb_flags := -DUSE_IPV6 -DNO_SSL -DNO_CGI -DNO_FILES
bzip2_sources := $(addprefix bzip2/,$(addsuffix .c,blocksort huffman crctable randtable compress decompress bzlib))
ftxui_sources = $(filter-out %_test.cpp %_fuzzer.cpp %/util.cpp,$(wildcard ftxui/src/ftxui/$(1)/*.cpp))

libraries := fmt ftxui-component ftxui-dom ftxui-screen prometheus-cpp-core civetweb civetweb-cpp bz2
sources_fmt := fmtlib/src/format.cc fmtlib/src/os.cc
sources_ftxui-component := $(call ftxui_sources,component)
sources_ftxui-dom := $(call ftxui_sources,dom)
sources_ftxui-screen := $(call ftxui_sources,screen)
sources_prometheus-cpp-core := $(wildcard prometheus-cpp/core/src/*.cc prometheus-cpp/core/src/detail/*.cc)
sources_civetweb := civetweb/src/civetweb.c
sources_civetweb-cpp := civetweb/src/CivetServer.cpp
sources_bz2 := $(bzip2_sources)

all: $(libraries:%=$(OUT)/lib%.a)

%.o: %.c
	gcc $(flags) $(civetweb_flags) -c -o $@ $<
%.o: %.cc
	g++ -std=c++20 $(flags) -c -o $@ $<
%.o: %.cpp
	g++ -std=c++20 $(flags) $(civetweb_flags) -Iftxui/src -c -o $@ $<

define archive
$(OUT)/lib$(1).a: $(patsubst %.c,%.o,$(patsubst %.cc,%.o,$(patsubst %.cpp,%.o,$(sources_$(1)))))
	ar rcs $$@ $$^
endef
$(foreach library,$(libraries),$(eval $(call archive,$(library))))

.PHONY: all
