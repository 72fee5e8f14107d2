/*
 * The processor's privileged instructions as C functions: ports, control registers, interrupt flag,
 * descriptor tables, FPU state. This is a leaf header: it includes only the basic types, and every
 * part of the kernel may use it. Inline assembly is allowed only in the headers of kernel/x86.
 */
#ifndef KERNEL_X86_CPU_H
#define KERNEL_X86_CPU_H

#include "kernel/abi/types.h"
#include <asm/processor-flags.h>

/* Memory barriers. With one processor, only the compiler must be kept from reordering. */
#define barrier()	 __asm__ volatile("" ::: "memory")
/* All writes before it are seen by devices before any read after it is made. */
#define mb()		 __asm__ volatile("lock addl $0, (%%esp)" ::: "memory", "cc")
/* Exactly one access, at this place: for data that is shared with interrupt handlers. */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* --- Ports --- */
static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}
static inline void outb(u8 v, u16 port)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outw(u16 v, u16 port)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outl(u32 v, u16 port)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}
/* `count` bytes (words, longs) between one port and memory. */
static inline void outsb(u16 port, const void *addr, unsigned long count)
{
	__asm__ volatile("rep outsb" : "+S"(addr), "+c"(count) : "d"(port) : "memory");
}
/* The time of one access to an unused port: old devices need it between two commands. */
#define IO_DELAY_PORT 0x80
static inline void io_delay(void)
{
	outb(0, IO_DELAY_PORT);
}

/* --- Interrupt flag --- */
static inline unsigned long local_save_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfl; popl %0" : "=rm"(flags)::"memory");
	return flags;
}
static inline void local_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}
static inline void local_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}
static inline bool irqs_disabled_flags(unsigned long flags)
{
	return !(flags & X86_EFLAGS_IF);
}
static inline bool irqs_disabled(void)
{
	return irqs_disabled_flags(local_save_flags());
}
/* local_irq_save(flags): `flags` is an unsigned long variable, not its address, as in Linux. */
#define local_irq_save(flags)                 \
	do {                                  \
		(flags) = local_save_flags(); \
		local_irq_disable();          \
	} while (0)
static inline void local_irq_restore(unsigned long flags)
{
	if (!irqs_disabled_flags(flags))
		local_irq_enable();
	else
		barrier();
}
/* Sleep until the next interrupt. safe_halt() also enables interrupts, in such a way that one that
   arrives before the hlt takes effect still ends it. */
static inline void safe_halt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}
static inline void halt(void)
{
	__asm__ volatile("hlt" ::: "memory");
}
/* To be called in busy-wait loops. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* --- Control registers --- */
static inline unsigned long read_cr0(void)
{
	unsigned long v;

	__asm__ volatile("movl %%cr0, %0" : "=r"(v)::"memory");
	return v;
}
static inline void write_cr0(unsigned long v)
{
	__asm__ volatile("movl %0, %%cr0" ::"r"(v) : "memory");
}
static inline unsigned long read_cr2(void)
{
	unsigned long v;

	__asm__ volatile("movl %%cr2, %0" : "=r"(v)::"memory");
	return v;
}
static inline unsigned long read_cr3(void)
{
	unsigned long v;

	__asm__ volatile("movl %%cr3, %0" : "=r"(v)::"memory");
	return v;
}
static inline void write_cr3(unsigned long v)
{
	__asm__ volatile("movl %0, %%cr3" ::"r"(v) : "memory");
}
static inline unsigned long read_cr4(void)
{
	unsigned long v;

	__asm__ volatile("movl %%cr4, %0" : "=r"(v)::"memory");
	return v;
}
static inline void write_cr4(unsigned long v)
{
	__asm__ volatile("movl %0, %%cr4" ::"r"(v) : "memory");
}
/* Flush the TLB entry of one page. Only pgtable.c decides when. */
static inline void invlpg(unsigned long addr)
{
	__asm__ volatile("invlpg (%0)" ::"r"(addr) : "memory");
}

/* Debug status: which condition raised #DB. The processor never clears it. */
static inline unsigned long read_dr6(void)
{
	unsigned long v;

	__asm__ volatile("movl %%dr6, %0" : "=r"(v));
	return v;
}
static inline void write_dr6(unsigned long v)
{
	__asm__ volatile("movl %0, %%dr6" ::"r"(v));
}

