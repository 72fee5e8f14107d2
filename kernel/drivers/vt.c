/*
 * Escape sequences: what a stream of bytes does to a screen of characters. The set is the one of
 * the Linux console (console_codes(4)) as far as programs use it: cursor moves, erasing, inserting
 * and deleting, colours, a scrolling region. It knows nothing of the hardware.
 */
#include "kernel/drivers/vt.h"
#include "kernel/lib/util.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"

#define ESC	      033
#define DEFAULT_FG    7
#define DEFAULT_BG    0
#define UNDERLINE_FG  3 /* the screen cannot underline: cyan, as Linux does */
#define TAB_COLUMNS   8
#define UNKNOWN_GLYPH 0xfe /* a small block */

/* ANSI's order of the colours (red is 1) in the screen's (red is 4); the bright ones follow. */
static const u8 color_table[16] = {0, 4, 2, 6, 1, 5, 3, 7, 8, 12, 10, 14, 9, 13, 11, 15};

/* Characters beyond ASCII that the screen's font (code page 437) has. */
static const struct {
	u16 unicode;
	u8 glyph;
} glyphs[] = {
	{0x00a0, 0xff}, {0x00a3, 0x9c}, {0x00a7, 0x15}, {0x00ab, 0xae}, {0x00b0, 0xf8},
	{0x00b1, 0xf1}, {0x00b2, 0xfd}, {0x00b5, 0xe6}, {0x00b7, 0xfa}, {0x00bb, 0xaf},
	{0x00bc, 0xac}, {0x00bd, 0xab}, {0x00c4, 0x8e}, {0x00c5, 0x8f}, {0x00c6, 0x92},
	{0x00c7, 0x80}, {0x00c9, 0x90}, {0x00d1, 0xa5}, {0x00d6, 0x99}, {0x00dc, 0x9a},
	{0x00df, 0xe1}, {0x00e0, 0x85}, {0x00e1, 0xa0}, {0x00e2, 0x83}, {0x00e4, 0x84},
	{0x00e5, 0x86}, {0x00e6, 0x91}, {0x00e7, 0x87}, {0x00e8, 0x8a}, {0x00e9, 0x82},
	{0x00ea, 0x88}, {0x00eb, 0x89}, {0x00ec, 0x8d}, {0x00ed, 0xa1}, {0x00ee, 0x8c},
	{0x00ef, 0x8b}, {0x00f1, 0xa4}, {0x00f2, 0x95}, {0x00f3, 0xa2}, {0x00f4, 0x93},
	{0x00f6, 0x94}, {0x00f7, 0xf6}, {0x00f9, 0x97}, {0x00fa, 0xa3}, {0x00fb, 0x96},
	{0x00fc, 0x81}, {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'},	{0x201d, '"'},
	{0x2013, '-'},	{0x2014, '-'},	{0x2022, 0x07}, {0x2190, 0x1b}, {0x2191, 0x18},
	{0x2192, 0x1a}, {0x2193, 0x19}, {0x2500, 0xc4}, {0x2502, 0xb3}, {0x250c, 0xda},
	{0x2510, 0xbf}, {0x2514, 0xc0}, {0x2518, 0xd9}, {0x251c, 0xc3}, {0x2524, 0xb4},
	{0x252c, 0xc2}, {0x2534, 0xc1}, {0x253c, 0xc5}, {0x2550, 0xcd}, {0x2551, 0xba},
	{0x2554, 0xc9}, {0x2557, 0xbb}, {0x255a, 0xc8}, {0x255d, 0xbc}, {0x2580, 0xdf},
	{0x2584, 0xdc}, {0x2588, 0xdb}, {0x2591, 0xb0}, {0x2592, 0xb1}, {0x2593, 0xb2},
};

static void default_attributes(struct vt *vt)
{
	vt->cur.fg = DEFAULT_FG;
	vt->cur.bg = DEFAULT_BG;
	vt->cur.bold = vt->cur.blink = vt->cur.underline = vt->cur.reverse = false;
}

/* The attribute byte for what is written now. */
static u8 attribute(const struct vt_cursor *c)
{
	u8 fg = c->underline ? UNDERLINE_FG : c->fg, bg = c->bg & 7;

	if (c->reverse) {
		u8 old = fg;

		fg = (fg & 8) | bg;
		bg = old & 7;
	}
	if (c->bold)
		fg |= 8;
	return fg | bg << 4 | (c->blink ? 0x80 : 0);
}

static u16 blank(const struct vt *vt)
{
	return ' ' | (vt->cur.fg | (vt->cur.bg & 7) << 4) << 8;
}

static void mark_dirty(struct vt *vt, unsigned int from, unsigned int to)
{
	for (unsigned int y = from; y < to; y++)
		vt->dirty_rows |= 1U << y;
}

static void fill(struct vt *vt, unsigned int y, unsigned int from, unsigned int to)
{
	u16 cell = blank(vt);

	for (unsigned int x = from; x < to; x++)
		vt->cells[y][x] = cell;
	vt->dirty_rows |= 1U << y;
}

static void clear_rows(struct vt *vt, unsigned int from, unsigned int to)
{
	for (unsigned int y = from; y < to; y++)
		fill(vt, y, 0, VT_COLS);
}

void vt_reset(struct vt *vt)
{
	memset(vt, 0, sizeof(*vt));
	default_attributes(vt);
	vt->saved = vt->cur;
	vt->bottom = VT_ROWS;
	vt->autowrap = vt->cursor_on = true;
	clear_rows(vt, 0, VT_ROWS);
}

/* ---- scrolling ---- */

static void scroll_up(struct vt *vt, unsigned int top, unsigned int bottom, unsigned int n)
{
	n = min(n, bottom - top);
	memmove(vt->cells[top], vt->cells[top + n], (bottom - top - n) * sizeof(vt->cells[0]));
	clear_rows(vt, bottom - n, bottom);
	if (top == 0 && bottom == VT_ROWS) {
		/* The screen moves as a whole: only the new rows have to be written. */
		vt->scrolled += n;
		vt->dirty_rows >>= n;
		mark_dirty(vt, bottom - n, bottom);
	} else {
		mark_dirty(vt, top, bottom);
	}
}

static void scroll_down(struct vt *vt, unsigned int top, unsigned int bottom, unsigned int n)
{
	n = min(n, bottom - top);
	memmove(vt->cells[top + n], vt->cells[top], (bottom - top - n) * sizeof(vt->cells[0]));
	clear_rows(vt, top, top + n);
	mark_dirty(vt, top, bottom);
}

static void line_feed(struct vt *vt)
{
	if (vt->cur.y + 1 == vt->bottom)
		scroll_up(vt, vt->top, vt->bottom, 1);
	else if (vt->cur.y + 1 < VT_ROWS)
		vt->cur.y++;
}

static void reverse_line_feed(struct vt *vt)
{
	if (vt->cur.y == vt->top)
		scroll_down(vt, vt->top, vt->bottom, 1);
	else if (vt->cur.y)
		vt->cur.y--;
}

static void move_to(struct vt *vt, int x, int y)
{
	vt->cur.x = clamp(x, 0, VT_COLS - 1);
	vt->cur.y = clamp(y, 0, VT_ROWS - 1);
	vt->wrap_pending = false;
}

/* ---- CSI sequences ---- */

/* Parameter i; absent or 0 counts as `def`. */
static unsigned int param(const struct vt *vt, unsigned int i, unsigned int def)
{
	return i < vt->nr_params && vt->params[i] ? vt->params[i] : def;
}

static void erase_display(struct vt *vt)
{
	switch (param(vt, 0, 0)) {
	case 0:
		fill(vt, vt->cur.y, vt->cur.x, VT_COLS);
		clear_rows(vt, vt->cur.y + 1, VT_ROWS);
		break;
	case 1:
		clear_rows(vt, 0, vt->cur.y);
		fill(vt, vt->cur.y, 0, vt->cur.x + 1);
		break;
	case 2:
	case 3:
		clear_rows(vt, 0, VT_ROWS);
		break;
	}
}

static void erase_line(struct vt *vt)
{
	switch (param(vt, 0, 0)) {
	case 0:
		fill(vt, vt->cur.y, vt->cur.x, VT_COLS);
		break;
	case 1:
		fill(vt, vt->cur.y, 0, vt->cur.x + 1);
		break;
	case 2:
		fill(vt, vt->cur.y, 0, VT_COLS);
		break;
	}
}

static void insert_chars(struct vt *vt, unsigned int n)
{
	u16 *row = vt->cells[vt->cur.y];
	unsigned int x = vt->cur.x;

	n = min(n, VT_COLS - x);
	memmove(row + x + n, row + x, (VT_COLS - x - n) * sizeof(*row));
	fill(vt, vt->cur.y, x, x + n);
}

static void delete_chars(struct vt *vt, unsigned int n)
{
	u16 *row = vt->cells[vt->cur.y];
	unsigned int x = vt->cur.x;

	n = min(n, VT_COLS - x);
	memmove(row + x, row + x + n, (VT_COLS - x - n) * sizeof(*row));
	fill(vt, vt->cur.y, VT_COLS - n, VT_COLS);
}

/* 38;5;n or 48;5;n: the colour number, brought down to the screen's sixteen; *i goes on behind it.
 */
static int extended_color(const struct vt *vt, unsigned int *i)
{
	unsigned int n, r, g, b;

	if (*i + 2 >= vt->nr_params || vt->params[*i + 1] != 5) {
		*i = vt->nr_params;
		return -1;
	}
	n = vt->params[*i + 2];
	*i += 2;
	if (n < 16)
		return color_table[n];
	if (n >= 232) /* greys */
		return n < 238 ? 0 : n < 244 ? 8 : n < 250 ? 7 : 15;
	r = (n - 16) / 36;
	g = (n - 16) / 6 % 6;
	b = (n - 16) % 6;
	return (r > 2) << 2 | (g > 2) << 1 | (b > 2) | (r > 4 || g > 4 || b > 4) << 3;
}

static void set_color(struct vt *vt, unsigned int *i)
{
	unsigned int n = vt->params[*i];
	int color;

	if (n == 38 || n == 48) {
		color = extended_color(vt, i);
		if (color >= 0 && n == 38)
			vt->cur.fg = color;
		else if (color >= 0)
			vt->cur.bg = color;
	} else if (n >= 30 && n <= 37) {
		vt->cur.fg = color_table[n - 30];
	} else if (n == 39) {
		vt->cur.fg = DEFAULT_FG;
	} else if (n >= 40 && n <= 47) {
		vt->cur.bg = color_table[n - 40];
	} else if (n == 49) {
		vt->cur.bg = DEFAULT_BG;
	} else if (n >= 90 && n <= 97) {
		vt->cur.fg = color_table[n - 90 + 8];
	} else if (n >= 100 && n <= 107) {
		vt->cur.bg = color_table[n - 100];
	}
}

static void set_attributes(struct vt *vt)
{
	for (unsigned int i = 0; i < max(vt->nr_params, 1U); i++) {
		switch (vt->params[i]) {
		case 0:
			default_attributes(vt);
			break;
		case 1:
			vt->cur.bold = true;
			break;
		case 4:
		case 21:
			vt->cur.underline = true;
			break;
		case 5:
			vt->cur.blink = true;
			break;
		case 7:
			vt->cur.reverse = true;
			break;
		case 22:
			vt->cur.bold = false;
			break;
		case 24:
			vt->cur.underline = false;
			break;
		case 25:
			vt->cur.blink = false;
			break;
		case 27:
			vt->cur.reverse = false;
			break;
		default:
			set_color(vt, &i);
		}
	}
}

/* CSI h and l. */
static void set_modes(struct vt *vt, bool on)
{
	for (unsigned int i = 0; i < vt->nr_params; i++) {
		if (!vt->private && vt->params[i] == 4)
			vt->insert = on;
		if (!vt->private)
			continue;
		switch (vt->params[i]) {
		case 1:
			vt->cursor_keys = on;
			break;
		case 7:
			vt->autowrap = on;
			break;
		case 25:
			vt->cursor_on = on;
			break;
		}
	}
}

static void set_scroll_region(struct vt *vt)
{
	unsigned int top = param(vt, 0, 1), bottom = param(vt, 1, VT_ROWS);

	if (top < bottom && bottom <= VT_ROWS) {
		vt->top = top - 1;
		vt->bottom = bottom;
		move_to(vt, 0, 0);
	}
}

/* Answer a question of the program. */
static void report(struct vt *vt, u8 command)
{
	if (command == 'c' && !vt->private)
		strcpy(vt->reply, "\033[?6c");
	else if (command == 'n' && vt->params[0] == 5)
		strcpy(vt->reply, "\033[0n");
	else if (command == 'n' && vt->params[0] == 6)
		snprintf(vt->reply, sizeof(vt->reply), "\033[%d;%dR", vt->cur.y + 1, vt->cur.x + 1);
}

/* Commands that move the cursor. False: it was another. */
static bool csi_move(struct vt *vt, u8 command)
{
	/* Large numbers mean "to the edge". */
	int n = min(param(vt, 0, 1), 255U), x = vt->cur.x, y = vt->cur.y;

	switch (command) {
	case 'A':
		move_to(vt, x, y - n);
		break;
	case 'B':
	case 'e':
		move_to(vt, x, y + n);
		break;
	case 'C':
	case 'a':
		move_to(vt, x + n, y);
		break;
	case 'D':
		move_to(vt, x - n, y);
		break;
	case 'E':
		move_to(vt, 0, y + n);
		break;
	case 'F':
		move_to(vt, 0, y - n);
		break;
	case 'G':
	case '`':
		move_to(vt, n - 1, y);
		break;
	case 'd':
		move_to(vt, x, n - 1);
		break;
	case 'H':
	case 'f':
		move_to(vt, (int)min(param(vt, 1, 1), 255U) - 1, n - 1);
		break;
	default:
		return false;
	}
	return true;
}

/* Commands that change the text. False: it was another. */
static bool csi_edit(struct vt *vt, u8 command)
{
	unsigned int n = param(vt, 0, 1), y = vt->cur.y;

	switch (command) {
	case 'J':
		erase_display(vt);
		break;
	case 'K':
		erase_line(vt);
		break;
	case '@':
		insert_chars(vt, n);
		break;
	case 'P':
		delete_chars(vt, n);
		break;
	case 'X':
		fill(vt, y, vt->cur.x,
		     min(vt->cur.x + min(n, (unsigned int)VT_COLS), VT_COLS + 0U));
		break;
	case 'L':
		if (y >= vt->top && y < vt->bottom)
			scroll_down(vt, y, vt->bottom, n);
		break;
	case 'M':
		if (y >= vt->top && y < vt->bottom)
			scroll_up(vt, y, vt->bottom, n);
		break;
	case 'S':
		scroll_up(vt, vt->top, vt->bottom, n);
		break;
	case 'T':
		scroll_down(vt, vt->top, vt->bottom, n);
		break;
	default:
		return false;
	}
	vt->wrap_pending = false;
	return true;
}

static void csi_command(struct vt *vt, u8 command)
{
	if (command == 'h' || command == 'l') {
		set_modes(vt, command == 'h');
		return;
	}
	if (command == 'c' || command == 'n') {
		report(vt, command);
		return;
	}
	if (vt->private || csi_move(vt, command) || csi_edit(vt, command))
		return;
	switch (command) {
	case 'm':
		set_attributes(vt);
		break;
	case 'r':
		set_scroll_region(vt);
		break;
	case 's':
		vt->saved = vt->cur;
		break;
	case 'u':
		vt->cur = vt->saved;
		vt->wrap_pending = false;
		break;
	}
}

static void csi_char(struct vt *vt, u8 c)
{
	if (c >= '0' && c <= '9') {
		unsigned int *p = &vt->params[vt->nr_params ? vt->nr_params - 1 : 0];

		if (!vt->nr_params)
			vt->nr_params = 1;
		if (*p < 10000)
			*p = *p * 10 + (c - '0');
	} else if (c == ';') {
		if (!vt->nr_params)
			vt->nr_params = 1;
		if (vt->nr_params < VT_MAX_PARAMS)
			vt->nr_params++;
	} else if (c == '?' || c == '>' || c == '=') {
		vt->private = true;
	} else if (c == '[' && !vt->nr_params) {
		vt->state = VT_CSI_LINUX;
	} else if (c >= '@' && c <= '~') {
		vt->state = VT_NORMAL;
		csi_command(vt, c);
	}
}

/* ---- other sequences ---- */

static void esc_char(struct vt *vt, u8 c)
{
	vt->state = VT_NORMAL;
	switch (c) {
	case '[':
		memset(vt->params, 0, sizeof(vt->params));
		vt->nr_params = 0;
		vt->private = false;
		vt->state = VT_CSI;
		break;
	case ']':
		vt->state = VT_OSC;
		break;
	case '(':
	case ')':
	case '#':
	case '%':
		vt->state = VT_CHARSET;
		break;
	case '7':
		vt->saved = vt->cur;
		break;
	case '8':
		vt->cur = vt->saved;
		vt->wrap_pending = false;
		break;
	case 'c':
		vt_reset(vt);
		break;
	case 'D':
		line_feed(vt);
		break;
	case 'E':
		vt->cur.x = 0;
		line_feed(vt);
		break;
	case 'M':
		reverse_line_feed(vt);
		break;
	}
}

/* ---- ordinary characters ---- */

static u8 glyph_of(u32 unicode)
{
	if (unicode < 0x80)
		return unicode;
	for (unsigned int i = 0; i < ARRAY_SIZE(glyphs); i++) {
		if (glyphs[i].unicode == unicode)
			return glyphs[i].glyph;
	}
	return UNKNOWN_GLYPH;
}

static void put_glyph(struct vt *vt, u8 glyph)
{
	if (vt->wrap_pending) {
		vt->wrap_pending = false;
		vt->cur.x = 0;
		line_feed(vt);
	}
	if (vt->insert)
		insert_chars(vt, 1);
	vt->cells[vt->cur.y][vt->cur.x] = glyph | attribute(&vt->cur) << 8;
	vt->dirty_rows |= 1U << vt->cur.y;
	if (vt->cur.x + 1 < VT_COLS)
		vt->cur.x++;
	else
		vt->wrap_pending = vt->autowrap;
}

/* Decode UTF-8; a byte that does not belong is shown as unknown. */
static void text_char(struct vt *vt, u8 c)
{
	if (vt->utf8_left && (c & 0xc0) == 0x80) {
		vt->utf8 = vt->utf8 << 6 | (c & 0x3f);
		if (!--vt->utf8_left)
			put_glyph(vt, glyph_of(vt->utf8));
		return;
	}
	if (vt->utf8_left) {
		vt->utf8_left = 0;
		put_glyph(vt, UNKNOWN_GLYPH);
	}
	if (c < 0x80) {
		put_glyph(vt, c);
	} else if ((c & 0xe0) == 0xc0) {
		vt->utf8_left = 1;
		vt->utf8 = c & 0x1f;
	} else if ((c & 0xf0) == 0xe0) {
		vt->utf8_left = 2;
		vt->utf8 = c & 0x0f;
	} else if ((c & 0xf8) == 0xf0) {
		vt->utf8_left = 3;
		vt->utf8 = c & 0x07;
	} else {
		put_glyph(vt, UNKNOWN_GLYPH);
	}
}

/* Control characters work inside escape sequences too. True if c was one. */
static bool control_char(struct vt *vt, u8 c)
{
	switch (c) {
	case '\a':
		if (vt->state == VT_OSC)
			vt->state = VT_NORMAL;
		break;
	case '\b':
		if (vt->cur.x && !vt->wrap_pending)
			vt->cur.x--;
		vt->wrap_pending = false;
		break;
	case '\t':
		move_to(vt, (vt->cur.x / TAB_COLUMNS + 1) * TAB_COLUMNS, vt->cur.y);
		break;
	case '\n':
	case '\v':
	case '\f':
		vt->wrap_pending = false;
		line_feed(vt);
		break;
	case '\r':
		vt->wrap_pending = false;
		vt->cur.x = 0;
		break;
	case ESC:
		vt->state = VT_ESC;
		break;
	default:
		return c < ' ' || c == 0x7f; /* the others do nothing */
	}
	return true;
}

void vt_put(struct vt *vt, u8 c)
{
	if (control_char(vt, c))
		return;
	switch (vt->state) {
	case VT_NORMAL:
		text_char(vt, c);
		break;
	case VT_ESC:
		esc_char(vt, c);
		break;
	case VT_CSI:
		csi_char(vt, c);
		break;
	case VT_CSI_LINUX:
	case VT_CHARSET:
		vt->state = VT_NORMAL;
		break;
	case VT_OSC:
		break;
	}
}
