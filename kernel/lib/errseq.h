/*
 * A record of the last error of some kind of event that many observers ask for, each of which wants
 * to see an error once: the errors of write-back, which every open file reports at its next fsync.
 *
 * The value holds a negative errno in its low bits, a bit that says whether any observer has seen
 * it, and a counter that moves on only if the last error was seen: so a value differs from an
 * observer's copy exactly if an error came after the copy was made.
 */
#ifndef KERNEL_LIB_ERRSEQ_H
#define KERNEL_LIB_ERRSEQ_H

#include "kernel/abi/types.h"

typedef u32 errseq_t;
#define ERRSEQ_ERRNO_MASK 0xfffU
#define ERRSEQ_SEEN	  0x1000U
#define ERRSEQ_CTR_INC	  0x2000U

/* Record the error err (a negative errno). */
static inline void errseq_set(errseq_t *eseq, int err)
{
	errseq_t old = *eseq, next = (old & ~(ERRSEQ_ERRNO_MASK | ERRSEQ_SEEN)) | (u32)-err;

	if (old & ERRSEQ_SEEN)
		next += ERRSEQ_CTR_INC;
	*eseq = next;
}

/* Where a new observer starts: an error that no observer has seen yet counts as new for it. */
static inline errseq_t errseq_sample(const errseq_t *eseq)
{
	return *eseq & ERRSEQ_SEEN ? *eseq : 0;
}

/* An error since `since` was taken, as a negative errno, or 0. */
static inline int errseq_check(const errseq_t *eseq, errseq_t since)
{
	return (*eseq & ~ERRSEQ_SEEN) == (since & ~ERRSEQ_SEEN) ? 0
								: -(int)(*eseq & ERRSEQ_ERRNO_MASK);
}

/* The same, and the observer has seen it. */
static inline int errseq_check_and_advance(errseq_t *eseq, errseq_t *since)
{
	int err = errseq_check(eseq, *since);

	if (*eseq)
		*eseq |= ERRSEQ_SEEN;
	*since = *eseq;
	return err;
}

#endif