/* --- Identification and time stamp --- */
static inline void cpuid(u32 leaf, u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	*eax = leaf;
	*ecx = 0;
	__asm__ volatile("cpuid" : "+a"(*eax), "=b"(*ebx), "+c"(*ecx), "=d"(*edx));
}
static inline u64 rdtsc(void)
{
	u64 v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}
/* One word of the hardware's random numbers; false if it has none ready. Needs CPUID's RDRAND bit.
 */
static inline bool rdrand(u32 *v)
{
	u8 ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*v), "=qm"(ok)::"cc");
	return ok;
}
static inline u64 rdmsr(u32 msr)
{
	u64 v;

	__asm__ volatile("rdmsr" : "=A"(v) : "c"(msr));
	return v;
}
static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "A"(v) : "memory");
}

/* --- Descriptor tables --- */
struct desc_ptr {
	u16 size; /* bytes, minus one */
	u32 address;
} __attribute__((packed));

static inline void lgdt(const struct desc_ptr *p)
{
	__asm__ volatile("lgdt %0" ::"m"(*p) : "memory");
}
static inline void lidt(const struct desc_ptr *p)
{
	__asm__ volatile("lidt %0" ::"m"(*p) : "memory");
}
static inline void ltr(u16 selector)
{
	__asm__ volatile("ltr %0" ::"rm"(selector));
}
static inline void lldt(u16 selector)
{
	__asm__ volatile("lldt %0" ::"rm"(selector));
}

/* Exception 3. */
static inline void raise_breakpoint(void)
{
	__asm__ volatile("int3");
}

/* --- FPU --- */
struct fxregs_state;
/* Clear CR0.TS: FPU instructions run again. */
static inline void clts(void)
{
	__asm__ volatile("clts" ::: "memory");
}
static inline void fninit(void)
{
	__asm__ volatile("fninit");
}
/* The 512 bytes must be aligned to 16. fxrstor faults on reserved bits in mxcsr: mask them first.
 */
static inline void fxsave(void *state)
{
	__asm__ volatile("fxsave (%0)" ::"r"(state) : "memory");
}
static inline void fxrstor(const void *state)
{
	__asm__ volatile("fxrstor (%0)" ::"r"(state) : "memory");
}

/* --- Where am I --- */
static inline unsigned long current_frame_pointer(void)
{
	unsigned long v;

	__asm__ volatile("movl %%ebp, %0" : "=r"(v));
	return v;
}
static inline unsigned long current_stack_pointer(void)
{
	unsigned long v;

	__asm__ volatile("movl %%esp, %0" : "=r"(v));
	return v;
}

/* --- What CPUID said (kernel/x86/cpu.c) --- */
struct cpuinfo_x86 {
	char vendor[13];
	char model_name[49];
	u32 cpuid_level, family, model, stepping;
	u32 features;	  /* leaf 1 edx: the X86_FEATURE bits below */
	u32 features_ecx; /* leaf 1 ecx */
	u32 features_ext; /* leaf 0x80000001 edx */
	u32 khz;	  /* TSC frequency, once calibrated */
};
extern struct cpuinfo_x86 boot_cpu_data;
#define X86_FEATURE_FPU	       0
#define X86_FEATURE_PSE	       3
#define X86_FEATURE_TSC	       4
#define X86_FEATURE_PAE	       6
#define X86_FEATURE_PGE	       13
#define X86_FEATURE_PAT	       16
#define X86_FEATURE_FXSR       24
#define X86_FEATURE_XMM	       25
#define X86_FEATURE_ECX_RDRAND 30
#define X86_FEATURE_EXT_NX     20
static inline bool cpu_has(int feature)
{
	return boot_cpu_data.features >> feature & 1;
}
static inline bool cpu_has_nx(void)
{
	return boot_cpu_data.features_ext >> X86_FEATURE_EXT_NX & 1;
}
/* Boot, after cpu_init and before paging_init: use the NX bit of page-table entries, if the kernel
   and the processor have it and the command line does not say noexec=off. The log says which. */
void nx_init(void);
/* Fill boot_cpu_data and set up CR0 and CR4; panics on a processor that lacks what Mapix needs. */
void cpu_init(void);
/* The CPUID flags in /proc/cpuinfo's words; each bit's name or NULL. */
extern const char *const *const x86_cap_flags, *const *const x86_cap_flags_ecx,
						       *const *const x86_cap_flags_ext;

/* The number of interrupt handlers that are running, nested in one another. */
extern int irq_nesting;
/* Does this code run in an interrupt handler? */
static inline bool in_interrupt(void)
{
	return irq_nesting;
}

#endif
