/*
 * Assertions: what must be true whatever programs do, looked at by debug kernels only. In others
 * the condition is compiled, so that it stays correct, but costs nothing.
 */
#ifndef MM_PHYS_MMDEBUG_H
#define MM_PHYS_MMDEBUG_H

#include "kernel/core/panic.h"

#if MAPIX_DEBUG
#	define VM_BUG_ON(cond) BUG_ON(cond)
#else
#	define VM_BUG_ON(cond) ((void)sizeof(!!(cond)))
#endif

#endif
