# SPDX-License-Identifier: GPL-2.0-only
#
# The C++ rule, for a Kbuild to include: the kernel's own flags, so that every one that
# shapes code is kept, less its choice of warnings and of language. The compiler stops
# at a flag that C++ does not know, and with -Werror at one that only C has. The atomic
# operations are the compiler's and are inlined: on arm64 it would call libgcc, which
# no kernel has.

comma := ,
kernel_flags = $(or $(_c_flags),$(error vmalock: this kernel has no _c_flags)) $(modkern_cflags)
cxx_flags = -Wp,-MMD,$(depfile) $(filter-out -std=% -fms-% -W%,$(kernel_flags)) \
	$(filter -Wa$(comma)%,$(kernel_flags)) -Wall -Wextra -Werror -std=c++20 -g0 \
	-ffreestanding -nostdinc -nostdinc++ -fno-exceptions -fno-rtti \
	-fno-threadsafe-statics -fno-use-cxa-atexit $(call cc-option,-mno-outline-atomics)
# A module's constructors are never run, but for those of KASAN and gcov on a
# kernel that has these.
constructors = $(OBJDUMP) -h $@ | grep -E '\.(init_array|ctors)' && \
	{ ! $(NM) $@ | grep -qE ' _sub_I_[0-9]+_' || $(NM) $@ | grep ' _GLOBAL__'; }
quiet_cmd_cxx_o_cc = CXX $(quiet_modtag) $@
      cmd_cxx_o_cc = $(CC) $(cxx_flags) -c -o $@ $< $(cmd_objtool); \
	if $(constructors); then \
		echo >&2 "$<: a module's global constructors are never run"; rm $@; false; fi
$(obj)/%.o: $(src)/%.cc FORCE
	$(call if_changed_dep,cxx_o_cc)

# Templates and inline functions come in COMDAT groups, which the module loader
# of 6.12 and 7.2 takes for duplicate sections. Merge them when linking.
ldflags-y += --force-group-allocation
