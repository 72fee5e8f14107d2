/*
 * /dev/mem: which physical memory it shows, and what a mapping of frames without pages is to all
 * the calls about memory.
 */
#include "maps.h"
#include "paging.h"
#include "procfile.h"
#include <linux/capability.h>
#include <linux/futex.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#define BIOS	  0xf0000 /* the System ROM */
#define RESET	  0xffff0 /* where the processor starts: a jump */
#define FAR_JUMP  0xea
#define VIDEO	  0xbe000 /* two pages of the VGA's memory that no text reaches */
#define KERNEL	  0x1000000
#define NO_MEMORY 0xd0000000U /* nobody answers there */
#define ABOVE_4G  0x100000000LL
#define MAX_ERRNO 4095
#define CHUNK	  16

static int open_mem(int flags)
{
	int fd = open("/dev/mem", flags);

	CHECK(fd >= 0);
	return fd;
}

static char *map_frames(unsigned long phys, int pages, int prot, int flags)
{
	int fd = open_mem(O_RDWR);
	char *p = mmap(NULL, pages * P, prot, flags, fd, phys);

	CHECK(p != MAP_FAILED);
	close(fd);
	return p;
}

static ssize_t pread_at(int fd, void *buf, size_t n, long long at)
{
	return syscall(SYS_pread64, fd, buf, n, (long)at, (long)(at >> 32));
}

static ssize_t pwrite_at(int fd, const void *buf, size_t n, long long at)
{
	return syscall(SYS_pwrite64, fd, buf, n, (long)at, (long)(at >> 32));
}

static void *map_at_page(int fd, unsigned long page, int pages)
{
	return (void *)syscall(SYS_mmap2, NULL, pages * P, PROT_READ, MAP_SHARED, fd, page);
}

/* ---- opening ---- */

TEST(it_is_for_root_alone)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	struct stat st;

	CHECK(!stat("/dev/mem", &st));
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	CHECK_EQ(st.st_rdev, makedev(1, 1));
	CHECK(!syscall(SYS_capget, &header, data));
	data[0].effective &= ~(1U << CAP_SYS_RAWIO);
	CHECK(!syscall(SYS_capset, &header, data));
	CHECK_ERRNO(open("/dev/mem", O_RDONLY), EPERM);
	CHECK(!setuid(1000));
	CHECK_ERRNO(open("/dev/mem", O_RDONLY), EACCES);
}

TEST(a_position_is_an_address)
{
	int fd = open_mem(O_RDONLY);
	char c[CHUNK];

	CHECK_ERRNO(lseek64(fd, 0, SEEK_END), EINVAL);
	CHECK_ERRNO(lseek64(fd, 0, SEEK_DATA), EINVAL);
	CHECK_EQ(lseek64(fd, 5, SEEK_SET), 5);
	CHECK_EQ(lseek64(fd, 5, SEEK_CUR), 10);
	CHECK_EQ(lseek64(fd, 0x123456789LL, SEEK_SET), 0x123456789LL);
	CHECK_ERRNO(lseek64(fd, -1LL, SEEK_SET), EOVERFLOW);
	CHECK_ERRNO(lseek64(fd, -(long long)MAX_ERRNO, SEEK_SET), EOVERFLOW);
	CHECK_EQ(lseek64(fd, -(long long)MAX_ERRNO - 1, SEEK_SET), -(long long)MAX_ERRNO - 1);
	CHECK_EQ(lseek64(fd, RESET, SEEK_SET), RESET);
	CHECK_EQ(read(fd, c, CHUNK), CHUNK);
	CHECK_EQ(lseek64(fd, 0, SEEK_CUR), RESET + CHUNK);
	CHECK_ERRNO(fsync(fd), EINVAL);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
}

/* ---- reading and writing ---- */

TEST(the_first_mib_can_be_read_but_its_ram_is_zeros)
{
	unsigned char page[2 * P];
	int fd = open_mem(O_RDWR);

	CHECK_EQ(pread_at(fd, page, 1, RESET), 1);
	CHECK_EQ(page[0], FAR_JUMP);
	CHECK_EQ(pread_at(fd, page, sizeof(page), BIOS), sizeof(page));
	memset(page, 1, sizeof(page));
	CHECK_EQ(pread_at(fd, page, P, 2 * P), P);
	for (unsigned i = 0; i < P; i++)
		CHECK_EQ(page[i], 0);
	CHECK_EQ(pwrite_at(fd, "lost", 4, 2 * P), 4);
	CHECK_EQ(pread_at(fd, page, 1, 2 * P), 1);
	CHECK_EQ(page[0], 0);
	CHECK_ERRNO(pread_at(fd, (void *)1, 1, RESET), EFAULT);
	CHECK_ERRNO(pread_at(fd, (void *)1, 1, 2 * P), EFAULT);
	CHECK_ERRNO(pwrite_at(fd, (void *)1, 1, VIDEO), EFAULT);
}

