# Mapix: one Makefile, no recursion.  `make help` lists the targets.
#
# BUILD=dir    where everything generated goes (build)
# CROSS=pfx    the cross tools (i686-linux-gnu-); i686-elf- serves for all but the glibc programs
# CC=clang     another compiler; it gets --target=i386-linux-gnu
# DEBUG=1      a kernel with run-time checks (mm_check, locks, poison, red zones); the tests build one in
#              $(BUILD)/debug beside the plain one
# HWPOISON=0   a kernel without memory_failure.c: no page is ever broken, and MADV_HWPOISON is EINVAL (1)
# OPT=-Og      how the compiler optimizes (-O2)
# HOME_IMG=f   the disk that `make run` mounts at /home (home.img)
# WERROR=1     warnings are errors (CI sets it)
# PAE=1        the kernel with PAE and NX (docs/pae.md), in build/pae; every target is there too
# V=1          show the commands

include scripts/flags.mk
ifeq ($(PAE),1)
# a processor that can forbid execution and has 36 bits for addresses of memory, and what was fetched for the other kernel
export CPU := -cpu qemu32,+nx,+pse36
QEMU += $(CPU)
$(shell [ -e $(BUILD)/ref ] || { mkdir -p $(BUILD) build/ref && ln -s $$(realpath --relative-to=$(BUILD) build/ref) $(BUILD)/ref; })
endif

# GRUB for a PC's BIOS: Debian has it for PCs only, and only the ISO needs it
GRUB   ?= /usr/lib/grub/i386-pc
GRUB_HERE := $(and $(wildcard $(GRUB)/multiboot.mod),$(shell command -v grub-mkrescue))

HOME_IMG ?= home.img
export BUILD CROSS GRUB HOME_IMG
export PATH := $(PATH):/usr/sbin:/sbin

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# `make deps test`: whatever stands beside deps starts in a new make, when deps has done its work.
ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS))),)
.PHONY: $(MAKECMDGOALS)
.NOTPARALLEL:
deps:
	@scripts/deps
	@$(if $(filter test-explorer,$(MAKECMDGOALS)),scripts/deps-explorer test,$(if $(filter explorer,$(MAKECMDGOALS)),scripts/deps-explorer,:))
$(filter-out deps,$(MAKECMDGOALS)): deps
	@+$(MAKE) --no-print-directory $@
else

.PHONY: all
all: kernel user image $(if $(GRUB_HERE),iso) guest-tests libc-tests

# ---------------------------------------------------------------- the kernel

