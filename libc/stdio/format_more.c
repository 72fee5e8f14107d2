/*
 * Formatted output that the kernel does without: %m, %n, wide characters, arguments by their
 * numbers (%2$d), and errno after a failure.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include "libc/include/string.h"
#include "libc/stdio/format_impl.h"

#define MOST_ARGS 64 /* of a format with numbers */
#define ASCII_MAX 0x7f

void __format_fail(enum format_failure how)
{
	if (how == FORMAT_TOO_LONG)
		errno = EOVERFLOW;
	else if (how == FORMAT_BAD)
		errno = EINVAL;
}

/* %n: how much there is so far. */
static void store_total(const struct format_output *out, enum format_length length, void *where)
{
	switch (length) {
	case LEN_CHAR:
		*(signed char *)where = out->total;
		break;
	case LEN_SHORT:
		*(short *)where = out->total;
		break;
	case LEN_LONG:
		*(long *)where = out->total;
		break;
	case LEN_LLONG:
	case LEN_MAX:
		*(long long *)where = out->total;
		break;
	case LEN_SIZE:
	case LEN_PTRDIFF:
		*(ptrdiff_t *)where = out->total;
		break;
	default:
		*(int *)where = out->total;
		break;
	}
}

static void refuse(struct format_output *out)
{
	errno = EILSEQ;
	out->failed = FORMAT_REFUSED;
}

static void wide_char(struct format_output *out, const struct format_spec *spec,
		      struct format_args *args)
{
	uint32_t wide = args->values ? __format_value(args, spec->arg)->integer
				     : __format_next_integer(args, LEN_INT);
	char c = wide;

	if (wide > ASCII_MAX)
		refuse(out);
	else
		__format_text(out, spec, &c, 1);
}

/* In the C locale the characters are those of ASCII. */
static void wide_string(struct format_output *out, const struct format_spec *spec, const wchar_t *s)
{
	struct format_spec part = *spec;
	int limit = spec->precision < 0 ? INT_MAX : spec->precision, len, i;

	if (!s)
		s = limit >= 6 ? L"(null)" : L"";
	for (len = 0; len < limit && s[len]; len++) {
		if ((uint32_t)s[len] > ASCII_MAX) {
			refuse(out);
			return;
		}
	}
	part.width = spec->width - len;
	if (!(spec->flags & FORMAT_LEFT))
		__format_text(out, &part, "", 0);
	for (i = 0; i < len; i++) {
		char c = s[i];

		__format_text(out, &(struct format_spec){0}, &c, 1);
	}
	if (spec->flags & FORMAT_LEFT)
		__format_text(out, &part, "", 0);
}

/* Is it a wide character's or string's: with an l, or the older capital? */
static int is_wide(const struct format_spec *spec, char letter, char capital)
{
	return spec->conv == capital || (spec->conv == letter && spec->length == LEN_LONG);
}

int __format_more(struct format_output *out, const struct format_spec *spec,
		  struct format_args *args)
{
	int len;

	if (spec->conv == 'm') {
		const char *text = strerror(errno);

		len = spec->precision < 0 ? strlen(text) : strnlen(text, spec->precision);
		__format_text(out, spec, text, len);
	} else if (spec->conv == 'n') {
		store_total(out, spec->length, __format_pointer(args, spec->arg));
	} else if (is_wide(spec, 'c', 'C')) {
		wide_char(out, spec, args);
	} else if (is_wide(spec, 's', 'S')) {
		wide_string(out, spec, __format_pointer(args, spec->arg));
	} else {
		return 0;
	}
	return 1;
}

enum kind {
	KIND_INT, /* also of a number that no specification names */
	KIND_INTEGER,
	KIND_POINTER,
	KIND_DOUBLE,
	KIND_LONG_DOUBLE
};

/* What is known of one argument. */
struct type {
	enum kind kind;
	enum format_length length;
};

/* The types of a format's arguments, as its specifications tell. */
struct types {
	struct type type[MOST_ARGS];
	int count;
	int next;
	int numbered; /* at least one has a number */
	int too_many;
};

static void note(struct types *types, int number, struct type type)
{
	int i = number == NEXT_ARG ? types->next++ : number - 1;

	types->numbered |= number != NEXT_ARG;
	if (i >= MOST_ARGS) {
		types->too_many = 1;
		return;
	}
	types->type[i] = type;
	if (types->count <= i)
		types->count = i + 1;
}

/* Notes the arguments of a specification in the order in which formatting takes them. */
static void note_spec(struct types *types, const struct format_spec *spec)
{
	struct type type = {.length = spec->length};

	if (spec->width_arg != NO_ARG)
		note(types, spec->width_arg, (struct type){.kind = KIND_INT});
	if (spec->precision_arg != NO_ARG)
		note(types, spec->precision_arg, (struct type){.kind = KIND_INT});
	if (!spec->conv || !strchr("dcuoxCpsSnfega", spec->conv))
		return;
	if (strchr("duox", spec->conv))
		type.kind = KIND_INTEGER;
	else if (strchr("psSn", spec->conv))
		type.kind = KIND_POINTER;
	else if (strchr("fega", spec->conv))
		type.kind = spec->long_double ? KIND_LONG_DOUBLE : KIND_DOUBLE;
	note(types, spec->arg, type);
}

static void note_format(struct types *types, const char *fmt)
{
	struct format_spec spec;

	while (fmt && *(fmt = strchrnul(fmt, '%'))) {
		fmt = __format_parse(fmt, &spec);
		if (fmt)
			note_spec(types, &spec);
	}
}

static void take(struct format_args *args, struct type type, union format_value *value)
{
	switch (type.kind) {
	case KIND_INT:
		value->integer = va_arg(args->ap, int);
		break;
	case KIND_INTEGER:
		value->integer = __format_next_integer(args, type.length);
		break;
	case KIND_POINTER:
		value->pointer = va_arg(args->ap, void *);
		break;
	case KIND_DOUBLE:
		value->real = va_arg(args->ap, double);
		break;
	case KIND_LONG_DOUBLE:
		value->real = va_arg(args->ap, long double);
		break;
	}
}

int __format_positional(struct format_sink *sink, const char *fmt, va_list ap, int *result)
{
	union format_value values[MOST_ARGS];
	struct types types = {0};
	struct format_args args = {0};
	int i;

	note_format(&types, fmt);
	if (!types.numbered)
		return 0;
	if (types.too_many) {
		errno = EINVAL;
		*result = -1;
		return 1;
	}
	va_copy(args.ap, ap);
	for (i = 0; i < types.count; i++)
		take(&args, types.type[i], &values[i]);
	va_end(args.ap);
	args.values = values;
	*result = __format_all(sink, fmt, &args);
	return 1;
}
