/*
 * membarrier(2): a memory barrier in all threads at once. On one processor every switch between
 * threads is a barrier already, so only the rules remain about who may ask for which barrier.
 */
#include "mm/mm_types.h"
#include "kernel/sched/sched.h"
#include "mm/calls.h"
#include <linux/errno.h>
#include <linux/membarrier.h>

#define MEMBARRIER_COMMANDS                                                                       \
	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |                                \
	 MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |            \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE |                                    \
	 MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)

/* Only a process that registered for this kind of private barrier may use it. The bit of the
   register command is the next one above that of the barrier. */
static long private_expedited(struct mm_struct *mm, int cmd)
{
	return mm->membarrier_state & cmd << 1 ? 0 : -EPERM;
}

long do_membarrier(int cmd, unsigned int flags)
{
	struct mm_struct *mm = current->mm;

	/* only this command accepts a processor; which one does not matter here */
	if (flags &&
	    (cmd != MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ || flags != MEMBARRIER_CMD_FLAG_CPU))
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_COMMANDS;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		return private_expedited(mm, cmd);
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
		mm->membarrier_state |= cmd;
		return 0;
	}
	return -EINVAL;
}
