/*
 * What the pure memory functions share: they serve libc and kernel alike, so they use nothing
 * but the compiler. Words are read through a type that may alias anything.
 */
#ifndef LIBC_STRING_PURE_H
#define LIBC_STRING_PURE_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t __attribute__((may_alias)) word_alias;

#define WORD_SIZE	sizeof(word_alias)
#define WORD_MASK	(WORD_SIZE - 1)
#define BYTE_IN_WORD(c) ((unsigned char)(c)*0x01010101u)

/* True if one of the four bytes of w is zero. */
#define HAS_ZERO_BYTE(w) (((w)-0x01010101u) & ~(w)&0x80808080u)

/* Keeps the compiler from turning the loop of memcpy or memset into a call of itself. */
#ifdef __clang__
#	define NO_LOOP_IDIOM __attribute__((no_builtin))
#else
#	define NO_LOOP_IDIOM __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

/* The kernel has memcpy, memmove, memset and memcmp of its own (kernel/x86/string.asm). */
#define REPLACEABLE __attribute__((weak))

#endif
