/*
 * The debug port as a console.
 */
#ifndef KERNEL_CORE_DEBUGCON_H
#define KERNEL_CORE_DEBUGCON_H

/* Find it and register it: the first thing at boot. */
void debugcon_init(void);

#endif
