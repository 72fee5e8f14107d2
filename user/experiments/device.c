/*
 * A driver's mapping: /dev/mem shows the BIOS, which is no file and no memory of the system.
 */
#define _FILE_OFFSET_BITS 64 /* offsets in /proc/self/mem are addresses */
#include "experiment.h"

#include <sys/syscall.h>

enum {
	BIOS = 0xff000,	   /* the last page below 1 MiB */
	FIRST_CODE = 0xff0 /* in it: what the processor runs first */
};

/* What process_vm_readv() takes (struct iovec). */
struct piece {
	void *base;
	size_t length;
};

static volatile unsigned char *map(int fd, int flags)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, BIOS);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

static void show_area(const char *what, const volatile void *p)
{
	for (char *line = read_maps(); line && *line;) {
		struct vma v;

		if (parse_vma(line, &v) && v.start == (unsigned long)p)
			printf("%-8s %.*s\n", what, (int)strcspn(line, " ") + 14, line);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

/* "4 bytes", or why not. */
static const char *result(ssize_t n)
{
	static char text[64];

	if (n >= 0)
		snprintf(text, sizeof(text), "%ld byte%s", (long)n, n == 1 ? "" : "s");
	else
		snprintf(text, sizeof(text), "%s", strerror(errno));
	return text;
}

static void who_can_read(const volatile unsigned char *p)
{
	unsigned char byte, resident = 9;
	struct piece here = {&byte, 1}, there = {(void *)p, 1};
	int mem = open("/proc/self/mem", O_RDONLY), fds[2];

	if (mem < 0 || pipe(fds) < 0)
		fail("open");
	printf("write() from it:      %s\n", result(write(fds[1], (const void *)p, 1)));
	printf("process_vm_readv():   %s\n",
	       result(syscall(SYS_process_vm_readv, getpid(), &here, 1, &there, 1, 0)));
	printf("/proc/self/mem:       %s\n", result(pread(mem, &byte, 1, (unsigned long)p)));
	printf("mincore():            %s\n", mincore((void *)p, PAGE, &resident) ? strerror(errno)
					     : resident				 ? "in memory"
										 : "not in memory");
	printf("pagemap:              %s\n",
	       page_present((const void *)p) ? "a frame" : "no frame");
	close(mem);
	close(fds[0]);
	close(fds[1]);
}

static void what_is_allowed(void *p)
{
	bool moved;

	printf("mlock():              %s\n", mlock(p, PAGE) ? strerror(errno) : "done");
	printf("madvise(DONTNEED):    %s\n",
	       madvise(p, PAGE, MADV_DONTNEED) ? strerror(errno) : "done");
	printf("mremap() to 2 pages:  ");
	moved = mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED;
	printf("%s\n", moved ? "done" : strerror(errno));
}

int main(int argc, char **argv)
{
	volatile unsigned char *shared, *private;
	int fd, status;
	pid_t pid;

	begin(argv);
	fd = open("/dev/mem", O_RDWR);
	if (fd < 0)
		fail("/dev/mem");
	shared = map(fd, MAP_SHARED);
	private = map(fd, MAP_PRIVATE);
	close(fd);
	show_area("shared", shared);
	show_area("private", private);
	printf("\nthe BIOS begins with the instruction %02x (a far jump)\n", shared[FIRST_CODE]);
	who_can_read(shared);
	what_is_allowed((void *)shared);

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		printf("\nin a child: shared %02x, private %02x\n", shared[FIRST_CODE],
		       private[FIRST_CODE]);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);

	printf("\na store to the private mapping\n");
	private[FIRST_CODE] = 0x90;
	printf("private %02x, shared %02x; the byte beside it: private %02x, shared %02x\n",
	       private[FIRST_CODE], shared[FIRST_CODE], private[FIRST_CODE + 1],
	       shared[FIRST_CODE + 1]);
	return 0;
}
