/*
 * The stub: its memory, its registers, and what came of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include "stub.h"

#define CODE_SLOT      512
#define ARGUMENT_SLOT  1024
#define JUMP_HERE      0xCC /* what a jump into DATA finds */
#define FILE_BYTES     100
#define VDSO_SIZE      0x2000
#define X87_EXCEPTIONS 0x3F
#define X87_PENDING    0x8080
#define MXCSR_BITS     0xFFBF
#define X86_TF	       0x100
#define MOST_FLAGS     0x8D5 /* CF PF AF ZF SF OF */
#define ALWAYS_FLAGS   0x202

long me, my_parent;
unsigned stub_pids;
bool stub_is_fresh;
static uint32_t code_end, argument_at[DEPTHS + 2], vdso;

static void map(uint32_t at, uint32_t size, int prot, int flags, int fd)
{
	if (mmap((void *)at, size, prot, MAP_PRIVATE | MAP_FIXED | flags, fd, 0) == MAP_FAILED)
		out("no memory at %08x\n", at);
}

void stub_init(void)
{
	int fd = open("/tmp/sigdiff.data", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (ftruncate(fd, FILE_BYTES))
		out("no file\n");
	map(FILE_PAGES, 2 * PAGE, PROT_READ | PROT_WRITE, 0, fd);
	close(fd);
	map(CODE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_ANONYMOUS, -1);
	map(DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1);
	map(NONE, PAGE, PROT_NONE, MAP_ANONYMOUS, -1);
	map(READ_ONLY, PAGE, PROT_READ, MAP_ANONYMOUS, -1);
	map(STACK_LOW, STACK_TOP - STACK_LOW, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_GROWSDOWN,
	    -1);
	map(ALT, ALT_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1);
	map(C_STACKS, (DEPTHS + 2) * C_STACK, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1);
	memset((void *)DATA, JUMP_HERE, PAGE);
	for (int i = 0; i < DEPTHS + 2; i++)
		c_stack_tops[i] = C_STACKS + (i + 1) * C_STACK - 64;
	vdso = getauxval(AT_SYSINFO_EHDR);
}

bool vdso_has(uint32_t value)
{
	return value - vdso < VDSO_SIZE;
}

const char *address(uint32_t value)
{
	static char text[16][12];
	static int next;

	if (vdso_has(value))
		return "vdso";
	next = (next + 1) % 16;
	snprintf(text[next], sizeof(text[next]), "%08x", value);
	return text[next];
}

const char *selector(uint32_t value)
{
	static char text[16][12];
	static int next;

	if ((value & -PAGE) == (vdso & 0xFFFF))
		return "vdso";
	next = (next + 1) % 16;
	snprintf(text[next], sizeof(text[next]), "%x", value);
	return text[next];
}

uint32_t hash(const void *data, size_t n)
{
	const uint8_t *bytes = data;
	uint32_t h = 0x811C9DC5;

	while (n--)
		h = (h ^ *bytes++) * 0x01000193;
	return h;
}

void *argument(size_t n)
{
	uint32_t *at = &argument_at[handler_depth];
	void *found;

	n = (n + 3) & -4;
	if (*at + n > ARGUMENT_SLOT)
		*at = 0;
	found = (void *)(DATA + PAGE + handler_depth * ARGUMENT_SLOT + *at);
	*at += n;
	memset(found, UNUSED, n);
	return found;
}

void *odd_pointer(void *good)
{
	static const uint32_t bad[] = {
		1,	    NONE,	DATA_END - 4,	  READ_ONLY, READ_ONLY + PAGE - 4,
		0xBFFFFFFC, 0xFFFFFFFF, FILE_PAGES + PAGE};

	return chance(4) ? (void *)PICK(bad) : good;
}

static uint32_t random_flags(void)
{
	uint32_t flags = ALWAYS_FLAGS | (rnd32() & MOST_FLAGS);
	static const uint32_t special[] = {X86_TF,   0x400, 0x4000, 0x40000,
					   0x200000, 0x400, 0x40000};

	return chance(14) ? flags | PICK(special) : flags;
}

static uint32_t random_sp(void)
{
	static const uint32_t bad[] = {0,
				       8,
				       NONE + 64,
				       READ_ONLY + 512,
				       0xC0000000,
				       STACK_LOW + 40,
				       STACK_LOW,
				       ALT + 600,
				       DATA_END + 64,
				       FILE_PAGES + PAGE + 256};

	if (chance(5))
		return PICK(bad);
	if (handler_depth)
		return handler_entry.sp - 16 - rnd(16) * 4;
	if (chance(8))
		return ALT + 3 * PAGE - rnd(64) * 4;
	return STACK_TOP - 64 - rnd(chance(90) ? 0x200 : 0x3000) * (chance(90) ? 4 : 1) % 0x3000;
}

/* A state of the FPU: something in every register, exceptions masked mostly. */
static void random_fpu(struct fxsave *fx)
{
	for (size_t i = 0; i < sizeof(*fx) / 4; i++)
		((uint32_t *)fx)[i] = rnd32();
	fx->cw = chance(70) ? 0x37F : 0x300 | rnd(0x40) | 0x40;
	fx->sw =
		chance(70) ? rnd(8) << 11 : rnd(0x10000) & 0x7FFF & (chance(80) ? ~0x80FF : 0xFFFF);
	if (!(fx->sw & ~fx->cw &
	      X87_EXCEPTIONS)) /* else the kernel finds no reason, and tries again for ever */
		fx->sw &= ~X87_PENDING;
	fx->tag = chance(30) ? 0 : rnd(256);
	fx->zero = 0;
	fx->opcode &= 0x7FF;
	fx->mxcsr = chance(70) ? 0x1F80 : rnd(0x10000) & MXCSR_BITS;
	for (int i = 0; i < 8; i++) {
		uint16_t *st = (uint16_t *)fx->st[i];
		static const uint16_t exponents[] = {0,	     1,	     0x3FFF, 0x7FFE,
						     0x7FFF, 0xFFFF, 0xBFFF, 0x4001};

		st[4] = PICK(exponents);
		if (chance(70))
			st[3] |= 0x8000;
		if (chance(20))
			memset(st, 0, 8);
		memset(st + 5, 0, 6);
	}
}

void stub_random(void)
{
	static const uint32_t segments[] = {0, 0x73, 0x33, 0x7B};
	uint32_t *r = (uint32_t *)&stub_in;

	for (int i = 0; i < 7; i++)
		r[i] = rnd32();
	stub_is_fresh = !handler_depth;
	if (stub_is_fresh) {
		memset((void *)STACK_LOW, UNUSED, STACK_TOP - STACK_LOW);
		memset((void *)ALT, UNUSED, ALT_SIZE);
	}
	stub_in.sp = random_sp();
	stub_in.flags = random_flags();
	stub_in.ds = chance(2) ? PICK(segments) : 0x7B;
	stub_in.es = chance(6) ? PICK(segments) : 0x7B;
	stub_in.fs = chance(30) ? PICK(segments) : 0;
	stub_in.gs = chance(10) ? PICK(segments) : 0x33;
	stub_in.fpu = chance(60);
	random_fpu(&stub_in_fx);
	stub_in.ip = code_end = CODE + handler_depth * CODE_SLOT;
}

static void forget_pids(uint32_t *from, size_t bytes)
{
	for (uint32_t *at = from; at < from + bytes / 4; at++)
		if (*at == (uint32_t)me || *at == (uint32_t)my_parent)
			*at = 0;
}

void stub_forget_pids(void)
{
	forget_pids((uint32_t *)STACK_LOW, STACK_TOP - STACK_LOW);
	forget_pids((uint32_t *)ALT, ALT_SIZE);
}

void stub_code(const void *bytes, size_t n)
{
	memcpy((void *)code_end, bytes, n);
	code_end += n;
}

static void print_registers(void)
{
	static const char names[][4] = {"bx", "cx", "dx", "si", "di", "bp", "", "sp"};
	const uint32_t *in = (uint32_t *)&stub_in, *now = (uint32_t *)&stub_out;

	for (int i = 0; i < 8; i++)
		if (names[i][0] && in[i] != now[i])
			out(" %s %s", names[i], address(now[i]));
	out(" flags %x seg %x %x %x %x", stub_out.flags, stub_out.ds, stub_out.es, stub_out.fs,
	    stub_out.gs);
	if (stub_in.fpu)
		out(" fpu %x %x %x %x %08x", stub_out_fx.cw, stub_out_fx.sw, stub_out_fx.tag,
		    stub_out_fx.mxcsr, hash(stub_out_fx.st, 256));
}

long stub_run(unsigned pids)
{
	uint32_t sp = stub_sp, depth = handler_depth;
	uint8_t jump = 0xE9;
	uint32_t distance;

	stub_code(&jump, 1);
	distance = (uint32_t)stub_back - (code_end + 4);
	stub_code(&distance, 4);
	stub_pids = pids;
	out_flush();
	stub_enter();
	stub_sp = sp;
	handler_depth = depth;
	if (stub_out.ip)
		out(" escaped");
	else
		print_registers();
	return stub_out.ax;
}

long stub_call(unsigned pids, long nr, long a, long b, long c, long d, long e)
{
	long ret;

	stub_random();
	stub_in.ax = nr;
	stub_in.bx = a;
	stub_in.cx = b;
	stub_in.dx = c;
	stub_in.si = d;
	stub_in.di = e;
	stub_code("\xCD\x80", 2);
	ret = stub_run(pids);
	return result(stub_out.ip ? 0 : ret);
}
