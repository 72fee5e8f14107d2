# The compilers, the tools and their flags: for the Makefile here, and for the one of a handout (labs/common/Makefile).

# the kernel with PAE, and all that goes with it, has a folder of its own
PAE    ?= 0
BUILD  ?= $(if $(filter 1,$(PAE)),build/pae,build)
UAPI   ?= $(BUILD)/uapi
CROSS  ?= i686-linux-gnu-
ifeq ($(origin CC),default)
CC     := $(CROSS)gcc
endif
LD     := $(CROSS)ld
AR     := $(CROSS)ar
NM     := $(CROSS)nm
STRIP  := $(CROSS)strip
OBJCOPY := $(CROSS)objcopy
NASM   := nasm
QEMU   := qemu-system-i386
GLIBCC := $(CROSS)gcc
HOSTCC := gcc
# the interpreter that sees python3-pytest is Debian's, whatever stands first on PATH
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

ifeq ($(V),1)
Q   :=
say := @:
else
Q   := @
say := @printf '  %-7s %s\n'
endif

# Asked only when a recipe needs it, and then once: these tools may not be installed before `make deps`.
once = $(eval $1 := $$(shell $2))$($1)
ifneq ($(findstring clang,$(notdir $(firstword $(CC)))),)
TARGET   := --target=i386-linux-gnu
RESOURCES = $(call once,RESOURCES,$(CC) -print-resource-dir)
CCINC     = $(RESOURCES)/include
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-unknown-warning-option \
	    -Wno-initializer-overrides -Wno-gnu-variable-sized-type-not-at-end
else
CCINC     = $(call once,CCINC,$(CC) -print-file-name=include)
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare
# structures are copied by string instructions, not by calls
STRINGOP := -mstringop-strategy=rep_4byte
endif
LIBGCC    = $(call once,LIBGCC,$(CROSS)gcc -m32 -print-libgcc-file-name)
DEBUG    ?= 0
HWPOISON ?= 1
OPT      ?= -O2
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

# No object names the folder in which it was made.
PLACES := -ffile-prefix-map="$(CURDIR)"=. -ffile-prefix-map=$(UAPI)=uapi
# What a distribution's compiler turns on by itself is turned off by name.
PLAIN  := -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
	  -fno-strict-aliasing -fno-omit-frame-pointer -fno-common -U_FORTIFY_SOURCE
COMMON  = $(TARGET) -m32 -march=i686 -std=gnu11 -ffreestanding -nostdinc -isystem $(CCINC) $(OPT) -g $(PLACES) $(PLAIN) $(WARNINGS)
# signed sums wrap as unsigned ones do, so that no check for it can be optimized away
KFLAGS  = $(COMMON) -fwrapv -mregparm=3 -mno-sse -mno-mmx $(STRINGOP) -DMAPIX_KERNEL -DMAPIX_DEBUG=$(DEBUG) \
	  -DMAPIX_HWPOISON=$(HWPOISON) -DMAPIX_PAE=$(PAE) -I. -I$(UAPI)
UFLAGS  = $(COMMON) -Ilibc/include -I. -I$(UAPI)
GFLAGS  = -static -m32 -O1 -g -no-pie -fno-stack-protector -fcf-protection=none -Wall -Wextra \
	  -Wno-unused-parameter -Wno-sign-compare $(if $(filter 1,$(WERROR)),-Werror)
# the tests pass bad pointers and lengths on purpose
TFLAGS := -Wno-stringop-overflow -Wno-stringop-overread -Wno-nonnull -Wno-cast-function-type
# a loop in memset must not become a call of memset
PURE   := $(if $(TARGET),-fno-builtin,-fno-tree-loop-distribute-patterns)
DEPS    = -MMD -MP -MF $@.d
NFLAGS  = -f elf32 -g -F dwarf -I./ -I$(BUILD)/ -DMAPIX_DEBUG=$(DEBUG) -DMAPIX_PAE=$(PAE) -MD $@.d -MP
