/*
 * Instructions that fault, each in its own way.
 */
#include <string.h>
#include "stub.h"

#define CODE_MAX 24

static uint32_t bad_address(void)
{
	static const uint32_t places[] = {0,
					  8,
					  0x1000,
					  NONE,
					  NONE + 4,
					  NONE - 2,
					  READ_ONLY,
					  READ_ONLY + PAGE - 2,
					  READ_ONLY - 2,
					  DATA_END,
					  DATA_END - 2,
					  FILE_PAGES + PAGE,
					  FILE_PAGES + PAGE - 2,
					  FILE_PAGES + PAGE + 100,
					  0xBFFFFFFE,
					  0xC0000000,
					  0xC0100000,
					  0xFFFFFFFE,
					  0xFFFFFFFF,
					  STACK_HOLE,
					  STACK_LOW - 64,
					  CODE + PAGE,
					  DATA,
					  DATA + 3,
					  0x40040000};

	return PICK(places);
}

/* Instructions whose operand is at (%ecx), where it is not allowed, or from there on. */
static const struct instruction {
	uint8_t length, bytes[CODE_MAX];
} at_ecx[] = {
	{2, {0x8B, 0x01}}, /* mov (%ecx), %eax */
	{2, {0x89, 0x01}}, /* mov %eax, (%ecx) */
	{2, {0x8A, 0x01}},
	{2, {0x88, 0x01}},	       /* bytes */
	{2, {0xFF, 0x01}},	       /* incl (%ecx) */
	{4, {0xF0, 0x0F, 0xC1, 0x01}}, /* lock xadd */
	{4, {0xF0, 0x0F, 0xC7, 0x09}}, /* lock cmpxchg8b */
	{2, {0xFF, 0x31}},	       /* push (%ecx) */
	{2, {0x8F, 0x01}},	       /* pop (%ecx) */
	{2, {0x62, 0x01}},	       /* bound */
	{2, {0xFF, 0xE1}},
	{2, {0xFF, 0xD1}}, /* jmp, call *%ecx */
	{2, {0xFF, 0x21}},
	{2, {0xFF, 0x11}}, /* jmp, call *(%ecx) */
	{2, {0xFF, 0x29}}, /* far jmp *(%ecx) */
	{2, {0xDD, 0x01}},
	{2, {0xDD, 0x19}}, /* fld, fstp */
	{2, {0xDB, 0x29}},
	{2, {0xDB, 0x39}},	 /* of 80 bits */
	{3, {0x0F, 0xAE, 0x01}}, /* fxsave */
	{3, {0x0F, 0xAE, 0x09}}, /* fxrstor */
	{3, {0x0F, 0xAE, 0x11}}, /* ldmxcsr */
	{3, {0x0F, 0x28, 0x01}},
	{3, {0x0F, 0x29, 0x01}}, /* movaps */
	{3, {0x0F, 0x10, 0x01}},
	{3, {0x0F, 0x11, 0x01}}, /* movups */
	{2, {0xC5, 0x01}},	 /* lds */
	{2, {0x8E, 0x01}},
	{2, {0x8E, 0x29}}, /* mov (%ecx) to es, gs */
	{3, {0x0F, 0x01, 0x11}},
	/* lgdt */
	{4, {0x89, 0xCF, 0xF3, 0xA4}},		   /* mov %ecx, %edi; rep movsb */
	{5, {0x89, 0xCF, 0xFC, 0xF3, 0xAB}},	   /* mov %ecx, %edi; cld; rep stosl */
	{4, {0x89, 0xCE, 0xF3, 0xAC}},		   /* mov %ecx, %esi; rep lodsb */
	{3, {0x89, 0xCC, 0x50}},		   /* mov %ecx, %esp; push %eax */
	{3, {0x89, 0xCC, 0x60}},		   /* ... pusha */
	{3, {0x89, 0xCC, 0xC3}},		   /* ... ret */
	{6, {0x89, 0xCC, 0xC8, 0x10, 0x00, 0x02}}, /* ... enter */
};

/* Those that fault, or may, whatever the registers hold. None returns by iret or lret: QEMU reads
   the stack for them with the rights of the kernel, which Linux takes for a fault of its own. */
