# SPDX-License-Identifier: GPL-2.0-only
#
# Archives in DIR of the sources in this folder, one folder a package, by the flags that
# Debian's shared libraries are built with as far as these change what is in them.

CXXFLAGS := -std=c++17 -O2 -Iftxui/include -Iftxui/src -Iprometheus-cpp/core/src -Icivetweb/include
CFLAGS := -O2 -Icivetweb/include -Ielfutils/lib -D_GNU_SOURCE

# The exporter speaks no TLS and runs no programs.
civetweb/%: CFLAGS += -DUSE_IPV6 -DNO_SSL -DNO_CGI -DNO_CACHING -DNDEBUG

without_tests = $(filter-out %_test.cpp %_fuzzer.cpp,$(wildcard $(1)))
sources_fmt := fmtlib/src/format.cc
sources_ftxui-screen := $(call without_tests,ftxui/src/ftxui/screen/*.cpp)
sources_ftxui-dom := $(call without_tests,ftxui/src/ftxui/dom/*.cpp)
sources_ftxui-component := $(call without_tests,ftxui/src/ftxui/component/*.cpp)
sources_prometheus-cpp-core := $(wildcard prometheus-cpp/core/src/*.cc prometheus-cpp/core/src/detail/*.cc)
sources_civetweb := civetweb/src/civetweb.c
sources_civetweb-cpp := civetweb/src/CivetServer.cpp
# Debian's libelf.a and libdw.a lack what both use of this.
sources_eu := elfutils/lib/eu-search.c
sources_bz2 := $(patsubst %,bzip2/%.c,blocksort bzlib compress crctable decompress huffman randtable)
libraries := $(patsubst sources_%,%,$(filter sources_%,$(.VARIABLES)))

all: $(libraries:%=$(DIR)/lib%.a)

define archive
$(DIR)/lib$(1).a: $$(addsuffix .o,$$(sources_$(1)))
	$$(AR) rcs $$@ $$^
endef
$(foreach library,$(libraries),$(eval $(call archive,$(library))))

%.c.o: %.c
	$(CC) $(CFLAGS) -c -o $@ $<
%.cc.o: %.cc
	$(CXX) $(CXXFLAGS) -c -o $@ $<
%.cpp.o: %.cpp
	$(CXX) $(CXXFLAGS) -c -o $@ $<

.PHONY: all
