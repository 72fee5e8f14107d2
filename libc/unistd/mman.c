/* Memory mappings. */
#include <stdarg.h>
#include <sys/mman.h>
#include "libc/internal/syscall.h"

/* mmap2 counts the offset in units of 4096 bytes, whatever the page size. */
#define MMAP2_SHIFT 12
#define MMAP2_MASK  ((1 << MMAP2_SHIFT) - 1)

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	unsigned long long page = (unsigned long long)off >> MMAP2_SHIFT;

	if ((off & MMAP2_MASK) || page != (unsigned long)page) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	return (void *)sys6(SYS_mmap2, addr, len, prot, flags, fd, page);
}

int munmap(void *addr, size_t len)
{
	return sys2(SYS_munmap, addr, len);
}

int mprotect(void *addr, size_t len, int prot)
{
	return sys3(SYS_mprotect, addr, len, prot);
}

void *mremap(void *old, size_t old_len, size_t new_len, int flags, ...)
{
	void *new_addr = NULL;
	va_list ap;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_start(ap, flags);
		new_addr = va_arg(ap, void *);
		va_end(ap);
	}
	return (void *)sys5(SYS_mremap, old, old_len, new_len, flags, new_addr);
}

int msync(void *addr, size_t len, int flags)
{
	return sys3(SYS_msync, addr, len, flags);
}

int madvise(void *addr, size_t len, int advice)
{
	return sys3(SYS_madvise, addr, len, advice);
}

/* Returns the error. DONTNEED would lose data, which POSIX's advice may not. */
int posix_madvise(void *addr, size_t len, int advice)
{
	if (advice == MADV_DONTNEED)
		return 0;
	return -raw3(SYS_madvise, addr, len, advice);
}

int mincore(void *addr, size_t len, unsigned char *vec)
{
	return sys3(SYS_mincore, addr, len, vec);
}

int mlock(const void *addr, size_t len)
{
	return sys2(SYS_mlock, addr, len);
}

int mlock2(const void *addr, size_t len, unsigned int flags)
{
	return sys3(SYS_mlock2, addr, len, flags);
}

int munlock(const void *addr, size_t len)
{
	return sys2(SYS_munlock, addr, len);
}

int mlockall(int flags)
{
	return sys1(SYS_mlockall, flags);
}

int munlockall(void)
{
	return sys0(SYS_munlockall);
}

int remap_file_pages(void *addr, size_t len, int prot, size_t pgoff, int flags)
{
	return sys5(SYS_remap_file_pages, addr, len, prot, pgoff, flags);
}

int memfd_create(const char *name, unsigned int flags)
{
	return sys2(SYS_memfd_create, name, flags);
}