TEST(the_memory_of_the_system_is_refused)
{
	char buf[2 * P];
	int fd = open_mem(O_RDWR);

	CHECK_ERRNO(pread_at(fd, buf, CHUNK, KERNEL), EPERM);
	CHECK_ERRNO(pwrite_at(fd, buf, CHUNK, KERNEL), EPERM);
	CHECK_ERRNO(pread_at(fd, (void *)1, CHUNK, KERNEL), EPERM);
	CHECK_ERRNO(pread_at(fd, buf, 2 * CHUNK, RESET), EPERM); /* the end of it */
	CHECK_ERRNO(pwrite_at(fd, buf, 2 * CHUNK, RESET), EPERM);
	CHECK_EQ(pwrite_at(fd, buf, 0, KERNEL), 0);
}

TEST(beyond_the_memory_there_is_nothing_to_read)
{
	char buf[CHUNK];
	int fd = open_mem(O_RDWR);

	CHECK_ERRNO(pread_at(fd, buf, CHUNK, NO_MEMORY), EFAULT);
	CHECK_ERRNO(pwrite_at(fd, buf, CHUNK, NO_MEMORY), EFAULT);
	CHECK_ERRNO(pread_at(fd, buf, 0, NO_MEMORY), EFAULT);
	if (has_pae()) {
		CHECK_ERRNO(pread_at(fd, buf, CHUNK, ABOVE_4G), EFAULT);
		CHECK_ERRNO(pwrite_at(fd, buf, CHUNK, ABOVE_4G), EFAULT);
	} else { /* no address of that size */
		CHECK_EQ(pread_at(fd, buf, CHUNK, ABOVE_4G), 0);
		CHECK_ERRNO(pwrite_at(fd, buf, CHUNK, ABOVE_4G), EFBIG);
	}
	CHECK_ERRNO(pread_at(fd, buf, CHUNK, -CHUNK), EINVAL);
}

/* ---- mapping ---- */

TEST(device_memory_can_be_mapped_and_ram_cannot)
{
	int fd = open_mem(O_RDWR);
	const unsigned char *p = map_at_page(fd, RESET / P, 1);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[RESET % P], FAR_JUMP);
	CHECK_ERRNO(map_at_page(fd, KERNEL / P, 1), EPERM);
	CHECK_ERRNO(map_at_page(fd, 0xff, 2), EPERM);
	CHECK(map_at_page(fd, NO_MEMORY / P, 1) != MAP_FAILED);
	CHECK(map_at_page(fd, 0xfffff, 1) != MAP_FAILED);
	CHECK_ERRNO(map_at_page(fd, 0xfffff, 2), has_pae() ? EPERM : EINVAL);
	CHECK_ERRNO(map_at_page(fd, 0x100000, 1), has_pae() ? EPERM : EINVAL);
	CHECK_ERRNO(map_at_page(fd, 0x1000000, 1), EINVAL);
	CHECK_ERRNO(map_at_page(fd, 0xffffffff, 1), EOVERFLOW);
	close(fd);
	CHECK_EQ(p[RESET % P], FAR_JUMP); /* the mapping keeps the file open */
}

TEST(the_descriptor_decides_what_may_be_done)
{
	int fd = open_mem(O_RDONLY);

	CHECK_ERRNO(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, BIOS), EACCES);
	CHECK(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, BIOS) != MAP_FAILED);
	CHECK(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, BIOS) != MAP_FAILED);
	fd = open_mem(O_WRONLY);
	CHECK_ERRNO(mmap(NULL, P, PROT_WRITE, MAP_SHARED, fd, BIOS), EACCES);
}

/* The VmFlags and one figure of the mapping at p, from smaps. */
static unsigned long smaps_line(const void *p, const char *name, char *flags)
{
	unsigned long start, end, value = ~0UL;
	size_t n = strlen(name);
	int here = 0;

	for (char *line = strtok(slurp("/proc/self/smaps"), "\n"); line;
	     line = strtok(NULL, "\n")) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start == (unsigned long)p;
		if (here && !strncmp(line, name, n))
			value = strtoul(line + n, NULL, 10);
		if (here && !strncmp(line, "VmFlags: ", 9))
			strcpy(flags, line + 9);
	}
	return value;
}