find   = $(sort $(shell find $1 -name '$2' 2>/dev/null))
VDSO_SRC  := $(wildcard kernel/x86/vdso/*.asm)
OFFSETS_C := kernel/x86/entry/asm-offsets.c
CHECKS_C  := $(wildcard kernel/checks/*.c)
LEFT_OUT  := $(OFFSETS_C) $(CHECKS_C) $(if $(filter 0,$(HWPOISON)),$(wildcard mm/reclaim/memory_failure*.c))
KERNEL_C  := $(filter-out $(LEFT_OUT),$(call find,boot kernel mm,*.c))
KERNEL_S  := $(filter-out $(VDSO_SRC),$(call find,boot kernel mm,*.asm))
# Checks of the labs that run in the kernel: only the kernels of make check-kernel hold them.
LABS      := $(patsubst labs/%/,%,$(sort $(dir $(wildcard labs/*/lab.toml labs/*/kernel.c))))
LABS_C    := $(wildcard labs/*/kernel.c labs/*/kernel_*.c) tests/checks/kernel.c
CHECKS_O  := $(CHECKS_C:%=$(BUILD)/%.o)
PURE_C    := $(wildcard libc/string/*.c libc/stdio/vsnprintf.c)
KERNEL_O  := $(KERNEL_C:%=$(BUILD)/%.o) $(KERNEL_S:%=$(BUILD)/%.o) $(PURE_C:%=$(BUILD)/kernel-%.o)

.PHONY: kernel
kernel: $(BUILD)/kernel.elf

# other flags than last time: everything is built anew
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(filter-out -Werror,$(KFLAGS))' | cmp -s - $@ || echo '$(CC) $(filter-out -Werror,$(KFLAGS))' >$@
FORCE:

$(KERNEL_O) $(CHECKS_O) $(LABS_C:%=$(BUILD)/%.o): $(BUILD)/flags

# the functions of a lab's checks tell where they end: kernel/checks/run.c
$(LABS_C:%=$(BUILD)/%.o): TELLING := -finstrument-functions -finstrument-functions-exclude-file-list=.h
$(patsubst %,$(BUILD)/%.o,$(KERNEL_C) $(CHECKS_C) $(LABS_C)): $(BUILD)/%.o: % | $(BUILD)/uapi
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(TELLING) $(DEPS) -c -o $@ $<

$(PURE_C:%=$(BUILD)/kernel-%.o): $(BUILD)/kernel-%.o: % | $(BUILD)/uapi
	$(say) CC "$< (kernel)"
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(PURE) -Ilibc/include $(DEPS) -c -o $@ $<

$(BUILD)/%.asm.o: %.asm
	$(say) NASM $<
	@mkdir -p $(@D)
	$(Q)$(NASM) $(NFLAGS) -o $@ $<

# Numbers that assembly files and linker.ld share with C are made from it.
$(BUILD)/asm-offsets.s: $(OFFSETS_C) $(BUILD)/flags | $(BUILD)/uapi
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -g0 $(DEPS) -S -o $@ $<
$(BUILD)/asm-offsets.inc: $(BUILD)/asm-offsets.s
	$(Q)awk -F'["> ]+' '/"-> / {printf "%%define %s %.0f\n", $$3, $$4 < 0 ? $$4 + 2 ^ 32 : $$4}' $< >$@
$(BUILD)/asm-offsets.ld: $(BUILD)/asm-offsets.inc
	$(Q)sed -n 's/^%define \(PAGE_OFFSET\|LOAD_PHYS\) \(.*\)$$/\1 = \2;/p' $< >$@
$(KERNEL_S:%=$(BUILD)/%.o): $(BUILD)/asm-offsets.inc

# The vdso is a shared object of its own; vdso_image.asm takes it in whole.
$(BUILD)/vdso.so: $(VDSO_SRC:%=$(BUILD)/%.o) kernel/x86/vdso/vdso.ld
	$(say) LD $@
	$(Q)$(LD) -shared -m elf_i386 -T kernel/x86/vdso/vdso.ld -soname linux-gate.so.1 --hash-style=both \
		--build-id=none --eh-frame-hdr -z noexecstack -z max-page-size=4096 -s -o $@ $(VDSO_SRC:%=$(BUILD)/%.o)
$(BUILD)/kernel/x86/vdso_image.asm.o: $(BUILD)/vdso.so

# The symbol table for backtraces lies in .rodata, behind the code it names: the first link has an empty one,
# the second has one of the final size, and the third has the final addresses even if code had moved.
LINK_KERNEL = $(LD) -m elf_i386 -L $(BUILD) -T linker.ld --build-id=sha1 -z noexecstack -z max-page-size=4096 \
	      -o $@ $(filter %.o,$^)

# the kernel $1.elf: its objects are the kernel's and $2
define link_kernel
$(BUILD)/$1.0.ksyms.asm: scripts/ksyms
	@mkdir -p $$(@D)
	$$(Q)scripts/ksyms </dev/null >$$@
$(BUILD)/$1.1.ksyms.asm: $(BUILD)/$1.0 scripts/ksyms
	$$(Q)$$(NM) -n $$< | scripts/ksyms >$$@
$(BUILD)/$1.2.ksyms.asm: $(BUILD)/$1.1 scripts/ksyms
	$$(Q)$$(NM) -n $$< | scripts/ksyms >$$@
$(BUILD)/$1.0 $(BUILD)/$1.1: $(BUILD)/$1.%: $(KERNEL_O) $2 $(BUILD)/$1.%.ksyms.o linker.ld $(BUILD)/asm-offsets.ld
	$$(say) LD $$@
	$$(Q)$$(LINK_KERNEL)
$(BUILD)/$1.elf: $(KERNEL_O) $2 $(BUILD)/$1.2.ksyms.o linker.ld $(BUILD)/asm-offsets.ld
	$$(say) LD $$@
	$$(Q)$$(LINK_KERNEL)
endef
$(eval $(call link_kernel,kernel,))
$(foreach lab,$(LABS),$(eval $(call link_kernel,lab-$(lab),$(CHECKS_O) $(patsubst %,$(BUILD)/%.o,$(filter labs/$(lab)/%,$(LABS_C))))))
# for the tests of those who judge
$(eval $(call link_kernel,lab-selftest,$(CHECKS_O) $(BUILD)/tests/checks/kernel.c.o))
$(BUILD)/%.ksyms.o: $(BUILD)/%.ksyms.asm
	$(Q)$(NASM) -f elf32 -o $@ $<

# The only Linux headers that our own code sees: linux/, asm/, asm-generic/, and no file of glibc's beside them.
$(BUILD)/uapi: scripts/uapi
	@mkdir -p $(BUILD)
	$(Q)scripts/uapi $@ $(CROSS)gcc

# ---------------------------------------------------------------- the C library and the programs

LIBC_C := $(filter-out libc/crt/%,$(call find,libc,*.c))
LIBC_S := $(filter-out libc/crt/%,$(call find,libc,*.asm))
LIBC_O := $(LIBC_C:%=$(BUILD)/%.o) $(LIBC_S:%=$(BUILD)/%.o)
CRT0   := $(BUILD)/libc/crt/crt0.asm.o

# user/NAME.c is a program, and so is every folder user/NAME/ with all its .c files together
USER_C    := $(wildcard user/*.c)
USER_DIRS := $(filter-out experiments standin etc,$(patsubst user/%/,%,$(sort $(dir $(wildcard user/*/*.c)))))
PROGRAMS  := $(USER_C:user/%.c=%) $(USER_DIRS)
EXPERIMENT_C := $(wildcard user/experiments/*.c)
EXPERIMENTS  := $(EXPERIMENT_C:user/experiments/%.c=%)
STANDIN_C    := $(wildcard user/standin/*.c)
STANDINS     := $(STANDIN_C:user/standin/%.c=%)
USER_ALL_C   := $(USER_C) $(foreach d,$(USER_DIRS),$(wildcard user/$d/*.c)) $(EXPERIMENT_C) $(STANDIN_C)

# For the experiment `library`: a library of both kinds, and programs that use it
TABLE := $(BUILD)/user/experiments/table
PARTS_NAMES := one-static two-static one-dynamic two-dynamic
PARTS_BIN   := $(PARTS_NAMES:%=$(BUILD)/user/experiments/parts/%)
PARTS_GLIBC := $(PARTS_NAMES:%=$(BUILD)/user/experiments-glibc/parts/%)

USER_BIN  := $(PROGRAMS:%=$(BUILD)/user/%.bin) $(EXPERIMENTS:%=$(BUILD)/user/experiments/%) $(STANDINS:%=$(BUILD)/user/standin/%)
GLIBC_BIN := $(EXPERIMENTS:%=$(BUILD)/user/experiments-glibc/%)

.PHONY: user
user: $(USER_BIN) $(GLIBC_BIN) $(PARTS_BIN) $(PARTS_GLIBC) $(TABLE)/libtable.a $(TABLE)/libtable.so

$(filter-out $(BUILD)/libc/string/% $(BUILD)/libc/stdio/vsnprintf.c.o,$(LIBC_C:%=$(BUILD)/%.o)) \
$(USER_ALL_C:%=$(BUILD)/%.o): $(BUILD)/%.o: % | $(BUILD)/uapi
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(DEPS) -c -o $@ $<

$(PURE_C:%=$(BUILD)/%.o): $(BUILD)/%.o: % | $(BUILD)/uapi
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(PURE) $(DEPS) -c -o $@ $<

$(BUILD)/libc.a: $(LIBC_O)
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIBC_O)

LINK_USER = $(LD) -m elf_i386 -static -z noexecstack --build-id=none -o $@ \
	    $(filter %.o,$^) --start-group $(BUILD)/libc.a $(LIBGCC) --end-group

$(USER_C:user/%.c=$(BUILD)/user/%.bin): $(BUILD)/user/%.bin: $(CRT0) $(BUILD)/user/%.c.o $(BUILD)/libc.a
	$(say) LD $@
	$(Q)$(LINK_USER)
$(EXPERIMENTS:%=$(BUILD)/user/experiments/%) $(STANDINS:%=$(BUILD)/user/standin/%): %: $(CRT0) %.c.o $(BUILD)/libc.a
	$(say) LD $@
	$(Q)$(LINK_USER)
define folder_program
$(BUILD)/user/$1.bin: $(CRT0) $(patsubst %,$(BUILD)/%.o,$(wildcard user/$1/*.c)) $(BUILD)/libc.a
	$$(say) LD $$@
	$$(Q)$$(LINK_USER)
endef
$(foreach d,$(USER_DIRS),$(eval $(call folder_program,$d)))

$(GLIBC_BIN): $(BUILD)/user/experiments-glibc/%: user/experiments/%.c
	$(say) GLIBC $<
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(DEPS) -o $@ $<

$(TABLE)/table.o $(TABLE)/table.pic.o: user/experiments/table/table.c | $(BUILD)/uapi
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(if $(findstring pic,$(@F)),-fPIC) $(DEPS) -c -o $@ $<
$(TABLE)/libtable.a: $(TABLE)/table.o
	$(Q)rm -f $@ && $(AR) rcs $@ $<
$(TABLE)/libtable.so: $(TABLE)/table.pic.o
	$(Q)$(LD) -m elf_i386 -shared -soname libtable.so -z noexecstack --build-id=none -o $@ $<

$(TABLE)/one.o $(TABLE)/two.o: $(TABLE)/%.o: user/experiments/table/program.c | $(BUILD)/uapi
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -DPROGRAM_NAME='"$*"' $(DEPS) -c -o $@ $<
# the part of ours that is not shared comes from the archive, also in a program that is linked dynamically
$(BUILD)/user/experiments/parts/%-static: $(CRT0) $(TABLE)/%.o $(TABLE)/libtable.a $(BUILD)/libc.a
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(LINK_USER) $(TABLE)/libtable.a
$(BUILD)/user/experiments/parts/%-dynamic: $(CRT0) $(TABLE)/%.o $(TABLE)/libtable.so $(BUILD)/libc.a
	$(say) LD $@
	@mkdir -p $(@D)
	$(Q)$(LD) -m elf_i386 -dynamic-linker /lib/ld-linux.so.2 -z noexecstack --build-id=none -o $@ $(filter %.o,$^) $(TABLE)/libtable.so \
		--start-group $(BUILD)/libc.a $(LIBGCC) --end-group

$(BUILD)/user/experiments-glibc/parts/%-static: user/experiments/table/program.c $(TABLE)/libtable.a
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) -DPROGRAM_NAME='"$*"' $(DEPS) -o $@ $< $(TABLE)/libtable.a
$(BUILD)/user/experiments-glibc/parts/%-dynamic: user/experiments/table/program.c $(TABLE)/libtable.so
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(filter-out -static,$(GFLAGS)) -DPROGRAM_NAME='"$*"' $(DEPS) -o $@ $< $(TABLE)/libtable.so

# ---------------------------------------------------------------- programs that test the library

# Each is built twice, with our libc and with glibc, and must print the same.
LIBCTEST_C   := $(wildcard tests/libc/*.c)
LIBCTEST_BIN := $(LIBCTEST_C:%.c=$(BUILD)/%) $(LIBCTEST_C:%.c=$(BUILD)/%-glibc)

.PHONY: libc-tests
libc-tests: $(LIBCTEST_BIN)

$(LIBCTEST_C:%=$(BUILD)/%.o): $(BUILD)/%.o: % | $(BUILD)/uapi
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(TFLAGS) $(DEPS) -c -o $@ $<
$(LIBCTEST_C:%.c=$(BUILD)/%): %: $(CRT0) %.c.o $(BUILD)/libc.a
	$(say) LD $@
	$(Q)$(LINK_USER)
$(LIBCTEST_C:%.c=$(BUILD)/%-glibc): $(BUILD)/%-glibc: %.c
	$(say) GLIBC $<
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) $(DEPS) -o $@ $<

# ---------------------------------------------------------------- programs that test the kernel

# Ordinary Linux programs, built by the stock compiler: the same binary runs here and on Linux.
GUEST_C   := $(wildcard tests/guest/*.c)
GUEST_BIN := $(GUEST_C:%.c=$(BUILD)/%)
BENCH_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

.PHONY: guest-tests
guest-tests: $(GUEST_BIN) $(BENCH_BIN)

$(GUEST_BIN) $(BENCH_BIN): $(BUILD)/%: %.c
	$(say) GLIBC $<
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) -Itests/guest $(DEPS) -o $@ $< $(PARTS)

# Cases that end in every way, for the tests of those who judge.
SELFTEST := $(BUILD)/tests/checks/cases
$(SELFTEST): tests/checks/cases.c
	$(say) GLIBC $<
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) -Itests/guest $(DEPS) -o $@ $<

# This one tests a part of the kernel.
$(BUILD)/tests/guest/kernel_string: PARTS = -Wl,-z,noexecstack $(BUILD)/tests/guest/string.o
$(BUILD)/tests/guest/kernel_string: $(BUILD)/tests/guest/string.o
$(BUILD)/tests/guest/string.o: $(BUILD)/kernel/x86/string.asm.o
	@mkdir -p $(@D)
	$(Q)$(OBJCOPY) --prefix-symbols=kernel_ $< $@

# What runs them, as PID 1, where a lab's kernel is checked.
LAB_RUNNER := $(BUILD)/labs/runner
$(LAB_RUNNER): labs/runner.c kernel/checks/siphash.c kernel/checks/siphash.h tests/guest/leaks.h
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) -I. -o $@ labs/runner.c kernel/checks/siphash.c

# The differential tester: one program of several files.
DIFF_C := $(wildcard tests/diff/*.c)
$(BUILD)/tests/diff/difftest: $(DIFF_C) $(wildcard tests/diff/*.h)
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) -o $@ $(DIFF_C)
# Its sister for signals shares what makes a tester.
SIGDIFF_C := $(wildcard tests/diff/signals/*.[cS]) $(addprefix tests/diff/,seeds.c random.c print.c sys.c)
$(BUILD)/tests/diff/sigdiff: $(SIGDIFF_C) $(wildcard tests/diff/*.h tests/diff/signals/*.h)
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) -o $@ $(SIGDIFF_C)
# And the one for files.
FILEDIFF_C := $(wildcard tests/diff/files/*.c) $(addprefix tests/diff/,seeds.c random.c print.c sys.c)
$(BUILD)/tests/diff/filediff: $(FILEDIFF_C) $(wildcard tests/diff/*.h tests/diff/files/*.h)
	$(say) GLIBC $@
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) -o $@ $(FILEDIFF_C)
guest-tests: $(BUILD)/tests/diff/difftest $(BUILD)/tests/diff/sigdiff $(BUILD)/tests/diff/filediff

# What loads disks: programs that the tests of disks start.
LOADS_BIN := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/disk/*.c))
$(LOADS_BIN): $(BUILD)/%: %.c
	$(say) GLIBC $<
	@mkdir -p $(@D)
	$(Q)$(GLIBCC) $(GFLAGS) $(TFLAGS) $(DEPS) -o $@ $<
guest-tests: $(LOADS_BIN)

# ---------------------------------------------------------------- the root file system and the ISO

BLOCK_SIZE ?= 4096
ETC := $(shell find user/etc -type f 2>/dev/null)
PAGES := $(wildcard docs/*.md docs/experiments/*.md docs/zh/*.md docs/zh/experiments/*.md)

.PHONY: image iso
image: $(BUILD)/root.img
iso: $(BUILD)/mapix.iso

ROOT := $(BUILD)/root
# busybox, which `make deps` fetches, has the general tools and /bin/sh; where it is not there, user/standin/ and our shell,
# /bin/msh, take their places.  What is in user/ goes before a tool of busybox with the same name.
BUSYBOX := $(wildcard $(BUILD)/ref/busybox)

# What programs want that are linked dynamically: the cross package's loader and the libraries of its C library and compiler.
# A name that gcc does not know stays a mere name: then it is left out.
SHARED_NAMES := ld-linux.so.2 libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libresolv.so.2 libanl.so.1 \
		libgcc_s.so.1 libatomic.so.1 libstdc++.so.6
SHARED_FIND  := for name in $(SHARED_NAMES); do $(GLIBCC) -print-file-name=$$name; done

# other programs than last time: the root file system is made anew, and has these only
$(BUILD)/programs: FORCE
	@mkdir -p $(@D)
	@echo '$(PROGRAMS) $(EXPERIMENTS) $(STANDINS) $(ETC) $(BUSYBOX)' | cmp -s - $@ || \
		echo '$(PROGRAMS) $(EXPERIMENTS) $(STANDINS) $(ETC) $(BUSYBOX)' >$@

$(BUILD)/root.done: $(USER_BIN) $(GLIBC_BIN) $(PARTS_BIN) $(PARTS_GLIBC) $(TABLE)/libtable.a $(TABLE)/libtable.so $(ETC) $(PAGES) $(BUSYBOX) $(BUILD)/programs scripts/applets
	$(say) ROOT $(ROOT)
	$(Q)rm -rf $(ROOT) && mkdir -p $(addprefix $(ROOT)/,bin sbin dev etc experiments/parts experiments-glibc/parts home lib mnt proc root sys tmp usr/bin usr/lib usr/share/doc/mapix/experiments usr/share/doc/mapix/zh/experiments var)
	$(Q)chmod 1777 $(ROOT)/tmp && chmod 700 $(ROOT)/root
	$(Q)$(foreach p,$(filter-out init sh,$(PROGRAMS)),$(STRIP) -g -o $(ROOT)/bin/$p $(BUILD)/user/$p.bin &&) :
	$(Q)$(if $(filter poweroff,$(PROGRAMS)),$(foreach p,reboot halt,ln -s poweroff $(ROOT)/bin/$p &&)) :
	$(Q)$(if $(filter init,$(PROGRAMS)),$(STRIP) -g -o $(ROOT)/sbin/init $(BUILD)/user/init.bin)
	$(Q)$(if $(filter sh,$(PROGRAMS)),$(STRIP) -g -o $(ROOT)/bin/msh $(BUILD)/user/sh.bin)
	$(Q)$(foreach k,experiments experiments-glibc,$(foreach p,$(EXPERIMENTS) $(PARTS_NAMES:%=parts/%),\
		$(STRIP) -g -o $(ROOT)/$k/$p $(BUILD)/user/$k/$p &&)) :
ifneq ($(BUSYBOX),)
	$(Q)cp $(BUSYBOX) $(ROOT)/bin/busybox && chmod 755 $(ROOT)/bin/busybox
	$(Q)for name in $$(scripts/applets $(BUSYBOX)); do [ -e $(ROOT)/bin/$$name ] || ln -s busybox $(ROOT)/bin/$$name; done
else
	@echo 'No busybox here (make deps fetches it): a few small programs of ours stand in for its tools.'
	$(Q)$(foreach p,$(filter-out $(PROGRAMS),$(STANDINS)),$(STRIP) -g -o $(ROOT)/bin/$p $(BUILD)/user/standin/$p &&) :
	$(Q)ln -s test $(ROOT)/bin/[ && ln -s msh $(ROOT)/bin/sh
endif
	$(Q)$(STRIP) -g -o $(ROOT)/usr/lib/libtable.a $(TABLE)/libtable.a && $(STRIP) -g -o $(ROOT)/usr/lib/libtable.so $(TABLE)/libtable.so
	$(Q)for file in $$($(SHARED_FIND)); do case $$file in /*) install -m 755 $$file $(ROOT)/lib/ ;; esac; done
	$(Q)if [ -d user/etc ]; then cp -R user/etc/. $(ROOT)/etc/; fi
	$(Q)$(foreach p,$(PAGES),cp $p $(ROOT)/usr/share/doc/mapix/$(p:docs/%=%) &&) :
	$(Q)ln -s ../proc/self/mounts $(ROOT)/etc/mtab
	@touch $@

$(BUILD)/root.img: $(BUILD)/root.done scripts/mkimage
	$(say) MKE2FS $@
	$(Q)scripts/mkimage --block-size $(BLOCK_SIZE) $(ROOT) $@

$(BUILD)/mapix.iso: $(BUILD)/kernel.elf $(BUILD)/root.img scripts/grub.cfg
	$(Q)[ -n "$(GRUB_HERE)" ] || { echo "no ISO: it needs Debian's grub-pc-bin and grub-common (make deps)" >&2; exit 1; }
	$(say) ISO $@
	$(Q)rm -rf $(BUILD)/iso && mkdir -p $(BUILD)/iso/boot/grub
	$(Q)$(STRIP) -g -o $(BUILD)/iso/boot/kernel.elf $(BUILD)/kernel.elf
	$(Q)cp $(BUILD)/root.img $(BUILD)/iso/boot/ && cp scripts/grub.cfg $(BUILD)/iso/boot/grub/
	$(Q)grub-mkrescue -d $(GRUB) --compress=no --fonts= --locales= --themes= \
		--install-modules="normal iso9660 biosdisk multiboot part_msdos" \
		-o $@ $(BUILD)/iso >$(BUILD)/iso.log 2>&1 || { cat $(BUILD)/iso.log >&2; exit 1; }

# ---------------------------------------------------------------- the machine in a page of a browser

EXPLORER := $(BUILD)/explorer
EXPLORER_SRC := $(wildcard explorer/*.js explorer/*.html explorer/*.css explorer/src/*.js explorer/package-lock.json)

.PHONY: explorer test-explorer
explorer: $(BUILD)/explorer.html

# the root file system without what is linked with glibc, and without the pages of docs
$(EXPLORER)/root.img: $(BUILD)/root.done scripts/mkimage
	$(say) MKE2FS $@
	$(Q)rm -rf $(EXPLORER)/root && mkdir -p $(EXPLORER) && cp -a $(ROOT) $(EXPLORER)/root
	$(Q)cd $(EXPLORER)/root && rm -rf experiments-glibc experiments/parts lib usr/lib usr/share/doc
	$(Q)scripts/mkimage --slack 1048576 $(EXPLORER)/root $@

$(BUILD)/explorer.html: $(BUILD)/kernel.elf $(EXPLORER)/root.img $(EXPLORER_SRC) scripts/trace-abi scripts/tracecalls.py kernel/trace/trace_abi.h
	$(Q)command -v node >/dev/null && [ -e explorer/node_modules/v86 ] || \
		{ echo "explorer: node or the package v86 is missing; make deps explorer installs them" >&2; exit 2; }
	$(say) PAGE $@
	$(Q)$(STRIP) -g -o $(EXPLORER)/kernel.elf $(BUILD)/kernel.elf
	$(Q)$(PYTHON) -B scripts/trace-abi >$(EXPLORER)/abi.json
	$(Q)$(PYTHON) -B scripts/tracecalls.py >$(EXPLORER)/calls.json
	$(Q)node explorer/build.js $@ $(EXPLORER)/kernel.elf $(EXPLORER)/root.img $(EXPLORER)/abi.json $(EXPLORER)/calls.json

# what the page is made of under node, and the page in Debian's browser; a screenshot stays in $(BUILD)/explorer.png
test-explorer: explorer $(BUILD)/root.img
	$(Q)[ -e explorer/node_modules/playwright-core ] || { echo "test-explorer: its tools are missing; make deps test-explorer installs them" >&2; exit 2; }
	$(Q)cd explorer && node_modules/.bin/eslint . && node --test $(patsubst explorer/%,%,$(wildcard explorer/tests/*.test.js))
	$(Q)cd explorer && EXPLORER_PAGE=$(abspath $(BUILD)/explorer.html) EXPLORER_SHOT=$(abspath $(BUILD)/explorer.png) \
		node --test tests/browser/page.test.js
	$(Q)$(PYTHON) -B scripts/mapix trace --append norandmaps --html $(EXPLORER)/cow.html -- /experiments/cow >/dev/null
	$(Q)cd explorer && VIEWER_PAGE=$(abspath $(EXPLORER)/cow.html) node --test tests/browser/viewer.test.js

# what docs show of a trace, of the explorer and of vmmap, drawn anew; NAME=x.png: this picture only
.PHONY: pictures
pictures: explorer $(BUILD)/root.img
	$(Q)[ -e explorer/node_modules/playwright-core ] || { echo "pictures: the tools are missing; make deps test-explorer installs them" >&2; exit 2; }
	$(Q)$(PYTHON) -B scripts/pictures $(NAME)

# ---------------------------------------------------------------- for its users

# Debian's kernel, to compare with: with PAE its flavour that has PAE too
LINUX := $(BUILD)/ref/$(if $(filter 1,$(PAE)),pae/)modules

.PHONY: deps run run-vga debug home debug-kernel check-kernel check-image gdb-kernel handout graded grade autograder check test test-on-linux difftest stress powercuts scale yield corrupt mutants labs bench format clean help

deps:
	@scripts/deps

# what is written to the root file system is gone when QEMU ends, what is written to the second disk is kept; the third is for swap
DISK := -drive file=$(BUILD)/root.img,format=raw,if=virtio,snapshot=on -drive "file=$(HOME_IMG),format=raw,if=virtio" \
	-drive "file=$(HOME_IMG).swap,format=raw,if=virtio"

# QEMU's own escape key would be Ctrl-A, with which one goes to a line's beginning in the shell.
TERMINAL := -m 256 -nic none -display none -no-reboot -serial mon:stdio -echr 0x1d
ifneq ($(GRUB_HERE),)
run: $(BUILD)/mapix.iso
	@scripts/home check "$(HOME_IMG)"
	@echo 'Mapix in QEMU; to leave it, type poweroff, or Ctrl-] and then x.'
	@exec $(QEMU) $(TERMINAL) -boot d -cdrom $(BUILD)/mapix.iso $(DISK)
else
run: $(BUILD)/kernel.elf $(BUILD)/root.img
	@scripts/home check "$(HOME_IMG)"
	@echo "Mapix in QEMU, without GRUB (there is none here); to leave it, type poweroff, or Ctrl-] and then x."
	@exec $(QEMU) $(TERMINAL) -kernel $(BUILD)/kernel.elf -append "root=/dev/vda console=ttyS0 norandmaps" $(DISK)
endif

run-vga: $(BUILD)/kernel.elf $(BUILD)/root.img
ifdef VNC
	@echo 'Mapix in QEMU, whose screen a VNC viewer shows at $(VNC); to leave it, type poweroff there. Try vmview 1.'
else
	@scripts/window $(QEMU)
	@echo 'Mapix in a window of QEMU; to leave it, close the window. Try vmview 1.'
endif
	@scripts/home check "$(HOME_IMG)"
	@exec $(QEMU) -m 256 -vga std $(if $(VNC),-display vnc=$(VNC)) -nic none -no-reboot -kernel $(BUILD)/kernel.elf -append "root=/dev/vda console=tty0 norandmaps" $(DISK)

# What gdb shows is what the source says: not optimized beyond that.
debug: gdb-kernel $(BUILD)/root.img
	@scripts/home check "$(HOME_IMG)"
	@exec scripts/debug

# a new, empty disk for /home; the old one is asked for
home:
	@scripts/home new "$(HOME_IMG)"

gdb-kernel: | $(BUILD)/uapi
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/gdb OPT=-Og kernel

# the guest tests run on a kernel that checks itself after every call
debug-kernel: | $(BUILD)/uapi
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/debug DEBUG=1 kernel

# the other kernel, a few tests of which are among those of this one
.PHONY: pae-kernels
pae-kernels: | $(BUILD)/uapi
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/pae PAE=1 kernel debug-kernel

# make check-kernel LAB=vma: the same with the checks of a lab that run before there is a program;
# make check-image LAB=vma: the disks of the machine that runs them, and its guest tests.  LAB= is the lab's number or name.
ifneq ($(LAB),)
LAB_NAME := $(shell [ -e "labs/$(LAB)/kernel.c" ] && echo "$(LAB)" || $(PYTHON) -B scripts/labs.py name "$(LAB)")
ifneq ($(filter check check-image,$(MAKECMDGOALS)),)
LAB_PROGRAMS := $(and $(LAB_NAME),$(shell $(PYTHON) -B scripts/labs.py programs "$(LAB)"))
endif
endif
need_lab = [ -n "$(LAB_NAME)" ] || { [ -n "$(LAB)" ] || $(PYTHON) -B scripts/labs.py name ""; exit 2; }

check-kernel: | $(BUILD)/uapi
	@$(need_lab)
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/debug DEBUG=1 $(BUILD)/debug/lab-$(LAB_NAME).elf

CHECK_IMAGE = $(BUILD)/debug/checks-$(LAB_NAME)
check-image: $(if $(LAB),$(CHECK_IMAGE).img) $(BUILD)/debug/mnt.img
	@$(need_lab)

ifneq ($(LAB),)
$(CHECK_IMAGE).img: $(LAB_RUNNER) $(LAB_PROGRAMS:%=$(BUILD)/tests/guest/%) $(wildcard labs/$(LAB_NAME)/lab.toml) scripts/mkimage
	@$(need_lab)
	$(say) MKE2FS $@
	$(Q)rm -rf $(CHECK_IMAGE) && mkdir -p $(addprefix $(CHECK_IMAGE)/,bin dev etc mnt proc sys tests tmp var/tmp)
	$(Q)$(STRIP) -o $(CHECK_IMAGE)/checks $(LAB_RUNNER)
	$(Q)$(foreach p,$(LAB_PROGRAMS),$(STRIP) -o $(CHECK_IMAGE)/tests/$p $(BUILD)/tests/guest/$p &&) :
	$(Q)scripts/mkimage --slack 2097152 $(CHECK_IMAGE) $@
endif

.PHONY: selftest
# and the checks of every lab, so that tests that make handouts side by side find them compiled
selftest: $(LAB_RUNNER) $(SELFTEST) debug-kernel $(BUILD)/debug/mnt.img
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/debug DEBUG=1 $(BUILD)/debug/lab-selftest.elf $(LABS_C:%=$(BUILD)/debug/%.o)

$(BUILD)/debug/mnt.img:
	$(Q)mkdir -p $(@D) && rm -f $@.new && truncate -s 16M $@.new && mke2fs -q -F -t ext2 -b 4096 $@.new && mv $@.new $@

# make handout LAB=4 OUT=dir: what students of the lab get; FN=a,b: these functions are taken out instead of the lab's
handout:
	@$(if $(filter 1,$(PAE)),echo 'make handout: students work on the kernel without PAE' >&2; exit 2,:)
	@+$(PYTHON) -B scripts/handout --lab "$(LAB)" --functions "$(FN)" "$(OUT)"

# make grade LAB=4: the points that this tree gets, as a table, in results.json and in result.json;
# make autograder LAB=4: what a platform needs to grade by itself
GRADED = $(BUILD)/handouts/$(LAB_NAME)
graded:
	@$(need_lab)
	@rm -rf $(GRADED) && mkdir -p $(dir $(GRADED))
	@+$(PYTHON) -B scripts/handout --lab "$(LAB_NAME)" $(GRADED)
grade: graded
	@$(PYTHON) -B $(GRADED)/scripts/grade --submission . --out .
autograder: graded
	@$(PYTHON) -B scripts/autograder $(GRADED) $(BUILD)/autograder-$(LAB_NAME).zip

# make check T=mremap, make check T="brk/the_heap_is_named mmap": guest tests, or single cases, in one boot
# make check LAB=4: the checks of a lab, with points; T=brk/the_heap_is_named: these only
ifeq ($(LAB),)
check: image debug-kernel $(patsubst %,$(BUILD)/tests/guest/%,runner $(filter $(GUEST_C:tests/guest/%.c=%),$(foreach t,$(T),$(firstword $(subst /, ,$t)))))
	@$(PYTHON) -B scripts/check $(T)
else
check: check-kernel check-image
	@$(PYTHON) -B scripts/checks.py $(if $(SEED),--seed $(SEED)) --lab $(LAB_NAME) $(T)
endif

# make test T="tests/system/test_exec.py -k overlay": these only
test: T ?= tests/system
test: all debug-kernel gdb-kernel selftest $(if $(filter 1,$(PAE)),,pae-kernels)
	@$(PYTHON) -B -m pytest -p no:cacheprovider -q $(if $(filter tests/system,$(T)),-n auto --dist loadfile) $(T)

test-on-linux: all $(LINUX)
	@$(PYTHON) -B -m pytest -p no:cacheprovider -q tests/linux

# make difftest SEEDS=n FIRST=k: random memory calls, here and on Linux (SIGNALS=1: signals and faults, FILES=1: files,
# MODE=pressure, huge, uffd: with swap, with huge pages, with a userfaultfd)
SEEDS ?= 150
FIRST ?= 0
difftest: kernel image $(BUILD)/tests/diff/difftest $(BUILD)/tests/diff/sigdiff $(BUILD)/tests/diff/filediff $(LINUX)
	@$(PYTHON) -B scripts/difftest $(if $(SIGNALS),--signals) $(if $(FILES),--files) $(if $(MODE),--mode $(MODE)) --seeds $(SEEDS) --first $(FIRST)

# make stress TIME=24h: Debian's stress-ng on the kernel that checks itself, with little memory and swap; TIME is the machine's. Takes long.
TIME ?= 10m
stress: image guest-tests debug-kernel $(BUILD)/ref/stress-ng
	@$(PYTHON) -B scripts/stress --time $(TIME) $(if $(filter 1,$(PAE)),--pae)

$(BUILD)/ref/stress-ng:
	@scripts/fetch-linux $(BUILD)/ref stress-ng

# cut the power of a machine whose disk is written to, again and again. Takes long.
RUNS   ?= 50
LOGGED ?= 10
powercuts: kernel image guest-tests
	@$(PYTHON) -B tests/system/powercut.py --runs $(RUNS) --logged $(LOGGED)

# the guest tests, nearly all, while others run at each sleep, and the hogs on machines of every size. Takes long.
yield: all debug-kernel $(LINUX)
	@FULL=1 $(PYTHON) -B -m pytest -p no:cacheprovider -q tests/system/test_yield.py tests/system/test_hogs.py

# the tests of scale with their full numbers (SEED=n: other random files and operations). Takes long.
scale: all guest-tests $(LINUX)
	@FULL=1 $(PYTHON) -B -m pytest -p no:cacheprovider -q --durations=0 tests/system/test_scale.py

# damaged images, mounted writable, and repaired ones, compared inside (FIRST=k). Takes long.
IMAGES ?= 2000
corrupt: kernel image debug-kernel guest-tests
	@$(PYTHON) -B tests/system/corrupt.py --images $(IMAGES) --first $(FIRST)

# plausible mistakes in mm/, one at a time: does a test notice? Takes long.
mutants: kernel image
	@$(PYTHON) -B scripts/mutate

# the labs: each function left out alone, and each plausible mistake, costs points where it should (T="4 cow": only these). Takes long.
labs: image debug-kernel guest-tests
	@$(PYTHON) -B scripts/labproof $(T)

bench: all $(LINUX)
	@$(PYTHON) -B scripts/bench

$(BUILD)/ref/modules:
	@scripts/fetch-linux $(BUILD)/ref
$(BUILD)/ref/pae/modules: | $(BUILD)/ref/modules
	@scripts/fetch-linux $(BUILD)/ref pae

format:
	clang-format -i $(shell git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

help:
	@echo 'make deps            install, by apt-get, the tools that are missing; fetch busybox'
	@echo 'make                 build everything into $(BUILD)/'
	@echo 'make run             boot by GRUB to a shell in this terminal (leave: Ctrl-], x)'
	@echo 'make run-vga         the same in a window, with VGA text and the keyboard'
	@echo 'make debug           gdb at the first instruction, symbols and the mapix commands loaded'
	@echo 'make home            a new, empty disk for /home ($(HOME_IMG)), which is otherwise kept; asks first'
	@echo 'make check T=mremap  one guest test, or one case of it: T=brk/the_heap_is_named'
	@echo 'make check LAB=4     the checks of a lab (its number or name), with points; T=brk/the_heap_is_named: these only'
	@echo 'make check-image LAB=4  the disk of the machine that runs them'
	@echo 'make check-kernel LAB=4  the kernel with the checks of a lab (its number or name) that need no program'
	@echo 'make grade LAB=4     what this tree gets in a lab: a table, results.json (Gradescope), result.json (Classroom 50)'
	@echo 'make autograder LAB=4  a zip with which a platform grades by itself (docs/grading.md)'
	@echo 'make handout LAB=4 OUT=dir  what students of a lab get (FN=a,b: single functions are taken out)'
	@echo 'make test            every test, on the host and in QEMU; T="FILE -k NAME": these only'
	@echo 'make test-on-linux   the guest tests and experiments on Debian i386 Linux in QEMU'
	@echo 'make difftest        random memory calls on both kernels, compared (SEEDS=n FIRST=k, SIGNALS=1: signals, FILES=1: files, MODE=pressure, huge, uffd)'
	@echo 'make stress          memory stressors on little memory with swap, on the self-checking kernel, for TIME=24h of the machine'
	@echo 'make powercuts       cut the power RUNS times, and at many writes of LOGGED runs: is what was promised there?'
	@echo 'make yield           the guest tests while others run at each sleep, the hogs on machines of every size: the long run'
	@echo 'make scale           many files, many names, large files, random calls on one file: the long run (SEED=n)'
	@echo 'make corrupt         mount, change and compare IMAGES disks that were damaged on purpose (FIRST=k)'
	@echo 'make labs            proves the checks of the labs: functions left out and mistakes cost points (T="4 cow": only these labs)'
	@echo 'make mutants         make mistakes in a copy of mm/, one at a time, and see which test notices'
	@echo 'make bench           instructions per operation, and the speed of the disk, here and on Linux'
	@echo 'make explorer        $(BUILD)/explorer.html: this machine in a page of a browser (docs/explorer.md)'
	@echo 'make test-explorer   the tests of that page, in a browser too'
	@echo 'make pictures        the pictures of docs/, drawn anew by trace, explorer and vmmap (NAME=x.png: only that one)'
	@echo 'make iso, make image $(BUILD)/mapix.iso; the root file system $(BUILD)/root.img'
	@echo 'make format          clang-format over every C file'
	@echo 'make clean           remove $(BUILD)/; what is under /home stays'
	@echo 'variables: BUILD CROSS CC DEBUG HOME_IMG HWPOISON OPT PAE=1 WERROR=1 V=1 (see the top of the Makefile)'
	@echo 'scripts/mapix exec --help: run one command in Mapix from a script'
	@echo 'scripts/mapix trace --help: the same, and tell what the kernel does for it'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

endif
