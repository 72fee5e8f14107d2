/*
 * Reads what the loader passed: a command line, a memory map, one module. Loaders differ: some pass
 * no mem_lower/mem_upper, some no memory map, some put the kernel's file name before the command
 * line, and the module may have no name. All of it is copied before anything can overwrite it.
 */
#include "kernel/x86/entry/setup.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/debugcon.h"
#include "kernel/core/panic.h"
#include "kernel/drivers/ramdisk.h"
#include "kernel/drivers/resource.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/entry/doublefault.h"
#include "kernel/x86/multiboot.h"
#include "kernel/x86/entry/traps.h"
#include "kernel/x86/tsc.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include "mm/phys/memblock.h"
#include "mm/phys/pgtable.h"

#define MAX_RANGES     64
#define HIGH_MEM_START 0x100000
#define KIB	       1024ULL

static struct boot_mem_range ranges[MAX_RANGES];
static unsigned int nr_ranges;

/* Data of the loader is usable only if the boot page directory maps it. */
static const void *boot_va(phys_addr_t phys, unsigned long size)
{
	return phys && phys < MAXMEM && size <= MAXMEM - phys ? __va(phys) : NULL;
}

static void add_range(u64 base, u64 len, u32 type)
{
	if (len && nr_ranges < MAX_RANGES)
		ranges[nr_ranges++] = (struct boot_mem_range){base, len, type};
}

static void read_memory_map(const struct multiboot_info *mbi)
{
	const char *p = boot_va(mbi->mmap_addr, mbi->mmap_length);
	const struct multiboot_mmap_entry *e;
	u32 pos;

	if ((mbi->flags & MULTIBOOT_INFO_MEM_MAP) && p) {
		for (pos = 0; pos + sizeof(*e) <= mbi->mmap_length;
		     pos += e->size + sizeof(e->size)) {
			e = (const struct multiboot_mmap_entry *)(p + pos);
			add_range(e->addr, e->len, e->type);
		}
	}
	if (!nr_ranges && (mbi->flags & MULTIBOOT_INFO_MEMORY)) {
		add_range(0, mbi->mem_lower * KIB, BOOT_MEM_RAM);
		add_range(HIGH_MEM_START, mbi->mem_upper * KIB, BOOT_MEM_RAM);
	}
	if (!nr_ranges)
		panic("The boot loader gives no memory map");
}

static void read_module(const struct multiboot_info *mbi)
{
	const struct multiboot_module *mod = boot_va(mbi->mods_addr, sizeof(*mod));

	if (!(mbi->flags & MULTIBOOT_INFO_MODS) || !mbi->mods_count || !mod ||
	    mod->mod_end <= mod->mod_start)
		return;
	initrd_start_phys = mod->mod_start;
	initrd_size = mod->mod_end - mod->mod_start;
	if (mbi->mods_count > 1)
		pr_warn("Only the first of %u boot modules is used\n", mbi->mods_count);
}

/*
 * QEMU and other loaders put the kernel's file name first: drop a first word that is a path and not
 * an option.
 */
static const char *skip_kernel_name(const struct multiboot_info *mbi, const char *line)
{
	const char *loader = boot_va(mbi->boot_loader_name, COMMAND_LINE_SIZE);
	size_t word = strcspn(line, " ");
	bool qemu = (mbi->flags & MULTIBOOT_INFO_LOADER) && loader && !strncmp(loader, "qemu", 4);
	bool path = memchr(line, '/', word) && !memchr(line, '=', word);

	if (!qemu && !path)
		return line;
	line += word;
	return line + strspn(line, " ");
}

static void read_cmdline(const struct multiboot_info *mbi)
{
	const char *line = boot_va(mbi->cmdline, COMMAND_LINE_SIZE);

	if ((mbi->flags & MULTIBOOT_INFO_CMDLINE) && line)
		cmdline_init(skip_kernel_name(mbi, line));
}

