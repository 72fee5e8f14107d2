/*
 * The state of a VGA in text mode, saved while a frame buffer uses the screen.
 */
#ifndef KERNEL_DRIVERS_VGASTATE_H
#define KERNEL_DRIVERS_VGASTATE_H

#include "kernel/abi/types.h"

#define VGA_NR_SEQ    5
#define VGA_NR_CRTC   25
#define VGA_NR_GFX    9
#define VGA_NR_ATTR   21
#define VGA_FONT_SIZE 8192 /* 256 characters of 32 lines */

struct vga_state {
	u8 misc, seq[VGA_NR_SEQ], crtc[VGA_NR_CRTC], gfx[VGA_NR_GFX], attr[VGA_NR_ATTR];
	u8 font[VGA_FONT_SIZE];
	u8 *memory; /* all of the screen's */
};

/* Save the registers and the font of the text mode that is set; memory: the screen's, from its
   first byte. Interrupts may be on. */
void vga_save(struct vga_state *state, u8 *memory);
/* Set the text mode again. The characters must be written anew. Does not sleep. */
void vga_restore(const struct vga_state *state);
/* Make the screen dark, or show what it should. */
void vga_blank(bool blank);

#endif
