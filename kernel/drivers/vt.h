/*
 * The screen as the escape sequences see it (vt.c), and as the hardware shows it (vga.c).
 */
#ifndef KERNEL_DRIVERS_VT_H
#define KERNEL_DRIVERS_VT_H

#include "kernel/abi/types.h"

#define VT_COLS	      80
#define VT_ROWS	      25
#define VT_MAX_PARAMS 16
#define VT_REPLY_SIZE 16

enum vt_state {
	VT_NORMAL,
	VT_ESC,	      /* after ESC */
	VT_CSI,	      /* after ESC [ : parameters */
	VT_CSI_LINUX, /* after ESC [ [ : one more, a function key's echo */
	VT_CHARSET,   /* after ESC ( and the like: one more */
	VT_OSC	      /* after ESC ] : up to BEL or ESC \ */
};

/* What ESC 7 keeps. */
struct vt_cursor {
	u8 x, y, fg, bg;
	bool bold, blink, underline, reverse;
};

struct vt {
	u16 cells[VT_ROWS]
		 [VT_COLS]; /* character, and attribute << 8, as the screen's memory has them */
	struct vt_cursor cur, saved;
	u8 top, bottom;	   /* rows that scroll: [top, bottom) */
	bool wrap_pending; /* the last column was written: the next character begins a line */
	bool autowrap, insert, cursor_on, cursor_keys;

	enum vt_state state;
	bool private; /* CSI ? */
	unsigned int params[VT_MAX_PARAMS], nr_params;
	u32 utf8;		/* character being decoded */
	unsigned int utf8_left; /* bytes still to come */

	/* What the screen must learn: rows changed, and how far all of it went up. */
	u32 dirty_rows; /* bit for each */
	unsigned int scrolled;
	/* An answer to the program (cursor position), to be fed as input. */
	char reply[VT_REPLY_SIZE];
};

/* Start values; clears the cells. */
void vt_reset(struct vt *vt);
/* One byte of output. Sets dirty_rows, scrolled and reply; the caller takes them. */
void vt_put(struct vt *vt, u8 c);

#endif
