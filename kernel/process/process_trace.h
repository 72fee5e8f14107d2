/*
 * What the trace records of tasks: see docs/tracing.md.
 */
#ifndef KERNEL_PROCESS_PROCESS_TRACE_H
#define KERNEL_PROCESS_PROCESS_TRACE_H

/* Boot, before trace_init(). */
void process_trace_init(void);

#endif
