/*
 * The serial ports COM1 to COM4.
 */
#ifndef KERNEL_DRIVERS_SERIAL_H
#define KERNEL_DRIVERS_SERIAL_H

#include "kernel/abi/types.h"

/* Find the ports, set them up, and register them as consoles. Early: needs only printk. */
void serial_console_init(void);
/* Register them as terminals ttyS0 to ttyS3 and open their interrupts. After the VFS. */
void serial_init(void);
/* Send, by polling, whatever is still waiting: before the machine is switched off. Any context. */
void serial_drain(void);

/* ---- a port that the kernel itself talks by, polled ---- */
/* The terminal of port `line` (0: COM1) gets no more input, until serial_poll_end() gives it back.
   False: there is no such port. Before serial_init() there is no terminal yet, and the port will
   have none. */
bool serial_poll_begin(int line);
void serial_poll_end(int line);
/* The next character, or -EAGAIN if none has come. Any context. */
int serial_poll_getc(int line);
/* Send. Any context. */
void serial_poll_write(int line, const char *s, size_t n);
/* Send as much of it as the device takes, and wait before each part for as many looks at it as
   `patience` says. Returns the number of bytes sent. Any context. */
size_t serial_poll_send(int line, const void *buf, size_t n, unsigned int patience);

#endif
