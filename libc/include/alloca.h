/* Storage on the caller's stack frame, gone when the caller returns. */
#ifndef LIBC_ALLOCA_H
#define LIBC_ALLOCA_H
#include <stddef.h>
#undef alloca
#define alloca(size) __builtin_alloca(size)
#endif
