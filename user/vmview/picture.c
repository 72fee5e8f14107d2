/*
 * The picture: a title, the legend, and below it a line for each area, from low addresses to high:
 * its addresses, rights and name, and a cell for each page; at the bottom all 3 GiB as one strip.
 * An area with more pages than fit into its lines has cells that stand for several pages each, and
 * shows how many.
 */
#include "user/vmview/vmview.h"

enum {
	MARGIN = 8,
	TITLE_Y = 8,
	LEGEND_Y = 24,
	AREAS_Y = 48,
	LINE_HEIGHT = 10,
	CELL_WIDTH = 6, /* with the gap to the next */
	CELL_HEIGHT = 8,
	CELLS_X = 312,
	LABEL_LETTERS = 50,
	STRIP_HEIGHT = 28,
	MOST_LINES = 4 /* of an area */
};

#define SPACE_END  0xc0000000UL
#define SPACE_MARK 0x10000000UL

#define BLACK 0x000000U
#define WHITE 0xffffffU
#define GREY  0xa0a0a0U

static const uint32_t colors[NR_KINDS] = {
	[KIND_CODE] = 0x4080ff,	  [KIND_FILE] = 0x00c0c0,   [KIND_DATA] = 0x40c040,
	[KIND_HEAP] = 0xff9020,	  [KIND_ANON] = 0xe0e040,   [KIND_STACK] = 0xff4040,
	[KIND_SHARED] = 0xb060ff, [KIND_DEVICE] = 0xff60c0, [KIND_KERNEL] = 0xc0c0c0,
};

/* How bright a page is, in quarters. */
static const struct {
	unsigned int quarters;
	const char *name;
} states[NR_STATES] = {
	[PAGE_ABSENT] = {1, "not in memory"},
	[PAGE_SWAPPED] = {2, "swapped"},
	[PAGE_SHARED] = {3, "in memory, shared"},
	[PAGE_OWN] = {4, "its own"},
};

static uint32_t page_color(enum kind kind, enum state state)
{
	uint32_t color = colors[kind], q = states[state].quarters;

	return ((color >> 16 & 0xff) * q / 4) << 16 | ((color >> 8 & 0xff) * q / 4) << 8 |
	       (color & 0xff) * q / 4;
}

static void draw_cell(const struct screen *screen, unsigned int x, unsigned int y, uint32_t color)
{
	fill(screen, x, y, CELL_WIDTH - 1, CELL_HEIGHT, color);
}

static void draw_legend(const struct screen *screen)
{
	unsigned int x = MARGIN;

	for (int k = 0; k < NR_KINDS; k++) {
		draw_cell(screen, x, LEGEND_Y, colors[k]);
		x = write_text(screen, x + CELL_WIDTH + 2, LEGEND_Y, kind_name(k), WHITE, BLACK);
		x += 2 * LETTER_STEP;
	}
	x = MARGIN;
	for (int s = 0; s < NR_STATES; s++) {
		for (int k = 0; k < NR_KINDS; k++, x += CELL_WIDTH)
			draw_cell(screen, x, LEGEND_Y + LINE_HEIGHT, page_color(k, s));
		x = write_text(screen, x + 2, LEGEND_Y + LINE_HEIGHT, states[s].name, WHITE, BLACK);
		x += 2 * LETTER_STEP;
	}
}

static void draw_label(const struct screen *screen, unsigned int y, const struct area *a,
		       unsigned long per_cell)
{
	char text[2 * LABEL_LETTERS], each[32] = "";

	if (per_cell > 1)
		snprintf(each, sizeof(each), " %lu/cell", per_cell);
	snprintf(text, sizeof(text), "%08lx-%08lx %s %.18s%s", a->start, a->end, a->perms, a->name,
		 each);
	text[LABEL_LETTERS] = '\0';
	for (size_t n = strlen(text); n < LABEL_LETTERS; n++) {
		text[n] = ' ';
		text[n + 1] = '\0';
	}
	write_text(screen, MARGIN, y, text, GREY, BLACK);
}

