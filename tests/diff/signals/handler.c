/*
 * The handlers: what a signal's frame says, and what is made of it.
 */
#include <string.h>
#include "stub.h"

#define ENOUGH		40 /* handlers that one process may run */
#define ENOUGH_STATUS	98
#define NEST_DEPTH	4
#define NR_SIGRETURN	119
#define NR_RT_SIGRETURN 173
#define X86_TF		0x100
#define TRAP_SIGNAL	5

enum {
	OLD_SC = 2,
	RT_INFO = 4,
	RT_UC = 36,
	RT_SC = 41,
	RT_MASK = 63
}; /* words of a frame */
enum {
	SC_GS,
	SC_FS,
	SC_ES,
	SC_DS,
	SC_DI,
	SC_SI,
	SC_BP,
	SC_SP,
	SC_BX,
	SC_DX,
	SC_CX,
	SC_AX,
	SC_TRAPNO,
	SC_ERR,
	SC_IP,
	SC_CS,
	SC_FLAGS,
	SC_SP_AT_SIGNAL,
	SC_SS,
	SC_FPSTATE,
	SC_OLDMASK,
	SC_CR2,
	SC_WORDS
};
#define OLD_EXTRAMASK 180
#define FPSTATE_SIZE  624
#define FPSTATE_WORDS (FPSTATE_SIZE / 4)
#define FRAME_MAX     2048

struct frame {
	uint32_t *f, *sc, *fp;
	bool rt;
	uint32_t sig;
};

/* Who sent it is a different number in every run. */
void print_siginfo(const uint32_t *info)
{
	bool sent = (int)info[2] <= 0 || info[0] == 17;

	out(" info");
	for (int i = 0; i < 32; i++) {
		if (i == 3 && sent && info[3] == (uint32_t)me)
			out(" me");
		else if (i == 3 && sent && info[3] == (uint32_t)my_parent)
			out(" parent");
		else if (i > 5 && (info[i] == (uint32_t)me || info[i] == (uint32_t)my_parent))
			continue; /* of an older frame, where this one is spoilt */
		else if (info[0] == 17 && (int)info[2] > 0 && (i == 3 || i > 5))
			continue;
		else if (i < 5 || info[i])
			out(" %d:%s", i, address(info[i]));
	}
}

#define PF_INSTR 0x10u

/* The error code, of a page fault without PF_INSTR: tests/diff/sys.c says why. */
static uint32_t error_code(const uint32_t *sc)
{
	return sc[SC_TRAPNO] == 14 ? sc[SC_ERR] & ~PF_INSTR : sc[SC_ERR];
}

static void print_context(const struct frame *fr)
{
	const uint32_t *sc = fr->sc;
	bool has_bx = stub_pids & 1, has_cx = stub_pids & 2;

	out("\n  gs %s fs %s es %s ds %s di %s si %s bp %s sp %s bx %s dx %s cx %s ax %s",
	    selector(sc[SC_GS]), selector(sc[SC_FS]), selector(sc[SC_ES]), selector(sc[SC_DS]),
	    address(sc[SC_DI]), address(sc[SC_SI]), address(sc[SC_BP]), address(sc[SC_SP]),
	    address(has_bx ? 0 : sc[SC_BX]), address(sc[SC_DX]), address(has_cx ? 0 : sc[SC_CX]),
	    address(sc[SC_AX]));
	out("\n  trap %d err %x ip %s cs %s flags %x ss %s fp +%x mask %x cr2 %s", sc[SC_TRAPNO],
	    error_code(sc), address(sc[SC_IP]), selector(sc[SC_CS]), sc[SC_FLAGS],
	    selector(sc[SC_SS]), sc[SC_FPSTATE] - (uint32_t)fr->f, sc[SC_OLDMASK],
	    address(sc[SC_CR2]));
	if (fr->rt) {
		const uint32_t *uc = fr->f + RT_UC;

		print_siginfo(fr->f + RT_INFO);
		out(" uc %x %x stack %x %x %x mask %08x%08x", uc[0], uc[1], uc[2], uc[3], uc[4],
		    fr->f[RT_MASK + 1], fr->f[RT_MASK]);
	} else {
		out(" extramask %x", fr->f[OLD_EXTRAMASK]);
	}
}

/* The x87 registers: 10 bytes each, the 6 that follow are not written. */
static uint32_t hash_st(const uint32_t *st)
{
	uint8_t copy[8][10];

	for (int i = 0; i < 8; i++)
		memcpy(copy[i], st + 4 * i, sizeof(copy[i]));
	return hash(copy, sizeof(copy));
}

