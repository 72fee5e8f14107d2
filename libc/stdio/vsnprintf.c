/*
 * Formatted output, as C11 7.21.6 describes it, for integers, strings, characters and
 * pointers. libc and the kernel share this file, so it uses no floating point, no allocator
 * and no 64-bit division (which would need the compiler's run-time library); the conversions
 * of floating-point numbers stand in fmt_fp.c, others that only programs have in format_more.c.
 *
 * __format is the loop: literal text, then one specification after the other. Everything it
 * produces goes through an output that counts the characters and hands them to the sink.
 */
#include <limits.h>
#include <stdint.h>
#include "libc/include/string.h"
#include "libc/stdio/format_impl.h"

#pragma weak __format_fp
#pragma weak __format_more
#pragma weak __format_positional
#pragma weak __format_fail

#define PAD_CHUNK     16
#define MAX_DIGITS    24 /* 22 octal digits of 64 bits, and some room */
#define DECIMAL_CHUNK 10000u
#define CHUNK_DIGITS  4

static void count(struct format_output *out, size_t len)
{
	if (len > INT_MAX - out->total)
		out->failed = FORMAT_TOO_LONG;
	else
		out->total += len;
}

static void emit(struct format_output *out, const char *s, size_t len)
{
	count(out, len);
	if (len && !out->failed)
		out->sink->write(out->sink, s, len);
}

void __format_pad(struct format_sink *sink, char c, int len)
{
	char chunk[PAD_CHUNK];

	memset(chunk, c, sizeof(chunk));
	for (; len > PAD_CHUNK; len -= PAD_CHUNK)
		sink->write(sink, chunk, PAD_CHUNK);
	if (len > 0)
		sink->write(sink, chunk, len);
}

static void pad(struct format_output *out, char c, int len)
{
	if (len <= 0)
		return;
	count(out, len);
	if (!out->failed)
		__format_pad(out->sink, c, len);
}

/*
 * Divides *v by 10000 and returns the remainder, by 16-bit limbs, so that every division is
 * one of 32 bits.
 */
static uint32_t divide_chunk(uint64_t *v)
{
	uint64_t quotient = 0;
	uint32_t rest = 0;
	int shift;

	for (shift = 48; shift >= 0; shift -= 16) {
		uint32_t part = rest << 16 | (uint16_t)(*v >> shift);

		quotient |= (uint64_t)(part / DECIMAL_CHUNK) << shift;
		rest = part % DECIMAL_CHUNK;
	}
	*v = quotient;
	return rest;
}

/* The digits of v, ending before `end`; none at all for 0. Returns the first one. */
static char *decimal(char *end, uint64_t v)
{
	uint32_t small;
	int i;

	while (v > UINT32_MAX) {
		uint32_t chunk = divide_chunk(&v);

		for (i = 0; i < CHUNK_DIGITS; i++, chunk /= 10)
			*--end = '0' + chunk % 10;
	}
	for (small = v; small; small /= 10)
		*--end = '0' + small % 10;
	return end;
}

/* The same in base 2^bits. */
static char *binary(char *end, uint64_t v, int bits, const char *digits)
{
	for (; v; v >>= bits)
		*--end = digits[v & ((1u << bits) - 1)];
	return end;
}

/* Prefix, zeros and digits, in the field that spec describes. */
static void emit_number(struct format_output *out, const struct format_spec *spec,
			const char *prefix, const char *digits, int len)
{
	int prefix_len = strlen(prefix);
	int zeros = spec->precision > len ? spec->precision - len : 0;
	int spaces = spec->width - prefix_len - len;

	if ((spec->flags & FORMAT_ZERO) && !(spec->flags & FORMAT_LEFT) && spec->precision < 0 &&
	    spaces > 0)
		zeros = spaces;
	spaces -= zeros;
	if (!(spec->flags & FORMAT_LEFT))
		pad(out, ' ', spaces);
	emit(out, prefix, prefix_len);
	pad(out, '0', zeros);
	emit(out, digits, len);
	if (spec->flags & FORMAT_LEFT)
		pad(out, ' ', spaces);
}

