# SPDX-License-Identifier: GPL-2.0-only
#
# What a person types. `make help` lists it. The kernel build reads Kbuild, not
# this file; what needs a virtual machine lives in selftests/vm.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

BUILD ?= $(CURDIR)/build/host
override BUILD := $(abspath $(BUILD))
PREFIX ?= /usr/local
KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= backports
CLANG ?= clang

release = $(shell cat $(KDIR)/include/config/kernel.release 2> /dev/null)
module_dir = $(BUILD)/module-$(release)
# /lib is a link into /usr on merged systems; installing through it would put
# a real /lib into DESTDIR, in front of the link.
installed_modules = $(DESTDIR)$(if $(filter /usr/lib,$(realpath /lib)),/usr)/lib/modules/$(release)/updates/vmalock
tests_dir = $(DESTDIR)$(PREFIX)/lib/vmalock/tests
# Where each shell looks. Debian's zsh has a folder of its own for packages.
share_dir = $(DESTDIR)$(PREFIX)/share
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
bash_completion = $(share_dir)/bash-completion/completions/vmalock
zsh_completion = $(DESTDIR)$(ZSH_COMPLETIONS)/_vmalock
fish_completion = $(share_dir)/fish/vendor_completions.d/vmalock.fish

# What a Prometheus, a Grafana and who validates JSON read, and what runs as a service.
shared_files := docs/export/alerts.yml docs/export/dashboard.json docs/json.schema.json
units := docs/export/vmalock-export.service docs/watch/vmalock-watch.service
# What a debugger runs.
drgn_scripts := $(wildcard user/drgn/*.py)
unit_dir := $(DESTDIR)$(PREFIX)/lib/systemd/system

version := $(shell sed -n 's/^.define VMALOCK_VERSION "\(.*\)"$$/\1/p' module/uapi/version.h)
# DKMS looks here, whatever PREFIX is, for what it needs to build vmalock.ko.
dkms_dir = $(DESTDIR)/usr/src/vmalock-$(version)
dkms_sources = Kbuild module/cxx.mk $(sort $(wildcard module/boundary/*.[ch] module/core/*.cc module/core/*.hh \
	module/compat/probe module/compat/probes/*.c module/uapi/*.h \
	$(filter-out $(wildcard module/include/vmalock/features.h*),$(wildcard module/include/vmalock/*))))

# $(call stop,sentence): say what is wrong and what to do, and fail.
stop = { printf 'make: error: %s\n' "$(strip $(1))" >&2; exit 1; }
# $(call need_command,command,package)
need_command = command -v $(1) > /dev/null || \
	$(call stop,$(1) is missing: install it with 'apt-get install $(2)')
# $(call need_header,header,package)
need_header = printf '\043if __has_include(<$(1)>)\nyes\n\043endif\n' | $(CXX) -E -P -x c++ - 2> /dev/null | grep -qx yes || \
	$(call stop,the header <$(1)> is missing: install it with 'apt-get install $(2)')

# What bpf_core_type_matches() is made of. clang 14 crashes on it.
need_clang = echo 'struct s { int i; }; int f(void) { return __builtin_preserve_type_info(*(struct s *)0, 2); }' | \
	$(CLANG) -target bpf -g -O2 -fno-crash-diagnostics -c -o /dev/null -x c - > /dev/null 2>&1 || \
	$(call stop,$(CLANG) cannot compile the BPF programs: build on Debian 13 or newer)

need_kdir = test -n "$(release)" || $(call stop,\
	$(KDIR) is no kernel build folder: install linux-headers-$(shell uname -r) or name another with KDIR=)
need_module = $(need_kdir); test -e $(module_dir)/vmalock.ko || \
	$(call stop,nothing is built for $(release): run 'make' first)
need_tool = test -e $(BUILD)/user/vmalock || $(call stop,the tool is not built: run 'make tool' first)

all: module tool ## build everything for the running kernel, or KDIR=DIR

module: ## only the kernel module
	@$(call need_command,gcc,gcc)
	@$(call need_command,$(CXX),g++)
	@$(need_kdir)
	@mkdir -p $(module_dir)
# Kernels before 6.13 build external modules only in place, and one checkout
# serves many kernels: build in a folder of links to the sources.
	@cp -asf $(CURDIR)/Kbuild $(CURDIR)/module $(module_dir)/
	@find $(module_dir) -xtype l -delete
	@$(MAKE) -C $(KDIR) M=$(module_dir) modules

# Modules that call it, of which a kernel may lack what some need: built apart, as any
# driver is, so that there is a vmalock.ko in any case.
callers: module
	@$(MAKE) -C $(KDIR) M=$(module_dir)/module/callers VMALOCK=$(module_dir) \
		KBUILD_EXTRA_SYMBOLS=$(module_dir)/Module.symvers modules
	@$(MAKE) -C $(KDIR) M=$(module_dir)/module/torture VMALOCK=$(module_dir) \
		KBUILD_EXTRA_SYMBOLS=$(module_dir)/Module.symvers modules
# The test device once more, with the header that a driver carries along.
	@[ ! -e $(module_dir)/module/callers/vmalock_testdev.ko ] || { \
		$(MAKE) carry-header CARRIED=$(module_dir)/carried && \
		cp -asf $(CURDIR)/module/callers/testdev $(module_dir)/module/carried/ && \
		$(MAKE) -C $(KDIR) M=$(module_dir)/module/carried CARRIED=$(module_dir)/carried modules; }

CARRIED ?= $(BUILD)/carried
carry-header: ## vmalock/vma_lock.h for drivers to carry where vmalock is not (CARRIED=DIR)
	@mkdir -p $(CARRIED)/vmalock
	@module/include/carry > $(CARRIED)/vmalock/vma_lock.h

tool: ## only the BPF programs and the tool
	@$(call need_command,$(CLANG),clang)
	@$(need_clang)
	@$(call need_command,$(CXX),g++)
	@$(call need_command,bpftool,bpftool)
	@$(call need_header,bpf/libbpf.h,libbpf-dev)
	@$(call need_header,sys/capability.h,libcap-dev)
	@$(call need_header,capstone/capstone.h,libcapstone-dev)
	@$(call need_header,elfutils/libdwfl.h,libdw-dev)
	@$(call need_header,CLI/CLI.hpp,libcli11-dev)
	@$(call need_header,fmt/format.h,libfmt-dev)
	@$(call need_header,nlohmann/json.hpp,nlohmann-json3-dev)
	@$(call need_header,ftxui/component/component.hpp,libftxui-dev)
	@$(call need_header,prometheus/text_serializer.h,prometheus-cpp-dev)
	@$(call need_header,CivetServer.h,libcivetweb-dev)
	@$(call need_command,lowdown,lowdown)
	@$(call need_command,mandoc,mandoc)
	@$(MAKE) -C bpf BUILD=$(BUILD)
	@$(MAKE) -C docs/man BUILD=$(BUILD)
	@$(MAKE) -C user BUILD=$(BUILD)

static: ## one static vmalock, to carry to other machines: build/static/vmalock
	@selftests/vm/static

# What selftests/vm/static does inside the root.
static-tool: tool
	@$(MAKE) -C user BUILD=$(BUILD) static

tests: host-tests guest-tests ## build all tests

host-tests: tool ## build the tests that run on the host
	@$(call need_header,gtest/gtest.h,libgtest-dev)
	@$(call need_header,benchmark/benchmark.h,libbenchmark-dev)
	@$(call need_command,clang++,clang)
	@$(MAKE) -C selftests/host BUILD=$(BUILD)
	@$(MAKE) -C selftests/fuzz BUILD=$(BUILD)

guest-tests: tool ## build the tests that run in guests
	@$(MAKE) -C selftests/guest BUILD=$(BUILD)

# Those that need no tool.
module-tests:
	@$(MAKE) -C selftests/guest BUILD=$(BUILD) folders="module callers alone"

install: install-module install-tool ## install module and tool (PREFIX=, DESTDIR=)

# Not by modules_install, which signs and compresses as the distribution does
# and fails where its key or its compressor is not at hand.
install-module: ## only the kernel module
	@$(need_module)
	install -D -m 644 -t $(installed_modules) $(module_dir)/vmalock.ko
	@[ -n "$(DESTDIR)" ] || depmod -a $(release)

install-tool: ## only the tool, manual pages and shell completions
	@$(need_tool)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(BUILD)/user/vmalock
	install -D -m 644 -t $(share_dir)/man/man1 $(BUILD)/man/*.1
	install -D -m 644 $(BUILD)/user/completions/bash $(bash_completion)
	install -D -m 644 $(BUILD)/user/completions/zsh $(zsh_completion)
	install -D -m 644 $(BUILD)/user/completions/fish $(fish_completion)
	install -D -m 644 -t $(share_dir)/vmalock $(shared_files)
	install -D -m 644 -t $(share_dir)/vmalock/drgn $(drgn_scripts)
	for unit in $(units); do \
		sed 's|@PREFIX@|$(PREFIX)|' $$unit | install -D -m 644 /dev/stdin $(unit_dir)/$${unit##*/} || exit; \
	done

