/* Waiting for sets of descriptors. */
#ifndef LIBC_SYS_SELECT_H
#define LIBC_SYS_SELECT_H

#include <sys/types.h>
#include <bits/timespec.h>
#include <bits/sigset.h>

typedef __kernel_fd_set fd_set;
#define FD_SETSIZE	  __FD_SETSIZE
#define __FD_BITS	  (8 * sizeof(unsigned long))
#define FD_ZERO(set)	  __builtin_memset((set), 0, sizeof(fd_set))
#define FD_SET(fd, set)	  ((set)->fds_bits[(fd) / __FD_BITS] |= 1UL << ((fd) % __FD_BITS))
#define FD_CLR(fd, set)	  ((set)->fds_bits[(fd) / __FD_BITS] &= ~(1UL << ((fd) % __FD_BITS)))
#define FD_ISSET(fd, set) (((set)->fds_bits[(fd) / __FD_BITS] >> ((fd) % __FD_BITS)) & 1)

int select(int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *timeout);
int pselect(int n, fd_set *r, fd_set *w, fd_set *e, const struct timespec *timeout,
	    const sigset_t *mask);

#endif