void __format_text(struct format_output *out, const struct format_spec *spec, const char *s,
		   int len)
{
	if (!(spec->flags & FORMAT_LEFT))
		pad(out, ' ', spec->width - len);
	emit(out, s, len);
	if (spec->flags & FORMAT_LEFT)
		pad(out, ' ', spec->width - len);
}

static const char *sign_prefix(const struct format_spec *spec, int negative)
{
	if (negative)
		return "-";
	if (spec->flags & FORMAT_PLUS)
		return "+";
	return spec->flags & FORMAT_SPACE ? " " : "";
}

static void format_signed(struct format_output *out, const struct format_spec *spec, int64_t v)
{
	char digits[MAX_DIGITS];
	char *end = digits + MAX_DIGITS;
	char *start = decimal(end, v < 0 ? -(uint64_t)v : (uint64_t)v);

	if (start == end && spec->precision != 0)
		*--start = '0';
	emit_number(out, spec, sign_prefix(spec, v < 0), start, end - start);
}

static void format_unsigned(struct format_output *out, const struct format_spec *spec, uint64_t v)
{
	int upper = spec->flags & FORMAT_UPPER;
	char digits[MAX_DIGITS];
	char *end = digits + MAX_DIGITS;
	const char *prefix = "";
	char *start;

	switch (spec->conv) {
	case 'o':
		start = binary(end, v, 3, "01234567");
		if ((spec->flags & FORMAT_ALT) && spec->precision <= end - start)
			*--start = '0';
		break;
	case 'x':
		start = binary(end, v, 4, upper ? "0123456789ABCDEF" : "0123456789abcdef");
		if ((spec->flags & FORMAT_ALT) && v)
			prefix = upper ? "0X" : "0x";
		break;
	default:
		start = decimal(end, v);
		break;
	}
	if (start == end && spec->precision != 0)
		*--start = '0';
	emit_number(out, spec, prefix, start, end - start);
}

static void format_pointer(struct format_output *out, const struct format_spec *spec, uintptr_t v)
{
	char digits[MAX_DIGITS];
	char *end = digits + MAX_DIGITS;
	const char *sign = sign_prefix(spec, 0);
	char prefix[4];
	char *start;

	if (v == 0) {
		__format_text(out, spec, "(nil)", 5);
		return;
	}
	start = binary(end, v, 4, "0123456789abcdef");
	strcpy(prefix, sign);
	strcat(prefix, "0x");
	emit_number(out, spec, prefix, start, end - start);
}

static void format_string(struct format_output *out, const struct format_spec *spec, const char *s)
{
	int len;

	if (!s)
		s = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
	/* With a precision the string need not be terminated. */
	len = spec->precision < 0 ? strlen(s) : strnlen(s, spec->precision);
	__format_text(out, spec, s, len);
}

int64_t __format_next_integer(struct format_args *args, enum format_length length)
{
	switch (length) {
	case LEN_LONG:
		return va_arg(args->ap, long);
	case LEN_LLONG:
		return va_arg(args->ap, long long);
	case LEN_SIZE:
	case LEN_PTRDIFF:
		return va_arg(args->ap, ptrdiff_t);
	case LEN_MAX:
		return va_arg(args->ap, intmax_t);
	default:
		return va_arg(args->ap, int);
	}
}

static int64_t integer_arg(struct format_args *args, int number, enum format_length length)
{
	if (args->values)
		return __format_value(args, number)->integer;
	return __format_next_integer(args, length);
}

static int64_t signed_arg(struct format_args *args, const struct format_spec *spec)
{
	int64_t v = integer_arg(args, spec->arg, spec->length);

	if (spec->length == LEN_CHAR)
		return (signed char)v;
	return spec->length == LEN_SHORT ? (short)v : v;
}