install-dkms: ## let DKMS build the module for each kernel (DESTDIR=)
	rm -rf $(dkms_dir)
	@for file in $(dkms_sources); do \
		install -D -m "$$(test -x $$file && echo 755 || echo 644)" $$file $(dkms_dir)/$$file; \
	done
	@sed 's/@VERSION@/$(version)/' module/dkms.conf | install -m 644 /dev/stdin $(dkms_dir)/dkms.conf
	@[ -n "$(DESTDIR)" ] || echo "now run: dkms install vmalock/$(version)"

uninstall-dkms: ## take the module and its sources from DKMS again
	@[ -n "$(DESTDIR)" ] || [ ! -e /var/lib/dkms/vmalock/$(version) ] || dkms remove vmalock/$(version) --all
	rm -rf $(dkms_dir)

# What the demo runs, and nothing else.
demo-programs:
	@$(MAKE) -C selftests/workload BUILD=$(BUILD)
	@$(MAKE) -C selftests/guest/tool/programs BUILD=$(BUILD) $(BUILD)/guest/tool/standing

install-demo: demo-programs
	install -D -m 755 -t $(tests_dir) selftests/guest/demo $(BUILD)/workload/server
	install -D -m 755 $(BUILD)/guest/tool/standing $(tests_dir)/database