/* ---- what /proc/iomem and /proc/ioports begin with ---- */

static struct resource kernel_parts[] = {
	{.name = "Kernel code"},
	{.name = "Kernel rodata"},
	{.name = "Kernel data"},
	{.name = "Kernel bss"},
};
static struct resource video_ram = {.start = 0xa0000, .end = 0xbffff, .name = "Video RAM area"};
/* The BIOS keeps its variables here; the page is not used as memory. */
static struct resource bios_page = {.start = 0, .end = PAGE_SIZE - 1, .name = "Reserved"};

/* The standard devices of a PC that this kernel uses. */
static struct resource standard_ports[] = {
	{.start = 0x20, .end = 0x21, .name = "pic1"},
	{.start = 0x40, .end = 0x43, .name = "timer0"},
	{.start = 0x60, .end = 0x60, .name = "keyboard"},
	{.start = 0x64, .end = 0x64, .name = "keyboard"},
	{.start = 0x70, .end = 0x77, .name = "rtc0"},
	{.start = 0xa0, .end = 0xa1, .name = "pic2"},
};

static void add_kernel_part(unsigned int n, const char *start, const char *end)
{
	kernel_parts[n].start = __pa(start);
	kernel_parts[n].end = __pa(end) - 1;
	insert_resource(&iomem_resource, &kernel_parts[n]);
}

static void add_resources(void)
{
	static struct resource memory[MAX_RANGES];

	for (unsigned int i = 0; i < nr_ranges; i++) {
		bool ram = ranges[i].type == BOOT_MEM_RAM;

		memory[i].name = ram ? "System RAM" : "Reserved";
		memory[i].start = ranges[i].base;
		memory[i].flags = ram ? IORESOURCE_SYSTEM_RAM : 0;
		if (ram && ranges[i].base == bios_page.start && ranges[i].len > PAGE_SIZE) {
			memory[i].start = PAGE_SIZE;
			insert_resource(&iomem_resource, &bios_page);
		}
		memory[i].end = ranges[i].base + ranges[i].len - 1;
		insert_resource(&iomem_resource, &memory[i]);
	}
	add_kernel_part(0, _text, _etext);
	add_kernel_part(1, __start_rodata, __end_rodata);
	add_kernel_part(2, _sdata, _edata);
	add_kernel_part(3, __bss_start, __bss_stop);
	insert_resource(&iomem_resource, &video_ram);
	for (unsigned int i = 0; i < ARRAY_SIZE(standard_ports); i++)
		insert_resource(&ioport_resource, &standard_ports[i]);
}

static void print_memory_map(void)
{
	unsigned int i;

	pr_info("Memory map of the boot loader:\n");
	for (i = 0; i < nr_ranges; i++)
		pr_info(" [mem 0x%09llx-0x%09llx] %s\n", ranges[i].base,
			ranges[i].base + ranges[i].len - 1,
			ranges[i].type == BOOT_MEM_RAM ? "usable" : "reserved");
}

void setup_arch(u32 magic, u32 info)
{
	const struct multiboot_info *mbi = boot_va(info, sizeof(*mbi));

	trap_init();
	debugcon_init();
	if (magic != MULTIBOOT_BOOTLOADER_MAGIC || !mbi)
		panic("Not started by a Multiboot loader (magic %08x)", magic);
	read_cmdline(mbi);
	printk_setup();
	read_memory_map(mbi);
	read_module(mbi);

	cpu_init();
	nx_init();
	tsc_init();
	pr_info("Kernel command line: %s\n", saved_command_line);
	print_memory_map();
	add_resources();
	memblock_setup(ranges, nr_ranges);
	if (initrd_size) {
		memblock_reserve(initrd_start_phys, initrd_size);
		pr_info("Boot module: %lu KiB at 0x%08llx\n", initrd_size / 1024,
			initrd_start_phys);
	}
	paging_init();
	doublefault_init();
}
