/*
 * The kernel command line: words separated by blanks, `name` or `name=value`; a value may be quoted
 * with "". The last one of a name counts.
 */
#ifndef KERNEL_CORE_CMDLINE_H
#define KERNEL_CORE_CMDLINE_H

#include "kernel/abi/types.h"

#define COMMAND_LINE_SIZE 2048
/* The whole line, as the loader gave it (without the kernel's own file name). */
extern char saved_command_line[COMMAND_LINE_SIZE];

/* Boot: copy the line that the loader gave, cut to COMMAND_LINE_SIZE - 1. */
void cmdline_init(const char *line);
/* The value of name=value into buf (cut to size - 1). Its full length, or -ENOENT. */
int cmdline_get(const char *name, char *buf, size_t size);
/* Is the word there, with or without a value? */
bool cmdline_has(const char *name);
/* A number, decimal or 0x…, with K, M, G; def if it is absent or no number. */
unsigned long cmdline_get_ulong(const char *name, unsigned long def);
/* Walk all words: the n-th (from 0) into buf, or -ENOENT. */
int cmdline_word(int n, char *buf, size_t size);

#endif