install-test-modules: install-dkms
	@$(need_module)
	install -D -m 644 -t $(installed_modules) $(wildcard $(addprefix $(module_dir)/module/,callers/*.ko carried/*.ko torture/*.ko))

install-guest-tests:
	@$(MAKE) -C selftests/guest BUILD=$(BUILD) DESTDIR=$(tests_dir) install

uninstall: uninstall-tool ## remove what `make install` installed for this kernel
	@$(need_kdir)
	rm -rf $(installed_modules)
	@[ -n "$(DESTDIR)" ] || depmod -a $(release)

uninstall-tool: ## remove what `make install-tool` installed
	rm -f $(DESTDIR)$(PREFIX)/bin/vmalock
	rm -f $(patsubst docs/man/%.md,$(share_dir)/man/man1/%,$(wildcard docs/man/*.md))
	rm -f $(bash_completion) $(zsh_completion) $(fish_completion) \
		$(addprefix $(unit_dir)/,$(notdir $(units)))
	rm -rf $(share_dir)/vmalock

# dpkg-buildpackage wants debian/ at the top, where this project has none: it is
# given a copy. Of make's own variables none is passed on.
deb_dir := $(CURDIR)/build/deb
deb_source := $(deb_dir)/vmalock-$(version)
deb_maintainer = $(shell sed -n 's/^Maintainer: //p' user/debian/control)
SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2> /dev/null),$(shell date +%s))
deb: ## Debian packages of tool and module, in build/deb
	@$(call need_command,dpkg-buildpackage,dpkg-dev)
	@$(call need_command,dh,debhelper)
	@$(call need_command,dh_dkms,dh-dkms)
	rm -rf $(deb_dir)
	mkdir -p $(deb_source)
	cp -a Kbuild Makefile README.md bpf docs module user $(deb_source)
	mv $(deb_source)/user/debian $(deb_source)
	@printf '%s\n' 'vmalock ($(subst -,~,$(version))) unstable; urgency=medium' '' '  * See the log of the project.' '' \
		' -- $(deb_maintainer)  $(shell LC_ALL=C date -u -R -d @$(SOURCE_DATE_EPOCH))' > $(deb_source)/debian/changelog
	@find $(deb_source) -exec touch -d @$(SOURCE_DATE_EPOCH) {} +
	cd $(deb_source) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage --build=binary --no-sign --no-check-builddeps
	rm -rf $(deb_source)

dist: ## a release of the last commit: sources, static tool, packages, sums
	@selftests/vm/dist

# Of all but the module, whose flags are the kernel's. Make says in which folder it
# is only where it was not told to be silent.
compile-commands: ## compile_commands.json, for editors and clangd
	@$(MAKE) -C bpf BUILD=$(BUILD)
	@$(MAKE) -C docs/man BUILD=$(BUILD)
	@for folder in bpf user selftests/host selftests/fuzz selftests/guest; do \
		env -u MAKEFLAGS $(MAKE) -C $$folder -nBwk V=1 BUILD=$(BUILD) 2> /dev/null || true; \
	done | selftests/compile-commands > compile_commands.json

load: ## insmod the module that was built for the running kernel
	@[ "$$(id -u)" -eq 0 ] || $(call stop,loading a module needs root: run 'sudo make load')
	@$(need_module)
	insmod $(module_dir)/vmalock.ko

unload: ## rmmod it again
	@[ "$$(id -u)" -eq 0 ] || $(call stop,unloading a module needs root: run 'sudo make unload')
	@for module in vmalock_torture vmalock_binder vmalock_tcp vmalock_testdev vmalock; do \
		! grep -qs "^$$module " /proc/modules || rmmod $$module; \
	done

demo: ## trace a stalling process on a stock kernel in QEMU (KERNEL=role)
	@selftests/vm/demo $(KERNEL)

# KERNEL has a default for the demo, but not here.
check_kernel = $(if $(filter file,$(origin KERNEL)),,$(KERNEL))
check: ## run every test, or SUITE=tool/writers TEST=11 KERNEL=role
	@selftests/check $(if $(SUITE),--suite '$(SUITE)') $(if $(TEST),--test '$(TEST)') $(check_kernel)

lint: ## what shellcheck, clang-format, codespell and checkpatch find in the sources
	@selftests/lint

check-all: ## the same on every kernel there is a role for
	@selftests/check --all

torture: ## torture the calls of the module (ROLE=uml MINUTES=10)
	@selftests/torture $(or $(ROLE),uml) $(MINUTES)

bench: ## what calls cost beside what drivers would use instead (ROLE='stable backports')
	@selftests/bench $(ROLE)

mutations: ## can the tests fail? make mistakes on purpose (NAME='one other')
	@selftests/mutate $(NAME)

vm: ## a shell in a guest with everything installed (KERNEL=role)
	@selftests/vm/run $(KERNEL) --shell

clean: ## remove what was built here
	rm -rf build

distclean: ## remove the cache of root file system and kernels too
	selftests/vm/forget && rm -rf build

prune: ## of that cache, remove what nothing has used for DAYS=14
	selftests/vm/prune $(DAYS)

help: ## this list
	@echo 'vmalock: per-VMA locks for drivers, and for people who chase stalls'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

.PHONY: all module callers carry-header tool static static-tool tests host-tests guest-tests module-tests demo-programs install install-demo install-module \
	install-tool install-dkms install-test-modules install-guest-tests uninstall uninstall-tool uninstall-dkms deb dist compile-commands \
	load unload demo check lint check-all torture bench mutations vm clean prune distclean help
