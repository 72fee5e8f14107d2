/*
 * A pager in user space: the faults of a small area are served by another process, which prints
 * what was asked for, looks what the program does meanwhile, and fills the page.
 */
#include "experiment.h"
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

/* The pager watches the area but for its first page. */
#define AREA ((volatile char *)0x50000000)
enum {
	PAGES = 6,
	ZEROS = 3,    /* this page gets zeros from the pager, the others get text */
	OFFSET = 0x64 /* of what is accessed, in its page */
};

static volatile int *accesses; /* that the program has done; shared with the pager */

/* By the state in /proc/PID/stat, which follows the name in brackets. */
static bool sleeps(pid_t pid)
{
	char path[32], text[512] = "", *name_end;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail(path);
	close(fd);
	name_end = strrchr(text, ')');
	return name_end && (name_end[2] == 'S' || name_end[2] == 'D');
}

static void fill_with_text(int fd, unsigned long page)
{
	static char text[PAGE];
	struct uffdio_copy copy = {.dst = page, .src = (unsigned long)text, .len = PAGE};

	memset(text, 0, sizeof(text));
	snprintf(text + OFFSET, sizeof(text) - OFFSET, "text for page %d",
		 (int)(page - (unsigned long)AREA) / PAGE);
	if (ioctl(fd, UFFDIO_COPY, &copy) < 0)
		fail("UFFDIO_COPY");
}

static void fill_with_zeros(int fd, unsigned long page)
{
	struct uffdio_zeropage zero = {.range = {page, PAGE}};

	if (ioctl(fd, UFFDIO_ZEROPAGE, &zero) < 0)
		fail("UFFDIO_ZEROPAGE");
}

/* It says what it does before it does it: then the program goes on, and prints too. */
_Noreturn static void serve(int fd, pid_t program)
{
	unsigned long address, page;
	struct uffd_msg msg;
	bool zeros;

	for (;;) {
		if (read(fd, &msg, sizeof(msg)) != sizeof(msg))
			fail("userfaultfd");
		address = msg.arg.pagefault.address;
		page = address & -PAGE;
		zeros = page == (unsigned long)AREA + ZEROS * PAGE;
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		printf("    pager: a %s at %08lx; the program %s, accesses done: %d; %s\n",
		       msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE ? "write" : "read",
		       address, sleeps(program) ? "sleeps" : "runs", *accesses,
		       zeros ? "UFFDIO_ZEROPAGE" : "UFFDIO_COPY");
		fflush(stdout);
		if (zeros)
			fill_with_zeros(fd, page);
		else
			fill_with_text(fd, page);
	}
}

/* The last page's VMA: its addresses and flags, from /proc/self/smaps. */
static void show_flags(const char *what)
{
	static char text[32768];
	int fd = open("/proc/self/smaps", O_RDONLY);
	unsigned long last = (unsigned long)AREA + (PAGES - 1) * PAGE;
	struct vma v = {0}, next;
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		fail("/proc/self/smaps");
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = '\0';
	for (char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (parse_vma(line, &next))
			v = next;
		if (v.start <= last && last < v.end && strncmp(line, "VmFlags:", 8) == 0)
			printf("%-15s %08lx-%08lx%.*s\n", what, v.start, v.end,
			       (int)strcspn(line + 8, "\n") - 1,
			       line + 8); /* it ends with a blank */
	}
}

static int open_pager(void)
{
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EXACT_ADDRESS};
	struct uffdio_register watch = {
		.range = {(unsigned long)AREA + PAGE, (PAGES - 1) * PAGE},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, 0);

	if (fd < 0)
		fail("userfaultfd");
	if (ioctl(fd, UFFDIO_API, &api) < 0)
		fail("UFFDIO_API");
	if (ioctl(fd, UFFDIO_REGISTER, &watch) < 0)
		fail("UFFDIO_REGISTER");
	return fd;
}

/* What an access needs of the kernel happens behind this line. */
static void announce(const char *what, int page)
{
	printf("%s page %d\n", what, page);
	fflush(stdout);
}

static void finds(const char *text)
{
	++*accesses;
	printf("  finds \"%s\"\n", text);
}

static void read_page(int page)
{
	const char *text = (const char *)AREA + page * PAGE + OFFSET;
	char first;

	announce("reads", page);
	first = *(const volatile char *)text;
	finds(first ? text : "");
}

static void write_page(int page)
{
	announce("writes to", page);
	AREA[page * PAGE + OFFSET] = 'T';
	finds((const char *)AREA + page * PAGE + OFFSET);
}

/* The access is the kernel's, on behalf of write(). */
static void write_from_page(int page)
{
	char text[16] = "";
	int ends[2];

	if (pipe(ends) < 0)
		fail("pipe");
	announce("calls write() with", page);
	if (write(ends[1], (const char *)AREA + page * PAGE + OFFSET, sizeof(text) - 1) < 0 ||
	    read(ends[0], text, sizeof(text) - 1) < 0)
		fail("pipe");
	finds(text);
}

static void access_pages(void)
{
	read_page(0);
	read_page(1);
	read_page(1);
	write_page(2);
	read_page(ZEROS);
	printf("  pages %d and 0: %s\n", ZEROS,
	       same_frame(page_frame((const char *)AREA + ZEROS * PAGE),
			  page_frame((const char *)AREA)));
	write_page(ZEROS);
	write_from_page(4);
}

int main(int argc, char **argv)
{
	pid_t program = getpid(), pager;
	int fd;

	begin(argv);
	need_frames();
	accesses = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (accesses == MAP_FAILED ||
	    mmap((void *)AREA, PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		fail("mmap");
	show_flags("not watched");
	fd = open_pager();
	show_flags("watched");
	fflush(stdout);
	pager = fork();
	if (pager < 0)
		fail("fork");
	if (pager == 0)
		serve(fd, program);
	access_pages();
	kill(pager, SIGKILL);
	waitpid(pager, NULL, 0);
	close(fd);
	show_flags("without a pager");
	read_page(PAGES - 1);
	return 0;
}
