/*
 * The formatted-output core that libc and the kernel share (libc/stdio/vsnprintf.c). It needs
 * no other part of libc, calls no allocator and uses no floating point: %f, %e, %g and %a are
 * in fmt_fp.c, %m, %n, wide characters and %2$d in format_more.c, reached through weak symbols
 * that are absent from the kernel.
 */
#ifndef LIBC_BITS_FORMAT_H
#define LIBC_BITS_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Where formatted characters go; `write` takes all `len` bytes, errors are its own affair. */
struct format_sink {
	void (*write)(struct format_sink *sink, const char *s, size_t len);
};

/*
 * Formats into sink. Returns the number of characters written, or a negative value if that
 * exceeds INT_MAX or if the format is malformed at its end.
 */
int __format(struct format_sink *sink, const char *fmt, va_list ap);

/* Writes `len` copies of c. */
void __format_pad(struct format_sink *sink, char c, int len);

/* As the C standard: at most size bytes with the NUL; returns the full length. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
