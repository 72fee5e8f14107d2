/*
 * What the parts of vmview share. What is drawn, the areas of a process and the states of their
 * pages, comes from user/space.h.
 *
 *	main.c		arguments, the keyboard, the loop
 *	picture.c	where it is drawn: one line for each area, one cell for each page
 *	screen.c	the frame buffer: mapping it, rectangles, letters
 *	font.c		the letters
 */
#ifndef USER_VMVIEW_H
#define USER_VMVIEW_H

#define PROGRAM "vmview"
#define USAGE	"[-1] [PID]"
#include "user/space.h"

/* ---- screen.c ---- */

struct screen {
	unsigned int width, height; /* pixels */
	unsigned int line;	    /* pixels from one row to the one below */
	uint32_t *pixels;
	int fd;
};

/* Take the frame buffer, in a mode with 32 bits for each pixel. Ends the program if there is none.
 */
void open_screen(struct screen *screen);
void fill(const struct screen *screen, unsigned int x, unsigned int y, unsigned int width,
	  unsigned int height, uint32_t color);
/* Text on `paper`; returns where the next letter would begin. */
unsigned int write_text(const struct screen *screen, unsigned int x, unsigned int y,
			const char *text, uint32_t ink, uint32_t paper);

/* ---- font.c ---- */

enum {
	LETTER_WIDTH = 5,
	LETTER_HEIGHT = 7,
	LETTER_STEP = 6,
	FIRST_LETTER = ' ',
	LAST_LETTER = '~'
};

/* Rows from the top; bit 4 is the leftmost pixel. */
extern const unsigned char font[LAST_LETTER - FIRST_LETTER + 1][LETTER_HEIGHT];

/* ---- picture.c ---- */

/* Draw all of it: what did not change is not touched. */
void draw_space(const struct screen *screen, const struct space *space);

#endif
