/*
 * QEMU's debug port: what is written to it lands in a file or on standard output of the host. It
 * gets the whole log, whatever the log level. A machine without one reads 0xff there.
 */
#include "kernel/core/debugcon.h"
#include "kernel/core/printk.h"
#include "kernel/x86/cpu.h"

#define DEBUGCON_PORT 0xe9

static void debugcon_write(struct console *con, const char *s, size_t n)
{
	outsb(DEBUGCON_PORT, s, n);
}

static struct console debugcon = {
	.name = "debugcon",
	.write = debugcon_write,
	.flags = CON_ANYTIME | CON_PRINTBUFFER,
};

void debugcon_init(void)
{
	if (inb(DEBUGCON_PORT) == DEBUGCON_PORT)
		register_console(&debugcon);
}