static uint64_t unsigned_arg(struct format_args *args, const struct format_spec *spec)
{
	int64_t v = integer_arg(args, spec->arg, spec->length);

	switch (spec->length) {
	case LEN_CHAR:
		return (unsigned char)v;
	case LEN_SHORT:
		return (unsigned short)v;
	case LEN_INT:
		return (unsigned int)v;
	case LEN_LONG:
		return (unsigned long)v;
	case LEN_SIZE:
	case LEN_PTRDIFF:
		return (size_t)v;
	default:
		return v;
	}
}

static const char *parse_flags(const char *p, struct format_spec *spec)
{
	static const char letters[] = "-+ #0'";
	static const unsigned char bits[] = {FORMAT_LEFT, FORMAT_PLUS, FORMAT_SPACE,
					     FORMAT_ALT,  FORMAT_ZERO, FORMAT_GROUP};
	const char *found;

	for (; *p && (found = strchr(letters, *p)); p++)
		spec->flags |= bits[found - letters];
	return p;
}

/* A decimal number, or -1 if it is beyond INT_MAX. */
static const char *parse_int(const char *p, int *value)
{
	int v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		int digit = *p - '0';

		if (v < 0 || v > (INT_MAX - digit) / 10)
			v = -1;
		else
			v = v * 10 + digit;
	}
	*value = v;
	return p;
}

/* The number in front of a '$', if there is one; what follows it, or p. */
static const char *parse_number(const char *p, int *number)
{
	int value;
	const char *end = parse_int(p, &value);

	if (*end != '$' || value <= 0)
		return p;
	*number = value;
	return end + 1;
}

/* A number, or where to find it. Returns NULL if it does not fit in an int. */
static const char *parse_field(const char *p, int *value, int *arg)
{
	if (*p != '*') {
		p = parse_int(p, value);
		return *value < 0 ? NULL : p;
	}
	*arg = NEXT_ARG;
	return parse_number(p + 1, arg);
}

static const char *parse_length(const char *p, struct format_spec *spec)
{
	spec->length = LEN_INT;
	switch (*p) {
	case 'h':
		spec->length = p[1] == 'h' ? LEN_CHAR : LEN_SHORT;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		spec->length = p[1] == 'l' ? LEN_LLONG : LEN_LONG;
		return p + (p[1] == 'l' ? 2 : 1);
	case 'L':
		spec->long_double = 1;
		spec->length = LEN_LLONG;
		return p + 1;
	case 'q':
		spec->length = LEN_LLONG;
		return p + 1;
	case 'z':
		spec->length = LEN_SIZE;
		return p + 1;
	case 't':
		spec->length = LEN_PTRDIFF;
		return p + 1;
	case 'j':
		spec->length = LEN_MAX;
		return p + 1;
	default:
		return p;
	}
}

static void format_float(struct format_output *out, const struct format_spec *spec,
			 struct format_args *args)
{
	int len = __format_fp(out->sink, spec, args);

	if (len < 0)
		out->failed = FORMAT_TOO_LONG;
	else
		count(out, len);
}

static int is_float(char conv)
{
	return conv == 'f' || conv == 'e' || conv == 'g' || conv == 'a';
}

/* One conversion. Returns 0 if its letter is unknown; it has then taken no argument. */
static int convert(struct format_output *out, const struct format_spec *spec,
		   struct format_args *args)
{
	char c;

	if (__format_more && __format_more(out, spec, args))
		return 1;
	switch (spec->conv) {
	case 'd':
		format_signed(out, spec, signed_arg(args, spec));
		return 1;
	case 'u':
	case 'o':
	case 'x':
		format_unsigned(out, spec, unsigned_arg(args, spec));
		return 1;
	case 'p':
		format_pointer(out, spec, (uintptr_t)__format_pointer(args, spec->arg));
		return 1;
	case 's':
		format_string(out, spec, __format_pointer(args, spec->arg));
		return 1;
	case 'c':
		c = integer_arg(args, spec->arg, LEN_INT);
		__format_text(out, spec, &c, 1);
		return 1;
	case '%':
		emit(out, "%", 1);
		return 1;
	default:
		break;
	}
	if (is_float(spec->conv) && __format_fp) {
		format_float(out, spec, args);
		return 1;
	}
	return 0;
}

