/* The 64-signal set of the rt_ calls (Linux include/linux/signal_types.h; the UAPI's is older). */
#ifndef LIBC_BITS_SIGSET_H
#define LIBC_BITS_SIGSET_H

typedef struct {
	unsigned long __bits[2];
} sigset_t;

#endif
