/*
 * The formatted-output core that libc and the kernel share (libc/stdio/vsnprintf.c). It needs
 * no other part of libc, calls no allocator and uses no floating point: %f, %e, %g and %a are
 * in fmt_fp.c, reached through a weak symbol that is absent from the kernel.
 */
#ifndef LIBC_BITS_FORMAT_H
#define LIBC_BITS_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Where formatted characters go; `write` takes all `len` bytes, errors are its own affair. */
struct format_sink {
	void (*write)(struct format_sink *sink, const char *s, size_t len);
};

/* One parsed conversion specification. */
struct format_spec {
	unsigned int flags; /* FORMAT_* */
	int width;
	int precision; /* -1: none given */
	int long_double;
	char conv;
};

#define FORMAT_LEFT  0x01 /* '-' */
#define FORMAT_PLUS  0x02 /* '+' */
#define FORMAT_SPACE 0x04 /* ' ' */
#define FORMAT_ALT   0x08 /* '#' */
#define FORMAT_ZERO  0x10 /* '0' */
#define FORMAT_UPPER 0x20 /* the conversion letter was a capital */
#define FORMAT_GROUP 0x40 /* '\'': accepted; the C locale groups nothing */

/* A va_list that can be passed by reference on every machine. */
struct format_args {
	va_list ap;
};

/*
 * Formats into sink. Returns the number of characters written, or a negative value if that
 * exceeds INT_MAX or if the format is malformed at its end.
 */
int __format(struct format_sink *sink, const char *fmt, va_list ap);

/* Writes `len` copies of c. */
void __format_pad(struct format_sink *sink, char c, int len);

/* Formats the next floating-point argument; returns its length or a negative value. */
int __format_fp(struct format_sink *sink, const struct format_spec *spec, struct format_args *args);

/* As the C standard: at most size bytes with the NUL; returns the full length. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
