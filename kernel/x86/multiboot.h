/*
 * The data that a Multiboot 1 loader leaves in memory (Multiboot Specification version 0.6.96,
 * section 3.3).
 */
#ifndef KERNEL_X86_MULTIBOOT_H
#define KERNEL_X86_MULTIBOOT_H

#include "kernel/abi/types.h"

#define MULTIBOOT_BOOTLOADER_MAGIC 0x2BADB002

/* multiboot_info.flags: which fields are valid. */
#define MULTIBOOT_INFO_MEMORY  0x001
#define MULTIBOOT_INFO_CMDLINE 0x004
#define MULTIBOOT_INFO_MODS    0x008
#define MULTIBOOT_INFO_MEM_MAP 0x040
#define MULTIBOOT_INFO_LOADER  0x200

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper; /* KiB below 640 KiB, and above 1 MiB up to the first hole */
	u32 boot_device;
	u32 cmdline; /* physical addresses from here on */
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 boot_loader_name;
};

struct multiboot_module {
	u32 mod_start, mod_end; /* the first byte, and the first after it */
	u32 string;
	u32 reserved;
};

/* `size` counts the bytes that follow it. */
struct multiboot_mmap_entry {
	u32 size;
	u64 addr, len;
	u32 type;
} __packed;

#endif