TEST(nothing_of_it_counts_as_memory)
{
	char *p = map_frames(BIOS, 2, PROT_READ, MAP_SHARED), flags[128];
	unsigned char vec[2] = {9, 9};
	struct map_line m;

	CHECK_MAP(p, 2 * P, "r--s");
	CHECK(map_at(p, &m));
	CHECK_EQ(m.offset, BIOS);
	CHECK_EQ(smaps_line(p, "Rss:", flags), 0);
	CHECK_STR(flags, "rd sh mr mw me ms pf io de ar dd ");
	CHECK_EQ(smaps_line(p, "Size:", flags), 8);
	CHECK_EQ(pagemap(p), 0);
	CHECK(!mincore(p, 2 * P, vec));
	CHECK_EQ(vec[0] | vec[1], 0);
}

TEST(advice_about_it)
{
	char *p = map_frames(BIOS, 1, PROT_READ, MAP_SHARED), flags[128];
	static const int refused[] = {MADV_DONTNEED, MADV_FREE,		 MADV_DOFORK,
				      MADV_DODUMP,   MADV_WIPEONFORK,	 MADV_COLD,
				      MADV_PAGEOUT,  MADV_POPULATE_READ, MADV_POPULATE_WRITE};
	static const int taken[] = {MADV_NORMAL,   MADV_SEQUENTIAL, MADV_WILLNEED,
				    MADV_DONTDUMP, MADV_MERGEABLE,  MADV_KEEPONFORK};

	for (unsigned i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		CHECK_ERRNO(madvise(p, P, refused[i]), EINVAL);
	for (unsigned i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		CHECK_EQ(madvise(p, P, taken[i]), 0);
	smaps_line(p, "Rss:", flags);
	CHECK_STR(flags, "rd sh mr mw me ms pf io sr de ar dd ");
}

TEST(locking_it_means_nothing)
{
	char *p = map_frames(BIOS, 1, PROT_READ, MAP_SHARED), flags[128];

	CHECK_EQ(mlock(p, P), 0);
	smaps_line(p, "Rss:", flags);
	CHECK_STR(flags, "rd sh mr mw me ms pf io de ar dd ");
	CHECK_EQ(munlock(p, P), 0);
	CHECK_EQ(mlockall(MCL_CURRENT), 0);
	smaps_line(p, "Rss:", flags);
	CHECK(!strstr(flags, "lo "));
}

TEST(it_moves_but_does_not_grow)
{
	char *p = map_frames(BIOS, 2, PROT_READ, MAP_SHARED), *room = free_room(4);
	int first = *(volatile unsigned char *)p;

	CHECK_ERRNO(mremap(p, 2 * P, 3 * P, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(p, 0, 2 * P, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP), EINVAL);
	CHECK(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, room) == room);
	CHECK_EQ(*(volatile unsigned char *)room, first);
	CHECK(!munmap(room, P));
	CHECK_FAULT(*(volatile char *)room, SIGSEGV, SEGV_MAPERR, room);
	CHECK_EQ(PROBE((void)*(volatile char *)(room + P)), 0);
	CHECK_MAP(room + P, P, "r--s");
}

TEST(protection_can_be_changed)
{
	char *p = map_frames(VIDEO, 2, PROT_READ, MAP_SHARED);
	volatile char *word = p + P - 1;

	CHECK_FAULT(*word = 1, SIGSEGV, SEGV_ACCERR, word);
	CHECK(!mprotect(p, P, PROT_READ | PROT_WRITE));
	CHECK_EQ(PROBE(*word = 1), 0);
	CHECK(!mprotect(p, P, PROT_NONE));
	CHECK_FAULT((void)*word, SIGSEGV, SEGV_ACCERR, word);
	CHECK(!mprotect(p, 2 * P, PROT_READ));
	CHECK_EQ(*word, 1);
}

TEST(msync_has_nobody_to_ask)
{
	char *p = map_frames(BIOS, 1, PROT_READ, MAP_SHARED);

	CHECK_ERRNO(msync(p, P, MS_SYNC), EINVAL);
	CHECK_EQ(msync(p, P, MS_ASYNC), 0);
	CHECK_EQ(msync(p, P, MS_INVALIDATE), 0);
	p = map_frames(BIOS, 1, PROT_READ, MAP_PRIVATE);
	CHECK_EQ(msync(p, P, MS_SYNC), 0);
}

TEST(the_kernel_takes_no_page_of_it)
{
	char *p = map_frames(VIDEO, 1, PROT_READ | PROT_WRITE, MAP_SHARED), buf[CHUNK];
	struct iovec here = {buf, CHUNK}, there = {p, CHUNK};

	CHECK_ERRNO(process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT);
	CHECK_ERRNO(process_vm_writev(getpid(), &here, 1, &there, 1, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_futex, p, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	CHECK_EQ(syscall(SYS_futex, p, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
}

TEST(system_calls_copy_to_and_from_it)
{
	char *p = map_frames(VIDEO, 1, PROT_READ | PROT_WRITE, MAP_SHARED), c = 0;
	int fds[2];

	CHECK(!pipe(fds));
	CHECK_EQ(write(fds[1], "V", 1), 1);
	CHECK_EQ(read(fds[0], p + P - 8, 1), 1);
	CHECK_EQ(p[P - 8], 'V');
	CHECK_EQ(write(fds[1], p + P - 8, 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(c, 'V');
}

TEST(two_mappings_and_read_show_the_same_memory)
{
	char *a = map_frames(VIDEO, 2, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *b = map_frames(VIDEO + P, 1, PROT_READ, MAP_SHARED), c;
	volatile char *word = a + 2 * P - 4;

	for (int i = 1; i < 3; i++) {
		*word = i;
		CHECK_EQ(*(volatile char *)(b + P - 4), i);
		CHECK_EQ(pread_at(open_mem(O_RDONLY), &c, 1, VIDEO + 2 * P - 4), 1);
		CHECK_EQ(c, i);
	}
}

TEST(proc_mem_reads_and_writes_it)
{
	char *p = map_frames(VIDEO, 1, PROT_READ | PROT_WRITE, MAP_SHARED), c = 'm';
	const char *bios = map_frames(RESET & -P, 1, PROT_READ, MAP_SHARED);
	int fd = open("/proc/self/mem", O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(pwrite_at(fd, &c, 1, (unsigned long)p + 100), 1);
	CHECK_EQ(p[100], 'm');
	CHECK_EQ(pread_at(fd, &c, 1, (unsigned long)bios + RESET % P), 1);
	CHECK_EQ((unsigned char)c, FAR_JUMP);
	CHECK_ERRNO(pwrite_at(fd, &c, 1, (unsigned long)bios), EIO); /* a read-only mapping */
}

TEST(a_child_has_it_too)
{
	char *p = map_frames(VIDEO, 1, PROT_READ | PROT_WRITE, MAP_SHARED);
	volatile char *word = p + P - 16;
	pid_t pid;

	*word = 'p';
	pid = fork();
	if (!pid) {
		CHECK_EQ(*word, 'p');
		*word = 'c';
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(*word, 'c');
	CHECK(!madvise(p, P, MADV_DONTFORK));
	pid = fork();
	if (!pid) {
		CHECK_FAULT((void)*word, SIGSEGV, SEGV_MAPERR, word);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(a_private_mapping_copies_what_is_written)
{
	char *device = map_frames(VIDEO, 2, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *p = map_frames(VIDEO, 2, PROT_READ | PROT_WRITE, MAP_PRIVATE), flags[128];
	volatile char *seen = p + 2 * P - 1, *real = device + 2 * P - 1;
	struct map_line m;
	char c;

	CHECK(map_at(p, &m));
	CHECK_EQ(m.offset, VIDEO);
	*real = 'd';
	device[P] = 'e';
	CHECK_EQ(*seen, 'd');
	*seen = 'p';
	CHECK_EQ(*real, 'd');
	CHECK_EQ(p[P], 'e'); /* the rest of the page was copied */
	*real = 'x';
	CHECK_EQ(*seen, 'p');
	device[0] = 'f';
	CHECK_EQ(p[0], 'f'); /* the other page is the device's still */
	CHECK_EQ(smaps_line(p, "Rss:", flags), 0);
	CHECK_EQ(pagemap(p + P), 0);
	CHECK_ERRNO(pread_at(open("/proc/self/mem", O_RDONLY), &c, 1, (unsigned long)seen), EIO);
	if (!fork()) {
		CHECK_EQ(*seen, 'p');
		*seen = 'c';
		p[0] = 'c';
		CHECK_EQ(device[0], 'f');
		_exit(0);
	}
	CHECK(wait(NULL) > 0);
	CHECK_EQ(*seen, 'p');
	CHECK_EQ(p[0], 'f');
}

TEST(a_read_only_private_mapping_can_become_writable)
{
	char *device = map_frames(VIDEO, 2, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *p = map_frames(VIDEO, 2, PROT_READ, MAP_PRIVATE);

	device[P + 1] = device[P + 2] = 'd';
	CHECK(!mprotect(p + P, P, PROT_READ | PROT_WRITE));
	p[P + 2] = 'p';
	CHECK_EQ(p[P + 1], 'd');
	CHECK(device[P + 2] != 'p');
	CHECK(!mprotect(p, 2 * P, PROT_READ));
	CHECK_EQ(p[P + 2], 'p');
}