static const struct instruction alone[] = {
	{4, {0x31, 0xC9, 0xF7, 0xF1}}, /* xor %ecx, %ecx; div */
	{4, {0x31, 0xC9, 0xF7, 0xF9}}, /* idiv */
	{9,
	 {0xB8, 0, 0, 0, 0x80, 0x99, 0x83, 0xC9, 0xFF}}, /* the largest negative number, by -1: */
	{2, {0xF7, 0xF9}},				 /* idiv %ecx */
	{2, {0xD4, 0x00}},				 /* aam 0 */
	{1, {0xCC}},
	{2, {0xCD, 0x03}},
	{1, {0xF1}},			     /* int3, int 3, int1 */
	{5, {0xB0, 0x7F, 0x04, 0x01, 0xCE}}, /* mov, add: overflow; into */
	{2, {0xCD, 0x04}},
	{1, {0xCE}}, /* int 4 */
	{2, {0x0F, 0x0B}},
	{3, {0x0F, 0xB9, 0xC0}},
	{3, {0x0F, 0xFF, 0xC0}}, /* ud2, ud1, ud0 */
	{2, {0xF0, 0x90}},
	{2, {0x8E, 0xC8}},
	{2, {0xC5, 0xC0}},
	{2, {0xFE, 0xF8}}, /* no such thing */
	{1, {0xF4}},
	{1, {0xFA}},
	{1, {0xFB}},
	{1, {0xEC}},
	{1, {0xEE}},
	{1, {0x6C}}, /* hlt cli sti in out ins */
	{3, {0x0F, 0x20, 0xC0}},
	{3, {0x0F, 0x22, 0xC0}},
	{3, {0x0F, 0x21, 0xC0}}, /* control, debug registers */
	{2, {0x0F, 0x32}},
	{2, {0x0F, 0x30}},
	{2, {0x0F, 0x06}},
	{2, {0x0F, 0x08}}, /* rdmsr wrmsr clts invd */
	{2, {0x0F, 0x09}},
	{3, {0x0F, 0x00, 0xD8}},
	{3, {0x0F, 0x01, 0xF0}}, /* wbinvd ltr lmsw */
	{2, {0x0F, 0x33}},
	{3, {0x0F, 0x01, 0xC8}},
	{2, {0x0F, 0xAA}}, /* rdpmc monitor rsm */
	{2, {0x8E, 0xD0}},
	{2, {0x8E, 0xD8}},
	{2, {0x8E, 0xC1}},
	{2, {0x8E, 0xE2}}, /* mov to ss ds es fs */
	{7, {0xEA, 0, 0, 0, 0, 0x73, 0}},
	{7, {0xEA, 0, 0, 0, 0, 0x60, 0}}, /* far jumps */
	{7, {0xEA, 0, 0, 0, 0, 0x00, 0}},
	{7, {0x9A, 0, 0, 0, 0, 0x80, 0}},
	{1, {0x9B}},
	{2, {0xD9, 0xFA}},
	{2, {0xD8, 0xF1}},
	{2, {0xD9, 0xC0}},
	{3, {0xD9, 0xFA, 0x9B}},			 /* x87 */
	{7, {0xD9, 0xE8, 0xD9, 0xEE, 0xDE, 0xF9, 0x9B}}, /* fld1; fldz; fdivp; fwait */
	{5, {0xD9, 0xEE, 0xD8, 0xF0, 0x9B}},		 /* fldz; fdiv; fwait */
	{4, {0xDE, 0xC9, 0xD9, 0xD0}},
	{3, {0xD9, 0xFD, 0x9B}}, /* fmulp fnop fscale */
	{3, {0x0F, 0x5E, 0xC1}},
	{4, {0xF3, 0x0F, 0x5E, 0xC1}},
	{4, {0xF2, 0x0F, 0x5E, 0xC1}}, /* SSE */
	{6, {0x0F, 0x57, 0xC0, 0x0F, 0x5E, 0xC8}},
	{3, {0x0F, 0x51, 0xC2}},
	{3, {0x0F, 0x58, 0xD3}},
	{3, {0x0F, 0x59, 0xDC}},
	{4, {0x66, 0x0F, 0x5A, 0xC1}},
	{3, {0x0F, 0x5B, 0xC1}},
	{4, {0x66, 0x0F, 0x59, 0xC1}},
	{4, {0x66, 0x0F, 0x51, 0xCA}},
	{3, {0x0F, 0x2F, 0xC1}},
	{3, {0x0F, 0x6F, 0xC1}},				     /* movq */
	{4, {0x90, 0x40, 0x90, 0x90}},				     /* nothing, for TF */
	{9, {0x9C, 0x81, 0x0C, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9D}}, /* pushf; or TF; popf */
	{11, {0x9C, 0x81, 0x0C, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9D, 0x90, 0x90}},
	{11,
	 {0x9C, 0x81, 0x0C, 0x24, 0x00, 0x00, 0x04, 0x00, 0x9D, 0x8B, 0x01}}, /* AC, and a load */
	{3, {0x1E, 0x07, 0x90}},
	{3, {0x16, 0x17, 0x90}}, /* push ds, pop es; push ss, pop ss */
};

