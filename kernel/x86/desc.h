/*
 * The processor's descriptor formats (Intel SDM volume 3, chapters 3, 6 and 7): segments, gates,
 * and the task state segment, and the few functions that write them.
 */
#ifndef KERNEL_X86_DESC_H
#define KERNEL_X86_DESC_H

#include "kernel/abi/types.h"
#include "kernel/x86/segment.h"

struct desc_struct {
	u16 limit0;
	u16 base0;
	u16 base1 : 8, type : 4, s : 1, dpl : 2, p : 1;
	u16 limit1 : 4, avl : 1, l : 1, d : 1, g : 1, base2 : 8;
} __attribute__((packed));
_Static_assert(sizeof(struct desc_struct) == 8, "segment descriptor");

struct gate_desc {
	u16 offset_low;
	u16 segment;
	u8 zero;
	u8 type : 5, dpl : 2, p : 1;
	u16 offset_high;
} __attribute__((packed));
_Static_assert(sizeof(struct gate_desc) == 8, "gate descriptor");

#define GATE_TASK      0x5
#define GATE_INTERRUPT 0xE /* clears the interrupt flag */
#define GATE_TRAP      0xF /* leaves it */
#define DESC_TSS       0x9 /* available 32-bit TSS; the processor makes it busy (0xB) */

struct tss_struct {
	u16 back_link, pad0;
	u32 sp0;
	u16 ss0, pad1;
	u32 sp1;
	u16 ss1, pad2;
	u32 sp2;
	u16 ss2, pad3;
	u32 cr3, ip, flags;
	u32 ax, cx, dx, bx, sp, bp, si, di;
	u16 es, pad4, cs, pad5, ss, pad6, ds, pad7, fs, pad8, gs, pad9;
	u16 ldt, pad10;
	u16 trace, io_bitmap_base;
} __attribute__((packed));
_Static_assert(sizeof(struct tss_struct) == 104, "task state segment");

extern struct desc_struct gdt_table[GDT_ENTRIES];
extern struct tss_struct cpu_tss;

static inline unsigned long get_desc_base(const struct desc_struct *d)
{
	return d->base0 | (unsigned long)d->base1 << 16 | (unsigned long)d->base2 << 24;
}
static inline unsigned long get_desc_limit(const struct desc_struct *d)
{
	return d->limit0 | (unsigned long)d->limit1 << 16;
}

/* Load the final GDT and TSS in place of the boot code's. */
void gdt_init(void);
/* Make an entry of the GDT describe a task state segment, which must not move afterwards. */
void set_tss_desc(unsigned int entry, const struct tss_struct *tss);

#endif
