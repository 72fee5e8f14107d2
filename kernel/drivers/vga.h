/*
 * The VGA text screen: 80 x 25 characters, as a console for the log and, with the keyboard, as a
 * terminal (tty0 and tty1 are the same).
 */
#ifndef KERNEL_DRIVERS_VGA_H
#define KERNEL_DRIVERS_VGA_H

#include "kernel/drivers/tty.h"

/* Clear the screen and register it as a console. Early: needs only printk and the direct map. */
void vga_console_init(void);
/* Register the terminal, with a screen or without. After the VFS. */
void vga_init(void);
/* The screen shows a picture from now on: text is kept, and not drawn. `leave` sets the text mode
   again; it is called with interrupts off, perhaps by a panic, and must not sleep. */
void vga_enter_graphics(void (*leave)(void));
/* Call it, and draw the text. */
void vga_leave_graphics(void);
bool vga_in_graphics(void);
/* The terminal that the keyboard types into; NULL before vga_init. */
struct tty_struct *vga_tty(void);
/* Has the program asked for the "application" form of the cursor keys (ESC O A)? */
bool vga_cursor_keys_mode(void);

/* keyboard.c: find the keyboard and open its interrupt. After vga_init. */
void keyboard_init(void);

#endif
