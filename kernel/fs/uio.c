/*
 * Copying between kernel memory and the pieces of a transfer.
 */
#include "kernel/fs/uio.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"

size_t iov_iter_piece(struct iov_iter *iter)
{
	if (iter->kernel || !iter->count)
		return iter->count;
	while (iter->offset == iter->iov->iov_len) {
		iter->iov++;
		iter->offset = 0;
	}
	return min(iter->count, (size_t)iter->iov->iov_len - iter->offset);
}

static size_t iter_copy(void *mem, size_t n, struct iov_iter *iter, bool to_iter)
{
	size_t done = 0;

	if (iter->kernel) {
		if (to_iter)
			memcpy(iter->kernel, mem, n);
		else
			memcpy(mem, iter->kernel, n);
		iter->kernel += n;
		iter->count -= n;
		return n;
	}
	while (done < n) {
		size_t piece = min(n - done, iov_iter_piece(iter));
		char __user *user = iov_iter_addr(iter);
		unsigned long left;

		left = to_iter ? copy_to_user(user, (char *)mem + done, piece)
			       : raw_copy_from_user((char *)mem + done, user, piece);
		done += piece - left;
		iter->offset += piece - left;
		iter->count -= piece - left;
		if (left)
			break;
	}
	return done;
}

size_t copy_to_iter(const void *from, size_t n, struct iov_iter *iter)
{
	return iter_copy((void *)from, n, iter, true);
}

size_t copy_from_iter(void *to, size_t n, struct iov_iter *iter)
{
	return iter_copy(to, n, iter, false);
}
