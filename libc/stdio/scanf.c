/*
 * The scanf family (C11 7.21.6.2, and POSIX's %2$d). Each conversion takes the longest run of
 * characters that can be the start of what it wants; at most one character is given back to the
 * stream.
 */
#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "libc/stdio/stdio_impl.h"

#define NUMBER_SIZE 128	 /* more significant digits than any integer has */
#define FLOAT_SIZE  1200 /* as many as strtod looks at */

enum size {
	SIZE_CHAR,
	SIZE_SHORT,
	SIZE_INT,
	SIZE_LONG,
	SIZE_LLONG
};

struct scan {
	FILE *f;
	long count; /* characters taken so far */
	int width;  /* characters the conversion may still take */
};

/* One conversion specification. */
struct item {
	int arg;      /* the number of %2$d; 0: the next argument */
	int suppress; /* '*' */
	int allocate; /* 'm' */
	int width;    /* 0: none given */
	enum size size;
	int long_double;
	int wide; /* text goes into wide characters */
	char conv;
	const char *set; /* of a %[: its first character */
	const char *set_end;
};

static int next(struct scan *s)
{
	int c = EOF;

	if (s->width > 0 && (c = fgetc(s->f)) != EOF) {
		s->count++;
		s->width--;
	}
	return c;
}

static void back(struct scan *s, int c)
{
	if (c == EOF)
		return;
	__unread(s->f);
	s->count--;
	s->width++;
}

/* Returns 0 if the input ended there. */
static int skip_space(struct scan *s)
{
	int c, width = s->width;

	s->width = INT32_MAX;
	do
		c = next(s);
	while (isspace(c));
	back(s, c);
	s->width = width;
	return c != EOF;
}

/* Text that is being collected, in the caller's array or in one that grows. */
struct text {
	char *p;
	size_t len;
	size_t room; /* 0: not to be checked; the caller's array is large enough */
	int wide;
	int failed;
};

static void put(struct text *t, char c, int allocate)
{
	if (allocate && t->len == t->room) {
		size_t room = t->room ? 2 * t->room : 32;
		char *more = realloc(t->p, room * (t->wide ? sizeof(wchar_t) : 1));

		if (!more) {
			t->failed = 1;
			return;
		}
		t->p = more;
		t->room = room;
	}
	if (t->p && t->wide)
		((wchar_t *)t->p)[t->len] = (unsigned char)c;
	else if (t->p)
		t->p[t->len] = c;
	t->len++;
}

/* Is c in the set of a %[, where a-b stands for a range, but b-a for three characters? */
static int in_set(const struct item *item, unsigned char c)
{
	const char *p = item->set;
	int invert = *p == '^', found = 0;

	for (p += invert; p < item->set_end; p++) {
		if (p + 2 < item->set_end && p[1] == '-' &&
		    (unsigned char)p[0] <= (unsigned char)p[2]) {
			found |= c >= (unsigned char)p[0] && c <= (unsigned char)p[2];
			p += 2;
		} else {
			found |= c == (unsigned char)*p;
		}
	}
	return found != invert;
}

static int accepts(const struct item *item, int c)
{
	if (c == EOF)
		return 0;
	if (item->conv == 'c')
		return 1;
	return item->conv == 's' ? !isspace(c) : in_set(item, c);
}

/* %s, %c and %[. Returns 1, or 0 if nothing fits, or EOF. */
static int scan_text(struct scan *s, const struct item *item, void *dest)
{
	struct text t = {.wide = item->wide};
	int c;

	if (item->allocate)
		*(char **)dest = NULL;
	else if (!item->suppress)
		t.p = dest;
	while (accepts(item, c = next(s)) && !t.failed)
		put(&t, c, item->allocate);
	if (s->width >= 0 && c != EOF)
		back(s, c);
	if (t.len == 0) {
		if (item->allocate)
			free(t.p);
		return c == EOF && s->width > 0 ? EOF : 0;
	}
	if (item->conv != 'c')
		put(&t, '\0', item->allocate);
	if (t.failed) {
		free(t.p);
		return EOF;
	}
	if (item->allocate)
		*(char **)dest = t.p;
	return 1;
}

static void store_integer(void *dest, enum size size, unsigned long long v)
{
	switch (size) {
	case SIZE_CHAR:
		*(unsigned char *)dest = v;
		break;
	case SIZE_SHORT:
		*(unsigned short *)dest = v;
		break;
	case SIZE_INT:
		*(unsigned int *)dest = v;
		break;
	case SIZE_LONG:
		*(unsigned long *)dest = v;
		break;
	case SIZE_LLONG:
		*(unsigned long long *)dest = v;
		break;
	}
}

static int base_of(char conv)
{
	switch (conv) {
	case 'd':
	case 'u':
		return 10;
	case 'o':
		return 8;
	case 'x':
		return 16;
	default:
		return 0; /* i: as the prefix tells */
	}
}

