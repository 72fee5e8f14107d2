/* Waiting for several descriptors. */
#ifndef LIBC_POLL_H
#define LIBC_POLL_H

#include <asm/poll.h>
#include <signal.h>
#include <time.h>

typedef unsigned int nfds_t;

int poll(struct pollfd *fds, nfds_t nfds, int timeout);
int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask);

#endif
