/*
 * The inside of formatted output: what vsnprintf.c, which the kernel has too, shares with the
 * conversions that only programs have (fmt_fp.c, format_more.c).
 */
#ifndef LIBC_FORMAT_IMPL_H
#define LIBC_FORMAT_IMPL_H

#include <stdint.h>
#include "libc/include/bits/format.h"

enum format_length {
	LEN_CHAR,
	LEN_SHORT,
	LEN_INT,
	LEN_LONG,
	LEN_LLONG,
	LEN_SIZE,
	LEN_PTRDIFF,
	LEN_MAX
};

#define NO_ARG	 (-1) /* nothing is taken from the arguments */
#define NEXT_ARG 0    /* the next one; others are counted from 1, as in %2$d */

/* One parsed conversion specification. */
struct format_spec {
	unsigned int flags; /* FORMAT_* */
	int width;
	int precision; /* -1: none given */
	int long_double;
	char conv;
	enum format_length length;
	int arg;       /* where the value is: NEXT_ARG or its number */
	int width_arg; /* so too for '*', or NO_ARG */
	int precision_arg;
};

#define FORMAT_LEFT  0x01 /* '-' */
#define FORMAT_PLUS  0x02 /* '+' */
#define FORMAT_SPACE 0x04 /* ' ' */
#define FORMAT_ALT   0x08 /* '#' */
#define FORMAT_ZERO  0x10 /* '0' */
#define FORMAT_UPPER 0x20 /* the conversion letter was a capital */
#define FORMAT_GROUP 0x40 /* '\'': accepted; the C locale groups nothing */

/* An argument that has been taken already. */
union format_value {
	int64_t integer;
	void *pointer;
	long double real;
};

/* The arguments: those of a va_list, one after the other, or values by their numbers. */
struct format_args {
	va_list ap;
	const union format_value *values; /* NULL: ap */
	int next;			  /* the index of the next value */
};

enum format_failure {
	FORMAT_GOOD,
	FORMAT_TOO_LONG, /* more than an int counts */
	FORMAT_BAD,	 /* the format ends within a specification */
	FORMAT_REFUSED	 /* a conversion could not be done, and has set errno */
};

/* What has been produced so far, and where it goes. */
struct format_output {
	struct format_sink *sink;
	unsigned int total;
	enum format_failure failed;
};

/* The value for the argument number: args->values must be there. */
static inline const union format_value *__format_value(struct format_args *args, int number)
{
	return &args->values[number == NEXT_ARG ? args->next++ : number - 1];
}

/* The next pointer, or the one with this number. */
static inline void *__format_pointer(struct format_args *args, int number)
{
	return args->values ? __format_value(args, number)->pointer : va_arg(args->ap, void *);
}

/*
 * Parses the specification at p (the '%'). Returns what follows it, or NULL if one of its
 * numbers does not fit in an int. The letter is NUL if the format ends before it.
 */
const char *__format_parse(const char *p, struct format_spec *spec);

/* Formats until the end of fmt or a failure; the length, or -1. */
int __format_all(struct format_sink *sink, const char *fmt, struct format_args *args);

/* The next integer as its length and the sign tell, from a va_list. */
int64_t __format_next_integer(struct format_args *args, enum format_length length);

/* A text in its field. */
void __format_text(struct format_output *out, const struct format_spec *spec, const char *s,
		   int len);

/*
 * What the kernel lacks. __format_fp formats a floating-point argument and returns its length
 * or a negative value. __format_more does %m, %n and wide characters, and returns 0 for
 * others. __format_positional formats if fmt has specifications like %2$d, and returns 0 if
 * it has none. __format_fail sets errno after a failure.
 */
int __format_fp(struct format_sink *sink, const struct format_spec *spec, struct format_args *args);
int __format_more(struct format_output *out, const struct format_spec *spec,
		  struct format_args *args);
int __format_positional(struct format_sink *sink, const char *fmt, va_list ap, int *result);
void __format_fail(enum format_failure how);

#endif
