/*
 * The x87 registers in two formats: that of fsave, which is older than SSE and is used in signal
 * frames and core files, and that of fxsave, which the kernel uses.
 */
#include "kernel/x86/task/i387.h"

/* The x87 tag word: two bits a register in the old form, one (not empty) in fxsave's. */
#define FP_TAG_VALID	 0
#define FP_TAG_ZERO	 1
#define FP_TAG_SPECIAL	 2
#define FP_TAG_EMPTY	 3
#define FP_EXPONENT_MASK 0x7fff
#define FP_INTEGER_BIT	 0x8000
#define FSAVE_HIGH	 0xffff0000U /* unused upper halves read as ones */
#define FSAVE_ALL_EMPTY	 0xffffU     /* the tag word without a register in use */

static unsigned int fp_tag(const struct _fpreg *st)
{
	const u16 *s = st->significand;

	switch (st->exponent & FP_EXPONENT_MASK) {
	case FP_EXPONENT_MASK:
		return FP_TAG_SPECIAL;
	case 0:
		return s[0] | s[1] | s[2] | s[3] ? FP_TAG_SPECIAL : FP_TAG_ZERO;
	default:
		return s[3] & FP_INTEGER_BIT ? FP_TAG_VALID : FP_TAG_SPECIAL;
	}
}

static u32 twd_fxsr_to_i387(const struct fxregs_state *fx)
{
	int top = fx->swd >> 11 & 7;
	u32 ret = FSAVE_HIGH;

	if (!fx->twd)
		return FSAVE_HIGH | FSAVE_ALL_EMPTY;
	for (int i = 0; i < FPU_REGS; i++) {
		bool used = fx->twd >> i & 1;

		ret |= (used ? fp_tag(fx_reg(fx, (i - top) & 7)) : FP_TAG_EMPTY) << (2 * i);
	}
	return ret;
}

u16 twd_i387_to_fxsr(u32 twd)
{
	u16 ret = 0;

	if ((twd & FSAVE_ALL_EMPTY) == FSAVE_ALL_EMPTY)
		return 0;
	for (int i = 0; i < FPU_REGS; i++)
		if ((twd >> (2 * i) & 3) != FP_TAG_EMPTY)
			ret |= 1 << i;
	return ret;
}

void fill_fsave_header(struct _fpstate_32 *to, const struct fxregs_state *fx)
{
	to->cw = fx->cwd | FSAVE_HIGH;
	to->sw = fx->swd | FSAVE_HIGH;
	to->tag = twd_fxsr_to_i387(fx);
	to->ipoff = fx->fip;
	to->cssel = (u16)fx->fcs | (u32)fx->fop << 16;
	to->dataoff = fx->foo;
	to->datasel = fx->fos;
	UNROLL(FPU_REGS)
	for (int i = 0; i < FPU_REGS; i++)
		to->_st[i] = *fx_reg(fx, i);
	to->status = fx->swd;
	to->magic = FPSTATE_MAGIC_FXSR;
}