/* The cells of an area, line by line; what is left of the last line is cleared. Returns the lines.
 */
static unsigned int draw_cells(const struct screen *screen, unsigned int y,
			       const struct space *space, const struct area *a,
			       unsigned long per_cell, unsigned int per_line)
{
	unsigned long pages = (a->end - a->start) / PAGE_SIZE, cell = 0;

	for (unsigned long first = 0; first < pages; first += per_cell, cell++) {
		unsigned long n = pages - first < per_cell ? pages - first : per_cell;
		unsigned int line = cell / per_line, x = CELLS_X + cell % per_line * CELL_WIDTH;

		draw_cell(screen, x, y + line * LINE_HEIGHT,
			  page_color(a->kind, summary(space, a, first, n)));
	}
	if (cell % per_line)
		fill(screen, CELLS_X + cell % per_line * CELL_WIDTH,
		     y + cell / per_line * LINE_HEIGHT, screen->width, LINE_HEIGHT, BLACK);
	return (cell + per_line - 1) / per_line;
}

static unsigned int draw_area(const struct screen *screen, unsigned int y,
			      const struct space *space, const struct area *a)
{
	unsigned int per_line = (screen->width - CELLS_X - MARGIN) / CELL_WIDTH;
	unsigned long pages = (a->end - a->start) / PAGE_SIZE, most = MOST_LINES * per_line;
	unsigned long per_cell = pages > most ? (pages + most - 1) / most : 1;
	unsigned int lines;

	draw_label(screen, y, a, per_cell);
	lines = draw_cells(screen, y, space, a, per_cell, per_line);
	for (unsigned int i = 1; i < lines; i++) /* no label beside the other lines */
		fill(screen, 0, y + i * LINE_HEIGHT, CELLS_X, LINE_HEIGHT, BLACK);
	return y + lines * LINE_HEIGHT;
}

/* The address space from 0 to 3 GiB, true to scale, but nothing narrower than a pixel. */
static void draw_strip(const struct screen *screen, const struct space *space)
{
	unsigned int y = screen->height - STRIP_HEIGHT, width = screen->width - 2 * MARGIN;
	unsigned long per_pixel = SPACE_END / width + 1;
	char label[16];

	fill(screen, MARGIN, y, width, CELL_HEIGHT, page_color(KIND_KERNEL, PAGE_ABSENT));
	for (unsigned int i = 0; i < space->nr_areas; i++) {
		const struct area *a = &space->areas[i];

		fill(screen, MARGIN + a->start / per_pixel, y, (a->end - a->start) / per_pixel + 1,
		     CELL_HEIGHT, colors[a->kind]);
	}
	for (unsigned long at = 0; at < SPACE_END; at += SPACE_MARK) {
		unsigned int x = MARGIN + at / per_pixel;

		fill(screen, x, y + CELL_HEIGHT, 1, LINE_HEIGHT, GREY);
		snprintf(label, sizeof(label), "%08lx", at);
		write_text(screen, x + 4, y + LINE_HEIGHT + 1, label, GREY, BLACK);
	}
}

void draw_space(const struct screen *screen, const struct space *space)
{
	unsigned int y = AREAS_Y, bottom = screen->height - STRIP_HEIGHT - LINE_HEIGHT, i;
	char title[128];

	snprintf(title, sizeof(title), "vmview: process %d (%s), %u areas; a key ends it      ",
		 space->pid, space->command, space->nr_areas);
	write_text(screen, MARGIN, TITLE_Y, title, WHITE, BLACK);
	draw_legend(screen);
	for (i = 0; i < space->nr_areas && y + MOST_LINES * LINE_HEIGHT < bottom; i++)
		y = draw_area(screen, y, space, &space->areas[i]);
	fill(screen, 0, y, screen->width, bottom - y, BLACK);
	draw_strip(screen, space);
	if (i < space->nr_areas)
		write_text(screen, MARGIN, y, "... and more", GREY, BLACK);
}