static int is_digit(int c, int base)
{
	int v = isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : 36;

	return v < base;
}

/*
 * Collects sign, prefix and digits as strtol understands them. Returns the number of digits;
 * zeros at the front are not kept, so that the array is always large enough for the rest.
 */
static int collect_integer(struct scan *s, char *text, int *base)
{
	int c = next(s), digits = 0;
	char *p = text, *first;

	if (c == '+' || c == '-') {
		*p++ = c;
		c = next(s);
	}
	if (c == '0' && (*base == 0 || *base == 16)) {
		digits = 1;
		c = next(s);
		if (c == 'x' || c == 'X') {
			*base = 16;
			digits = 0;
			c = next(s);
		} else if (*base == 0) {
			*base = 8;
		}
	}
	if (*base == 0)
		*base = 10;
	for (first = p; is_digit(c, *base); c = next(s)) {
		digits++;
		if ((c != '0' || p > first) && p < text + NUMBER_SIZE - 2)
			*p++ = c;
	}
	back(s, c);
	if (p == first)
		*p++ = '0';
	*p = '\0';
	return digits;
}

static int scan_integer(struct scan *s, const struct item *item, void *dest)
{
	char text[NUMBER_SIZE];
	int base = base_of(item->conv);
	int is_signed = item->conv == 'd' || item->conv == 'i';
	unsigned long long v;
	int saved = errno;

	if (!collect_integer(s, text, &base))
		return 0;
	if (item->size == SIZE_LLONG)
		v = is_signed ? (unsigned long long)strtoll(text, NULL, base)
			      : strtoull(text, NULL, base);
	else
		v = is_signed ? (unsigned long)strtol(text, NULL, base) : strtoul(text, NULL, base);
	errno = saved;
	if (!item->suppress)
		store_integer(dest, item->size, v);
	return 1;
}

/* Adds c to the text and takes the next character. */
static int keep(struct scan *s, char *text, size_t *len, int c)
{
	if (*len < FLOAT_SIZE - 1)
		text[(*len)++] = c;
	return next(s);
}

/* Takes the letters of a word, in either case, as far as they come. */
static int collect_word(struct scan *s, char *text, size_t *len, int c, const char *word)
{
	while (*word && tolower(c) == *word) {
		c = keep(s, text, len, c);
		word++;
	}
	return c;
}

static void collect_float(struct scan *s, char *text)
{
	int hex = 0, point = 0, c = next(s);
	size_t len = 0;

	if (c == '+' || c == '-')
		c = keep(s, text, &len, c);
	if (tolower(c) == 'i') {
		c = collect_word(s, text, &len, c, "infinity");
	} else if (tolower(c) == 'n') {
		c = collect_word(s, text, &len, c, "nan");
	} else {
		if (c == '0') {
			c = keep(s, text, &len, c);
			if (tolower(c) == 'x') {
				hex = 1;
				c = keep(s, text, &len, c);
			}
		}
		for (; is_digit(c, hex ? 16 : 10) || (c == '.' && !point);
		     c = keep(s, text, &len, c))
			point |= c == '.';
		if (tolower(c) == (hex ? 'p' : 'e') && len) {
			c = keep(s, text, &len, c);
			if (c == '+' || c == '-')
				c = keep(s, text, &len, c);
			while (isdigit(c))
				c = keep(s, text, &len, c);
		}
	}
	back(s, c);
	text[len] = '\0';
}

static int scan_float(struct scan *s, const struct item *item, void *dest)
{
	char text[FLOAT_SIZE], *end;
	int saved = errno;

	collect_float(s, text);
	/* The whole of it must be a number: "1e" is a matching failure. */
	strtod(text, &end);
	if (end == text || *end)
		return 0;
	if (!item->suppress) {
		if (item->long_double)
			*(long double *)dest = strtold(text, NULL);
		else if (item->size == SIZE_LONG)
			*(double *)dest = strtod(text, NULL);
		else
			*(float *)dest = strtof(text, NULL);
	}
	errno = saved;
	return 1;
}

static int scan_pointer(struct scan *s, const struct item *item, void *dest)
{
	struct item hex = *item;
	int c = next(s);
	size_t len = 0;
	char text[8];

	if (c == '(') {
		const char *nil = "(nil)";

		while (*nil && c == *nil && len < sizeof(text) - 1) {
			text[len++] = c;
			c = *++nil ? next(s) : c;
		}
		if (*nil) {
			back(s, c);
			return 0;
		}
		if (!item->suppress)
			*(void **)dest = NULL;
		return 1;
	}
	back(s, c);
	hex.conv = 'x';
	hex.size = SIZE_LONG;
	return scan_integer(s, &hex, dest);
}