/* The letter of a conversion, with capitals folded into FORMAT_UPPER and %i into %d. */
static char conversion_letter(char c, unsigned int *flags)
{
	if (c == 'i')
		return 'd';
	if (c == 'X' || c == 'F' || c == 'E' || c == 'G' || c == 'A') {
		*flags |= FORMAT_UPPER;
		return c - 'A' + 'a';
	}
	return c;
}

const char *__format_parse(const char *p, struct format_spec *spec)
{
	*spec = (struct format_spec){.precision = -1, .width_arg = NO_ARG, .precision_arg = NO_ARG};
	p = parse_number(p + 1, &spec->arg);
	p = parse_flags(p, spec);
	p = parse_field(p, &spec->width, &spec->width_arg);
	if (p && *p == '.')
		p = parse_field(p + 1, &spec->precision, &spec->precision_arg);
	if (!p)
		return NULL;
	p = parse_length(p, spec);
	spec->conv = conversion_letter(*p, &spec->flags);
	return *p ? p + 1 : p;
}

/* Takes the arguments for the '*'s. Returns 0 if one of them does not fit. */
static int take_fields(struct format_spec *spec, struct format_args *args)
{
	if (spec->width_arg != NO_ARG) {
		spec->width = integer_arg(args, spec->width_arg, LEN_INT);
		if (spec->width == INT_MIN)
			return 0;
		if (spec->width < 0) {
			spec->flags |= FORMAT_LEFT;
			spec->width = -spec->width;
		}
	}
	if (spec->precision_arg != NO_ARG) {
		spec->precision = integer_arg(args, spec->precision_arg, LEN_INT);
		if (spec->precision < 0)
			spec->precision = -1;
	}
	return 1;
}

/* Handles the specification at p (the '%'). Returns what follows it, or fails. */
static const char *format_one(struct format_output *out, const char *p, struct format_args *args)
{
	struct format_spec spec;
	const char *end = __format_parse(p, &spec);

	if (!end || !take_fields(&spec, args))
		out->failed = FORMAT_TOO_LONG;
	else if (spec.conv == '\0')
		out->failed = FORMAT_BAD;
	else if (!convert(out, &spec, args))
		emit(out, p, end - p);
	return end;
}

int __format_all(struct format_sink *sink, const char *fmt, struct format_args *args)
{
	struct format_output out = {.sink = sink, .failed = fmt ? FORMAT_GOOD : FORMAT_BAD};

	while (!out.failed && *fmt) {
		const char *percent = strchrnul(fmt, '%');

		emit(&out, fmt, percent - fmt);
		fmt = *percent ? format_one(&out, percent, args) : percent;
	}
	if (!out.failed)
		return out.total;
	if (__format_fail)
		__format_fail(out.failed);
	return -1;
}

int __format(struct format_sink *sink, const char *fmt, va_list ap)
{
	struct format_args args = {0};
	int len;

	if (__format_positional && fmt && strchr(fmt, '$') &&
	    __format_positional(sink, fmt, ap, &len))
		return len;
	va_copy(args.ap, ap);
	len = __format_all(sink, fmt, &args);
	va_end(args.ap);
	return len;
}

/* A sink that is an array: `left` bytes can still be stored, the NUL not counted. */
struct buffer_sink {
	struct format_sink sink;
	char *next;
	size_t left;
};

static void buffer_write(struct format_sink *sink, const char *s, size_t len)
{
	struct buffer_sink *buffer = (struct buffer_sink *)sink;

	if (len > buffer->left)
		len = buffer->left;
	memcpy(buffer->next, s, len);
	buffer->next += len;
	buffer->left -= len;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	char nothing;
	struct buffer_sink buffer = {
		.sink.write = buffer_write,
		.next = size ? buf : &nothing,
		.left = size ? size - 1 : 0,
	};
	int len = __format(&buffer.sink, fmt, ap);

	*buffer.next = '\0';
	return len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
