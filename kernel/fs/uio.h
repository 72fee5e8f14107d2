/*
 * A walk over the memory of one transfer: one buffer or several, the user's or the kernel's. Files
 * that must see a vector as a whole (pipes) take one.
 */
#ifndef KERNEL_FS_UIO_H
#define KERNEL_FS_UIO_H

#include "kernel/abi/types.h"
#include <linux/uio.h>

struct iov_iter {
	const struct iovec *iov; /* the current piece, of the user's; unused if kernel is set */
	size_t offset;		 /* done of it */
	size_t count;		 /* bytes left in all */
	char *kernel;		 /* kernel memory instead */
	bool append;		 /* a write to a file goes to its end (RWF_APPEND) */
};

/* One user buffer. `iov` must live as long as the iterator. */
static inline void iov_iter_ubuf(struct iov_iter *iter, struct iovec *iov, const void __user *buf,
				 size_t len)
{
	*iov = (struct iovec){(void *)buf, len};
	*iter = (struct iov_iter){.iov = iov, .count = len};
}

/* How much of the transfer lies in one piece of memory from here on. 0 at the end. */
size_t iov_iter_piece(struct iov_iter *iter);
/* Where that piece begins, if it is the user's. */
static inline char __user *iov_iter_addr(const struct iov_iter *iter)
{
	return (char __user *)iter->iov->iov_base + iter->offset;
}

/* read_write.c: vectors of the user's. What they return is `fast`, which has room for nr_fast, or
   to be freed by kfree. */
/* A copy, with lengths that are not negative. ERR_PTR(-EINVAL, -EFAULT, -ENOMEM). */
struct iovec *iovec_from_user(const struct iovec __user *uvec, unsigned long nr, struct iovec *fast,
			      unsigned long nr_fast);
/* A copy in *iov for one transfer: of user addresses, its lengths cut to what one may move. Total
   bytes, or -errno with nothing to be freed. */
ssize_t import_iovec(const struct iovec __user *uvec, unsigned long nr, struct iovec *fast,
		     unsigned long nr_fast, struct iovec **iov);

/* Copy n bytes (at most iter->count) and move on. Bytes copied: less than n at a bad address. */
size_t copy_to_iter(const void *from, size_t n, struct iov_iter *iter);
size_t copy_from_iter(void *to, size_t n, struct iov_iter *iter);
/* Undo the last n bytes of a copy out of one piece. */
static inline void iov_iter_revert(struct iov_iter *iter, size_t n)
{
	if (iter->kernel)
		iter->kernel -= n;
	else
		iter->offset -= n;
	iter->count += n;
}

#endif