static const char *parse_size(const char *p, struct item *item)
{
	item->size = SIZE_INT;
	switch (*p) {
	case 'h':
		item->size = p[1] == 'h' ? SIZE_CHAR : SIZE_SHORT;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		item->size = p[1] == 'l' ? SIZE_LLONG : SIZE_LONG;
		return p + (p[1] == 'l' ? 2 : 1);
	case 'L':
		item->long_double = 1;
		item->size = SIZE_LLONG;
		return p + 1;
	case 'q':
	case 'j':
		item->size = SIZE_LLONG;
		return p + 1;
	case 'z':
	case 't':
		item->size = SIZE_LONG;
		return p + 1;
	default:
		return p;
	}
}

static const char *parse_number(const char *p, int *value)
{
	for (*value = 0; isdigit((unsigned char)*p); p++)
		*value = *value * 10 + *p - '0';
	return p;
}

/* Parses what follows the '%'. Returns the end of it. */
static const char *parse_item(const char *p, struct item *item)
{
	memset(item, 0, sizeof(*item));
	p = parse_number(p, &item->width);
	if (*p == '$') {
		item->arg = item->width;
		p++;
	}
	if (*p == '*') {
		item->suppress = 1;
		p++;
	}
	/* The C locale groups no digits. */
	p += *p == '\'';
	if (!item->width || item->arg)
		p = parse_number(p, &item->width);
	if (*p == 'm') {
		item->allocate = !item->suppress;
		p++;
	}
	p = parse_size(p, item);
	item->conv = *p;
	if (*p)
		p++;
	if (item->conv == '[') {
		item->set = p;
		p += *p == '^';
		/* A ']' in the first place belongs to the set. */
		if (*p == ']')
			p++;
		p = strchrnul(p, ']');
		item->set_end = p;
		if (*p)
			p++;
	}
	item->wide = item->size == SIZE_LONG;
	if (strchr("SC", item->conv))
		item->wide = 1;
	if (strchr("XEFGASC", item->conv))
		item->conv = tolower(item->conv);
	return p;
}

/* Does one conversion. Returns 1, 0 for a matching failure, EOF for an input failure. */
static int convert(struct scan *s, const struct item *item, void *dest)
{
	if (!strchr("c[n", item->conv) && !skip_space(s)) {
		if (item->allocate)
			*(char **)dest = NULL;
		return EOF;
	}
	s->width = item->width ? item->width : INT32_MAX;
	switch (item->conv) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
		return scan_integer(s, item, dest);
	case 'c':
		if (!item->width)
			s->width = 1;
		return scan_text(s, item, dest);
	case 's':
	case '[':
		return scan_text(s, item, dest);
	case 'p':
		return scan_pointer(s, item, dest);
	case 'e':
	case 'f':
	case 'g':
	case 'a':
		return scan_float(s, item, dest);
	default:
		return 0;
	}
}

static int match_literal(struct scan *s, char want)
{
	int c;

	s->width = 1;
	c = next(s);
	if (c == (unsigned char)want)
		return 1;
	back(s, c);
	return c == EOF ? EOF : 0;
}

/* Where the conversions go: all of them are pointers. */
struct destinations {
	va_list first;
	va_list next;
};

static void *destination(struct destinations *to, const struct item *item)
{
	void *dest = NULL;
	va_list ap;
	int i;

	if (item->suppress)
		return NULL;
	if (!item->arg)
		return va_arg(to->next, void *);
	va_copy(ap, to->first);
	for (i = 0; i < item->arg; i++)
		dest = va_arg(ap, void *);
	va_end(ap);
	return dest;
}

static int scan(FILE *f, const char *fmt, struct destinations *to)
{
	struct scan s = {.f = f};
	int assigned = 0, ok = 1;

	while (*fmt && ok > 0) {
		struct item item;
		void *dest;

		if (isspace((unsigned char)*fmt)) {
			fmt++;
			skip_space(&s);
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			if (*fmt == '%') {
				fmt++;
				skip_space(&s);
			}
			ok = match_literal(&s, *fmt++);
			continue;
		}
		fmt = parse_item(fmt + 1, &item);
		dest = destination(to, &item);
		if (item.conv == 'n') {
			if (dest)
				store_integer(dest, item.size, s.count);
			continue;
		}
		ok = convert(&s, &item, dest);
		assigned += ok > 0 && !item.suppress;
	}
	return ok == EOF && !assigned ? EOF : assigned;
}

int vfscanf(FILE *f, const char *fmt, va_list ap)
{
	struct destinations to;
	int assigned;

	if (__to_read(f) < 0)
		return EOF;
	va_copy(to.first, ap);
	va_copy(to.next, ap);
	assigned = scan(f, fmt, &to);
	va_end(to.next);
	va_end(to.first);
	return assigned;
}

int vsscanf(const char *s, const char *fmt, va_list ap)
{
	FILE f;

	__open_string(&f, s);
	return vfscanf(&f, fmt, ap);
}

int fscanf(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vfscanf(f, fmt, ap);
	va_end(ap);
	return n;
}

int sscanf(const char *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsscanf(s, fmt, ap);
	va_end(ap);
	return n;
}
