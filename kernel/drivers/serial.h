/*
 * The serial ports COM1 to COM4.
 */
#ifndef KERNEL_DRIVERS_SERIAL_H
#define KERNEL_DRIVERS_SERIAL_H

/* Find the ports, set them up, and register them as consoles. Early: needs only printk. */
void serial_console_init(void);
/* Register them as terminals ttyS0 to ttyS3 and open their interrupts. After the VFS. */
void serial_init(void);
/* Send, by polling, whatever is still waiting: before the machine is switched off. Any context. */
void serial_drain(void);

#endif