static void fault_interrupt(void)
{
	uint8_t code[2] = {0xCD, rnd(256)};

	if (code[1] == 0x80)
		code[1] = 0x82;
	out("int %x", code[1]);
	stub_code(code, 2);
}

/* Push until it ends, at the limit or where something else is mapped. */
static void fault_overflow(void)
{
	out("stack overflow");
	stub_in.sp = STACK_HOLE + PAGE * 257 + rnd(20 * PAGE) * 4 % (20 * PAGE);
	stub_in.flags &= ~0x100;
	stub_code("\x50\xEB\xFD", 3);
}

static void fault_misaligned(void)
{
	static const uint8_t loads[][4] = {{0x8B, 0x01, 0x90, 0x90}, {0x66, 0x89, 0x01, 0x90},
					   {0xDD, 0x01, 0x90, 0x90}, {0x0F, 0x28, 0x01, 0x90},
					   {0x0F, 0x10, 0x01, 0x90}, {0xF0, 0xFF, 0x01, 0x90},
					   {0xFF, 0x31, 0x58, 0x90}};

	stub_in.flags |= 0x40000;
	stub_in.cx = DATA + 3 * PAGE + rnd(16);
	if (chance(30))
		stub_in.sp |= rnd(4);
	out("misaligned %x", stub_in.cx);
	stub_code(PICK(loads), 4);
}

void do_fault(void)
{
	int kind = rnd(100);

	calls_made++;
	stub_random();
	if (kind < 42) {
		size_t i = rnd(sizeof(at_ecx) / sizeof(at_ecx[0]));

		stub_in.cx = bad_address();
		stub_in.dx = chance(50) ? bad_address() : stub_in.dx;
		stub_in.si = DATA;
		stub_in.di = DATA_END - 8;
		if (at_ecx[i].bytes[2] == 0xF3 || at_ecx[i].bytes[3] == 0xF3)
			stub_in.flags &= ~0x100;
		out("fault %zu at %x", i, stub_in.cx);
		stub_code(at_ecx[i].bytes, at_ecx[i].length);
	} else if (kind < 88) {
		for (int n = chance(70) ? 1 : 2; n; n--) {
			size_t i = rnd(sizeof(alone) / sizeof(alone[0]));

			out("fault %zu ", i);
			stub_code(alone[i].bytes, alone[i].length);
		}
		stub_in.cx = chance(50) ? DATA + 3 * PAGE + 1 : stub_in.cx;
		stub_in.si = DATA;
		stub_in.di = DATA + PAGE;
	} else if (kind < 92) {
		fault_interrupt();
	} else if (kind < 98) {
		fault_misaligned();
	} else {
		fault_overflow();
	}
	stub_run(0);
	out("\n");
}

/* sigreturn from no frame at all. */
void do_bad_sigreturn(void)
{
	bool rt = chance(50);
	uint32_t *words;

	stub_random();
	out("%ssigreturn", rt ? "rt_" : "");
	stub_in.ax = rt ? SYS_rt_sigreturn : SYS_sigreturn;
	stub_forget_pids();
	if (!handler_depth && chance(60)) {
		/* a frame of sorts, whose way back leads to a fault or to the end of the stub */
		words = (uint32_t *)(STACK_TOP - 1400);
		for (int i = 0; i < 300; i++)
			words[i] = chance(60) ? 0 : chance(50) ? DATA : rnd32();
		stub_in.sp = (uint32_t)words + (rt ? 4 : 8);
	}
	stub_code("\xCD\x80", 2);
	stub_run(0);
	out("\n");
}