static void print_fpstate(const struct frame *fr)
{
	const uint32_t *fp = fr->fp;

	out("\n  magic %x sw_reserved %x %x %x %x", fp[27], fp[144], fp[145], fp[146], fp[148]);
	if (stub_in.fpu)
		out(" cw %x sw %x tag %x ip %x %x data %x %x mxcsr %x mask %x st %08x xmm %08x",
		    fp[0], fp[1], fp[2], fp[3], fp[4] & 0xFFFF, fp[5], fp[6], fp[34], fp[35],
		    hash_st(fp + 36), hash(fp + 68, 128));
}

/* All of it, but what differs: numbers of processes, and where the vdso has its code. */
static void print_whole(const struct frame *fr)
{
	static uint32_t copy[FRAME_MAX / 4];
	uint32_t *sc = copy + (fr->sc - fr->f), fp = fr->sc[SC_FPSTATE] - (uint32_t)fr->f;
	size_t n = fp + (stub_in.fpu ? FPSTATE_SIZE : 0);

	if (n > FRAME_MAX) {
		out(" fpstate out of reach");
		return;
	}
	memcpy(copy, fr->f, n);
	for (size_t i = 0; i < n / 4; i++)
		if (vdso_has(copy[i]))
			copy[i] = 0;
	sc[SC_ERR] = error_code(sc);
	if (stub_pids & 1)
		sc[SC_BX] = 0;
	if (stub_pids & 2)
		sc[SC_CX] = 0;
	if (stub_in.fpu) /* the last opcode: QEMU keeps none, and what is there is from anywhere */
		copy[fp / 4 + 4] &= 0xFFFF;
	if (fr->rt)
		memset(copy + RT_INFO, 0, 128);
	out(" all %x %08x", n, hash(copy, n));
	if (dense)
		out("\n");
	for (size_t i = 0; dense && i < n / 4; i++)
		if (copy[i] != UNUSED * 0x01010101u)
			out("%s%x:%x%s", i % 16 ? "" : "   ", i, copy[i],
			    i % 16 == 15 ? "\n" : " ");
}

static void print_frame(const struct frame *fr, const struct entry *e)
{
	out("\n %c depth %d signal %d%s sp %x back %s ax %x dx +%x cx +%x flags %x seg %x %x %x %x",
	    e->which, handler_depth, fr->sig, fr->rt ? " rt" : "", e->sp, address(fr->f[0]), e->ax,
	    e->dx ? e->dx - e->sp : 0, e->cx ? e->cx - e->sp : 0, e->flags, e->ds, e->es, e->fs,
	    e->gs);
	out(" fpu %x %x %x %x %08x", handler_fx.cw, handler_fx.sw, handler_fx.tag, handler_fx.mxcsr,
	    hash(handler_fx.st, 256));
	print_context(fr);
	print_fpstate(fr);
	if (stub_is_fresh && (e->sp - STACK_LOW < STACK_TOP - STACK_LOW || e->sp - ALT < ALT_SIZE))
		print_whole(fr);
	stub_is_fresh = false;
	out("\n");
	out_flush();
}

/* ---- changing it ---- */

static uint32_t wild_address(void)
{
	static const uint32_t wild[] = {
		0,	    DATA,	NONE,	    READ_ONLY, DATA_END,       FILE_PAGES + PAGE,
		0xC0000000, 0xFFFFFFFF, 0xC0100000, STACK_TOP, ALT + ALT_SIZE, DATA + 2};

	return PICK(wild);
}

static void spoil_fpu(const struct frame *fr)
{
	uint32_t *fp = fr->fp;
	static const uint32_t pointers[] = {0, 0, 1, NONE, DATA_END - 300, 0xC0000000, READ_ONLY};

	switch (rnd(7)) {
	case 0:
		fr->sc[SC_FPSTATE] = chance(70) ? PICK(pointers) : fr->sc[SC_FPSTATE] + rnd(16);
		break;
	case 1:
		fp[rnd(7)] = rnd32();
		break;
	case 2:
		fp[34] = rnd32() >> rnd(17);
		break;
	case 3:
		fp[27] = chance(50) ? 0xFFFF : rnd32();
		break;
	case 4:
		fp[144 + rnd(12)] = rnd32();
		break;
	case 5:
		fp[68 + rnd(32)] = rnd32();
		break;
	default:
		fp[7 + rnd(21)] = rnd32();
	}
}

