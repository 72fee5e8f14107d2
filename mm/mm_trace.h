/*
 * What the trace records of address spaces: see docs/tracing.md.
 */
#ifndef MM_MM_TRACE_H
#define MM_MM_TRACE_H

#include "kernel/trace/trace.h"
#include "mm/mm_types.h"

/* Boot, before trace_init(). */
void mm_trace_init(void);

#endif
