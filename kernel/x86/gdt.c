/*
 * The global descriptor table and the two task state segments: cpu_tss holds the kernel stack
 * pointer of the running task; the other one gives the double-fault handler its own stack.
 */
#include "kernel/x86/cpu.h"
#include "kernel/x86/desc.h"
#include "kernel/x86/segment_load.h"
#include "kernel/x86/thread.h"

#define DESC_CODE      0xb /* execute, read, accessed */
#define DESC_DATA      0x3 /* read, write, accessed */
#define DPL_KERNEL     0
#define LIMIT_4G_PAGES 0xfffff

#define FLAT_SEGMENT(kind, privilege)                                                              \
	{                                                                                          \
		.limit0 = LIMIT_4G_PAGES & 0xffff, .limit1 = LIMIT_4G_PAGES >> 16, .type = (kind), \
		.s = 1, .dpl = (privilege), .p = 1, .d = 1, .g = 1                                 \
	}

struct desc_struct gdt_table[GDT_ENTRIES] __attribute__((aligned(8))) = {
	[GDT_ENTRY_KERNEL_CS] = FLAT_SEGMENT(DESC_CODE, DPL_KERNEL),
	[GDT_ENTRY_KERNEL_DS] = FLAT_SEGMENT(DESC_DATA, DPL_KERNEL),
	[GDT_ENTRY_DEFAULT_USER_CS] = FLAT_SEGMENT(DESC_CODE, USER_RPL),
	[GDT_ENTRY_DEFAULT_USER_DS] = FLAT_SEGMENT(DESC_DATA, USER_RPL),
};

struct tss_struct cpu_tss = {
	.ss0 = __KERNEL_DS,
	.io_bitmap_base =
		sizeof(struct tss_struct), /* beyond the limit: programs cannot access any port */
};

void set_tss_desc(unsigned int entry, const struct tss_struct *tss)
{
	unsigned long base = (unsigned long)tss;
	struct desc_struct *d = &gdt_table[entry];

	*d = (struct desc_struct){.limit0 = sizeof(*tss) - 1,
				  .base0 = base & 0xffff,
				  .base1 = base >> 16 & 0xff,
				  .base2 = base >> 24,
				  .type = DESC_TSS,
				  .p = 1};
}

void gdt_init(void)
{
	struct desc_ptr gdtr = {sizeof(gdt_table) - 1, (u32)gdt_table};

	set_tss_desc(GDT_ENTRY_TSS, &cpu_tss);
	lgdt(&gdtr);
	load_kernel_segments();
	lldt(0);
	ltr(GDT_ENTRY_TSS * 8);
}