static void spoil(const struct frame *fr)
{
	static const uint32_t selectors[] = {0,	   0,	 0x7B, 0x73, 0x60, 0x68, 0x2B, 0x43, 0xFFFF,
					     0x70, 0x78, 0x63, 0x6B, 0x80, 0x8B, 0x33, 0x1B, 0xFB};
	static const uint32_t flags[] = {1,	  0x10,	   0x40,    0x80,     X86_TF,	 0x200,
					 0x400,	  0x800,   0x1000,  0x3000,   0x4000,	 0x10000,
					 0x20000, 0x40000, 0x80000, 0x200000, 0xFFFFFFFF};
	static const uint32_t data_segments[] = {SC_GS, SC_FS, SC_ES, SC_DS, SC_CS};
	uint32_t set[2];

	switch (rnd(11)) {
	case 0:
	case 1:
		fr->sc[SC_DI + rnd(8)] = rnd32();
		break;
	case 2:
		fr->sc[SC_FLAGS] ^= PICK(flags);
		break;
	case 3:
		fr->sc[PICK(data_segments)] = PICK(selectors);
		break;
	case 4:
		if (chance(30))
			fr->sc[SC_SS] = PICK(selectors) & 0xFC;
		break;
	case 5:
		if (chance(50))
			fr->sc[SC_IP] = wild_address();
		break;
	case 6:
		fr->sc[SC_SP] = chance(30) ? wild_address() : fr->sc[SC_SP] - 64;
		break;
	case 7:
		random_set(set);
		fr->sc[SC_OLDMASK] = set[0];
		fr->f[fr->rt ? RT_MASK : OLD_EXTRAMASK] = set[1];
		break;
	case 8:
		if (fr->rt) /* the stack to be restored */
			fr->f[RT_UC + 2 + rnd(3)] = chance(50) ? rnd(8) : ALT + rnd(5000);
		break;
	default:
		spoil_fpu(fr);
	}
}

/* Go on behind what the stub does, with segments that work. */
static void repair(const struct frame *fr)
{
	fr->sc[SC_IP] = (uint32_t)stub_back;
	fr->sc[SC_CS] = 0x73;
	fr->sc[SC_SS] = fr->sc[SC_DS] = fr->sc[SC_ES] = 0x7B;
	fr->sc[SC_FLAGS] &= ~X86_TF;
}

/* Another call or fault while this signal is handled. */
static void nest(void)
{
	struct registers in = stub_in;
	struct entry entry = handler_entry;
	unsigned pids = stub_pids;

	out(" {");
	one_call();
	out(" }\n");
	stub_in = in;
	stub_pids = pids;
	handler_entry = entry;
}

static void leave(struct leaving *l, const struct frame *fr)
{
	bool fault = fr->sig == 4 || fr->sig == 7 || fr->sig == 8 || fr->sig == 11;
	uint32_t dice = rnd(100);

	*l = (struct leaving){LEAVE_RETURN, (uint32_t)fr->f, 0};
	if (fault && chance(80))
		repair(fr);
	if (fr->sig == TRAP_SIGNAL && chance(30))
		fr->sc[SC_FLAGS] &= ~X86_TF;
	for (int i = 0; chance(30) && i < 3; i++)
		spoil(fr);
	if (dice < 8) {
		l->kind = LEAVE_ESCAPE;
		out(" jumps out\n");
	} else if (dice < 14) {
		bool rt = chance(85) == fr->rt;

		l->kind = LEAVE_CALL;
		fr->f[0] = 0;
		l->ax = rt ? NR_RT_SIGRETURN : NR_SIGRETURN;
		l->sp += chance(90) ? (rt ? 4 : 8) : rnd(16);
		out(" calls sigreturn %d +%d\n", l->ax, l->sp - (uint32_t)fr->f);
	} else if (dice < 16) {
		out(" exits\n");
		out_flush();
		sys(SYS_exit_group, rnd(256));
	}
}

struct leaving *handler_c(void)
{
	static struct leaving leavings[DEPTHS + 2];
	static int handled;
	struct entry e = handler_entry;
	struct frame fr = {.f = (uint32_t *)e.sp, .rt = e.dx != 0};

	fr.sc = fr.f + (fr.rt ? RT_SC : OLD_SC);
	fr.fp = (uint32_t *)fr.sc[SC_FPSTATE];
	fr.sig = fr.f[1];
	if (alarm_is_early(fr.sig, fr.sc)) {
		leavings[handler_depth] = (struct leaving){LEAVE_RETURN, e.sp, 0};
		return &leavings[handler_depth];
	}
	print_frame(&fr, &e);
	if (++handled > ENOUGH || handler_depth >= DEPTHS) {
		out(" enough\n");
		out_flush();
		sys(SYS_exit_group, ENOUGH_STATUS);
	}
	while (handler_depth < NEST_DEPTH && chance(20))
		nest();
	if (fr.rt) /* who sent it must not come back as something else */
		fr.f[RT_INFO + 3] = 0;
	leave(&leavings[handler_depth], &fr);
	out_flush();
	return &leavings[handler_depth];
}
