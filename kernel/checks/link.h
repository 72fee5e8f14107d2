/*
 * What the files of kernel/checks/ share among themselves: the link to the host, by the second
 * serial port, and who watches over the machine.
 */
#ifndef KERNEL_CHECKS_LINK_H
#define KERNEL_CHECKS_LINK_H

#include "kernel/abi/types.h"

struct kernel_check;

/* ---- link.c ---- */
/* Is there a port? From here on it is ours, until link_close() gives it to programs. */
bool link_open(void);
void link_close(void);
/* The next line that the host has sent, cut to size - 1. Waits for it. */
void link_read(char *line, size_t size);
/* Send a line. */
void link_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The key by which verdicts are signed, from 32 hexadecimal digits. */
void link_set_nonce(const char *digits);
/* Send what a check has found: with its number in the row, signed. */
void link_verdict(const char *name, bool ok, const char *text);
/* The numbers that decoy/N compares: they are equal unless it is to fail. */
void link_decoy(const char *name, u32 *is, u32 *wanted);

/* ---- run.c ---- */
/* For the compiler, which calls them at both ends of the functions of a lab's checks: a check
   counts only if it came to its end. */
void __cyg_profile_func_enter(void *function, void *from);
void __cyg_profile_func_exit(void *function, void *from);

/* ---- watchdog.c ---- */
/* Boot: from here on, a kernel that lets no task run for some seconds panics, and time does not
   leap while a disk works. */
void watchdog_start(void);

#endif
