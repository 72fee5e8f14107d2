/*
 * userfaultfd on memory of tmpfs: shared anonymous memory, memfds, and private mappings of them.
 */
#include "tmpdir.h"
#include "uffd.h"
#include "swaparea.h"
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>

static int memfd(size_t len)
{
	int fd = memfd_create("uffd", MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, len), 0);
	return fd;
}

static char *map(int fd, size_t len, int flags)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

TEST(a_shared_hole_is_filled)
{
	int fd = uffd_open(0, 0), file = memfd(4 * PAGE);
	char *p = map(file, 4 * PAGE, MAP_SHARED), *q = map(file, 4 * PAGE, MAP_SHARED);
	struct toucher t;
	char c;

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK(has_flag(p, " um") && !has_flag(q, " um"));
	start_toucher(&t, p + PAGE + 9, 0);
	CHECK_FAULT(fd, p + PAGE, 0);
	CHECK_EQ(uffd_copy(fd, p + PAGE, page_of('s'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 's');
	CHECK_EQ(q[PAGE], 's'); /* it is the file's */
	CHECK_EQ(pread(file, &c, 1, PAGE), 1);
	CHECK_EQ(c, 's');
	q[PAGE + 1] = 't';
	CHECK_EQ(p[PAGE + 1], 't');
	start_toucher(&t, p, 1);
	CHECK_FAULT(fd, p, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(uffd_zero(fd, p, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
	CHECK_EQ(q[0], 'w');
	CHECK_EQ(q[1], 0);
}

TEST(what_the_file_has_is_not_missing)
{
	int fd = uffd_open(O_NONBLOCK, 0), file = memfd(4 * PAGE);
	char *p = map(file, 4 * PAGE, MAP_SHARED), *q = map(file, 4 * PAGE, MAP_SHARED);
	struct uffd_msg msg;

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	q[0] = 'q';
	CHECK_EQ(pwrite(file, "f", 1, PAGE), 1);
	CHECK_EQ(fallocate(file, 0, 2 * PAGE, PAGE), 0);
	CHECK_EQ(p[0], 'q');
	CHECK_EQ(p[PAGE], 'f');
	CHECK_EQ(p[2 * PAGE], 0);
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
	CHECK_ERRNO(uffd_copy(fd, p, page_of('n'), PAGE), EEXIST);
	/* in the file, but not in this page table */
	q[3 * PAGE] = '3';
	CHECK_ERRNO(uffd_copy(fd, p + 3 * PAGE, page_of('n'), PAGE), EEXIST);
	CHECK_ERRNO(uffd_zero(fd, p + 3 * PAGE, PAGE), EEXIST);
	CHECK_EQ(p[3 * PAGE], '3');
}

TEST(pages_of_the_file_are_mapped_by_continue)
{
	int fd = uffd_open(0, 0), file = memfd(4 * PAGE);
	char *p = map(file, 4 * PAGE, MAP_SHARED), *q = map(file, 4 * PAGE, MAP_SHARED);
	char *private = map(file, 4 * PAGE, MAP_PRIVATE);

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_EQ(uffd_register(fd, private, 4 * PAGE), 0);
	q[0] = 'a';
	CHECK_EQ(uffd_continue(fd, p, PAGE), 0);
	CHECK_ERRNO(uffd_continue(fd, p, PAGE), EEXIST);
	CHECK_ERRNO(uffd_continue(fd, p + PAGE, PAGE), EFAULT);
	CHECK_EQ(p[0], 'a');
	p[0] = 'b';
	CHECK_EQ(q[0], 'b');
	CHECK_EQ(uffd_continue(fd, private, PAGE), 0);
	private[0] = 'c';
	CHECK_EQ(q[0], 'b');
}

TEST(continue_is_for_files_that_are_watched)
{
	int fd = uffd_open(0, 0);
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_ERRNO(uffd_continue(fd, p, PAGE), ENOENT);
	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	CHECK_ERRNO(uffd_continue(fd, p, PAGE), EINVAL);
	CHECK_ERRNO(uffd_continue(fd, p + 1, PAGE), EINVAL);
}

TEST(nothing_is_watched_for_writes)
{
	int fd = uffd_open(0, 0);
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_writeprotect wp = {.range = {(unsigned long)p, PAGE}};

	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	CHECK_ERRNO(ioctl(fd, UFFDIO_WRITEPROTECT, &wp), ENOENT);
	wp.mode = UFFDIO_WRITEPROTECT_MODE_WP | UFFDIO_WRITEPROTECT_MODE_DONTWAKE;
	CHECK_ERRNO(ioctl(fd, UFFDIO_WRITEPROTECT, &wp), EINVAL);
}

TEST(a_page_in_swap_is_not_missing)
{
	int fd = uffd_open(O_NONBLOCK, 0), file = memfd(4 * PAGE);
	char *p = map(file, 4 * PAGE, MAP_SHARED), area[64];

	need_swap_disk();
	fill_swap_header(64);
	strcpy(area, make_swap_file("swap", 64));
	CHECK_EQ(swapon(area, 0), 0);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('s'), PAGE), 0);
	CHECK_EQ(madvise(p, PAGE, MADV_PAGEOUT), 0);
	CHECK_ERRNO(uffd_copy(fd, p, page_of('n'), PAGE), EEXIST);
	CHECK_EQ(p[0], 's'); /* nobody is asked */
	CHECK_EQ(swapoff(area), 0);
	CHECK_EQ(unlink(area), 0);
}

TEST(a_hole_that_is_punched_is_missing_again)
{
	int fd = uffd_open(0, 0), file = memfd(2 * PAGE);
	char *p = map(file, 2 * PAGE, MAP_SHARED);
	struct toucher t;

	p[0] = 'o';
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0); /* the file keeps it */
	CHECK_EQ(p[0], 'o');
	CHECK_EQ(madvise(p, PAGE, MADV_REMOVE), 0);
	start_toucher(&t, p, 0);
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('n'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'n');
}

TEST(beyond_the_end_of_the_file)
{
	int fd = uffd_open(0, 0), file = memfd(PAGE + 1);
	char *p = map(file, 4 * PAGE, MAP_SHARED), *q = map(file, 4 * PAGE, MAP_PRIVATE);

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_EQ(uffd_register(fd, q, 4 * PAGE), 0);
	CHECK_ERRNO(uffd_copy(fd, p + 2 * PAGE, page_of('x'), PAGE), EFAULT);
	CHECK_ERRNO(uffd_zero(fd, p + 2 * PAGE, PAGE), EFAULT);
	CHECK_ERRNO(uffd_copy(fd, q + 2 * PAGE, page_of('x'), PAGE), EFAULT);
	CHECK_ERRNO(uffd_zero(fd, q + 2 * PAGE, PAGE), EFAULT);
	CHECK_ERRNO(uffd_copy(fd, p, anon(3 * PAGE), 3 * PAGE), EAGAIN);
	CHECK_EQ(uffd_copied, 2 * PAGE);
	CHECK_EQ(ftruncate(file, 3 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p + 2 * PAGE, page_of('x'), PAGE), 0);
	CHECK_SIGNAL(p[3 * PAGE] = 1, SIGBUS);
}

/* That a file system is full comes before all that may be wrong with the page. */
TEST(a_full_file_system_has_no_memory_for_a_page)
{
	int fd = uffd_open(0, 0), file;
	char *p;

	need_root();
	tmpdir_enter();
	CHECK(mkdir("m", 0700) == 0 && mount("none", "m", "tmpfs", 0, "size=8k") == 0);
	file = open("m/file", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(pwrite(file, page_of('f'), PAGE, 0), PAGE);
	CHECK_EQ(pwrite(file, page_of('g'), PAGE, PAGE), PAGE);
	CHECK_EQ(ftruncate(file, 3 * PAGE), 0);
	p = map(file, 4 * PAGE, MAP_SHARED);
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_ERRNO(uffd_copy(fd, p + 2 * PAGE, page_of('u'), PAGE), ENOMEM);
	CHECK_ERRNO(uffd_copy(fd, p + 2 * PAGE, bad_address, PAGE), ENOMEM);
	CHECK_ERRNO(uffd_copy(fd, p + 3 * PAGE, page_of('u'), PAGE), ENOMEM);
	CHECK_ERRNO(uffd_zero(fd, p, PAGE), ENOMEM);
	CHECK_EQ(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE), 0);
	CHECK_ERRNO(uffd_copy(fd, p + 3 * PAGE, page_of('u'), PAGE), EFAULT);
	CHECK_ERRNO(uffd_zero(fd, p, PAGE), EEXIST);
	CHECK_EQ(uffd_copy(fd, p + 2 * PAGE, page_of('u'), PAGE), 0);
	CHECK_EQ(p[2 * PAGE], 'u');
	CHECK(munmap(p, 4 * PAGE) == 0 && close(file) == 0 && umount("m") == 0);
	tmpdir_leave();
}

TEST(a_private_copy_leaves_the_hole)
{
	int fd = uffd_open(0, 0), file = memfd(4 * PAGE);
	char *p = map(file, 4 * PAGE, MAP_PRIVATE);
	struct toucher t;

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	start_toucher(&t, p, 1);
	CHECK_FAULT(fd, p, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(uffd_copy(fd, p, page_of('p'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
	CHECK_EQ(p[1], 'p');
	start_toucher(&t, p + PAGE, 0);
	CHECK_FAULT(fd, p + PAGE, 0);
	CHECK_EQ(uffd_zero(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 0);
	CHECK_EQ(lseek(file, 0, SEEK_DATA), -1); /* nothing but holes */
	CHECK_EQ(errno, ENXIO);
	p[PAGE] = 1;
	CHECK_EQ(lseek(file, 0, SEEK_DATA), -1);
}

TEST(shared_anonymous_memory)
{
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = uffd_open(0, 0);
	struct toucher t;
	pid_t pid;

	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	pid = fork();
	if (pid == 0) { /* is not watched */
		p[0] = 'c';
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 'c');
	start_toucher(&t, p + PAGE, 0);
	CHECK_FAULT(fd, p + PAGE, 0);
	if (fork() == 0) {
		p[PAGE] = 'f'; /* the page comes from elsewhere */
		_exit(0);
	}
	wait(NULL);
	CHECK_EQ(uffd_wake(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'f');
}

TEST(who_may_fill_holes)
{
	int fd = uffd_open(0, 0), file = memfd(2 * PAGE), id;
	char path[64], *p;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	id = open(path, O_RDONLY);
	CHECK(id >= 0);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, id, 0);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO(uffd_register(fd, p, PAGE), EPERM); /* can never be written */
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
	CHECK_EQ(uffd_register(fd, p, PAGE), 0); /* may become writable */
	CHECK_EQ(uffd_copy(fd, p, page_of('r'), PAGE), 0);
	CHECK_EQ(p[0], 'r');
	CHECK_SIGNAL(p[0] = 1, SIGSEGV);
	id = shmget(IPC_PRIVATE, PAGE, 0600);
	p = shmat(id, NULL, 0);
	CHECK(p != (void *)-1);
	CHECK_ERRNO(uffd_register(fd, p, PAGE), EINVAL);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
}

/* A line of /proc/self/smaps for the mapping at p, such as "Rss:", in KiB. */
static unsigned long smaps_of(void *p, const char *name)
{
	unsigned long start, end, kib = 0;
	int here = 0;
	char line[256];
	FILE *f = fopen("/proc/self/smaps", "r");

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start == (unsigned long)p;
		if (here && !strncmp(line, name, strlen(name)))
			kib = strtoul(line + strlen(name), NULL, 10);
	}
	fclose(f);
	return kib;
}

TEST(the_memory_of_pages_is_counted)
{
	int fd = uffd_open(0, 0), file = memfd(16 * PAGE);
	char *p = map(file, 16 * PAGE, MAP_SHARED);

	CHECK_EQ(uffd_register(fd, p, 16 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, anon(16 * PAGE), 16 * PAGE), 0);
	CHECK_EQ(smaps_of(p, "Rss:"), 64);
	CHECK_EQ(munmap(p, 16 * PAGE), 0);
	CHECK_EQ(lseek(file, 0, SEEK_HOLE), 16 * PAGE);
}

TEST(what_is_filled_is_dirty_by_its_entry)
{
	int fd = uffd_open(0, 0), file = memfd(2 * PAGE);
	char *p = map(file, 2 * PAGE, MAP_SHARED), *q = map(file, 2 * PAGE, MAP_SHARED);

	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('d'), PAGE), 0);
	CHECK_EQ(uffd_zero(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(q[0], 'd');
	CHECK_EQ(q[PAGE], 0);
	CHECK_EQ(smaps_of(p, "Shared_Dirty:"), 8);
	CHECK_EQ(smaps_of(q, "Shared_Clean:"), 8);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	CHECK_EQ(smaps_of(q, "Private_Dirty:"), 8);
	CHECK_EQ(q[0], 'd');
}

TEST(continue_needs_a_page_before_the_end_of_the_file)
{
	int fd = uffd_open(0, 0), file = memfd(2 * PAGE);
	char *p = map(file, 3 * PAGE, MAP_SHARED), *q = map(file, PAGE, MAP_SHARED);

	q[0] = 'c';
	CHECK_EQ(uffd_register(fd, p, 3 * PAGE), 0);
	CHECK_EQ(uffd_continue(fd, p, PAGE), 0);
	CHECK_EQ(p[0], 'c');
	CHECK_ERRNO(uffd_continue(fd, p + PAGE, PAGE), EFAULT);
	CHECK_ERRNO(uffd_continue(fd, p + 2 * PAGE, PAGE), EINVAL);
}
