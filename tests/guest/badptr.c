/*
 * Bad pointers to system calls. For every call that takes a pointer, and for each of its pointers,
 * the call is made with the others right and this one bad in nine ways; the answer must be Linux's,
 * which is nearly always EFAULT. Below that: what is left of a copy that runs into a page that is
 * not there.
 *
 * `badptr -p` prints what each call answers, for comparing two systems.
 */
#define CHECK_NO_MAIN
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>

#define PAGE 4096UL

/* ---- the ways to be bad ---- */

enum {
	IS_NULL,
	LOW,
	UNMAPPED,
	NO_ACCESS,
	CROSSING, /* begins well, ends where nothing is */
	END_OF_USER,
	KERNEL,
	LAST_BYTE,
	READ_ONLY, /* bad for output only */
	NR_WAYS
};

/* Pages: 0 read and write, 1 unmapped, 2 no access, 3 unmapped, 4 read only. */
static unsigned char *pages;
static unsigned char *good; /* a page of zeros that may be written */

static uint32_t bad_pointer(int way, unsigned int size)
{
	switch (way) {
	case IS_NULL:
		return 0;
	case LOW:
		return 8;
	case UNMAPPED:
		return (uint32_t)pages + PAGE + PAGE / 2;
	case NO_ACCESS:
		return (uint32_t)pages + 2 * PAGE;
	case CROSSING:
		return (uint32_t)pages + PAGE - (size > 1 ? size / 2 : 1);
	case END_OF_USER:
		return 0xc0000000 - (size > 1 ? size / 2 : 1);
	case KERNEL:
		return 0xc0100000;
	case LAST_BYTE:
		return 0xffffffff;
	default:
		return (uint32_t)pages + 4 * PAGE;
	}
}

/* ---- the calls ---- */

/* Arguments that are found out when the call is made. */
enum {
	FIRST_SPECIAL = 0x7a000000,
	BAD,	  /* the pointer under test */
	GOOD,	  /* a page of zeros that may be written */
	GOOD2,	  /* another part of it */
	A_PATH,	  /* of a file that is there */
	A_NEW,	  /* of one that is not */
	A_LINK,	  /* of a symbolic link */
	A_DIR,	  /* of a folder */
	FD,	  /* of a file with a page in it */
	FD_DIR,	  /* of the folder */
	FD_PIPE,  /* of a pipe's end for reading; something is in it */
	FD_PIPEW, /* of the other end */
	FD_TTY,	  /* of a terminal, if there is one */
	SELF,	  /* our number */
	CHILD,	  /* of a child that has ended */
};

/*
 * in: the call reads there; out: it writes; io: both; path: it reads a string; vec: it reads an
 * iovec. size counts the bytes. answers: one letter for each way, in the order above; NULL stands
 * for EFAULT at all.
 */
struct badcall {
	const char *name;
	int nr;
	int kind;
	unsigned int size;
	uint32_t args[6];
	const char *answers;
};

enum {
	IN = 'i',
	OUT = 'o',
	PATH = 'p'
};

static const struct badcall calls[] = {
/* clang-format off */
#define CALL(KIND, NAME, SIZE, ARGS) {#NAME, SYS_##NAME, KIND, SIZE, ARGS, NULL},
#define CALL_(KIND, NAME, SIZE, ARGS, ANSWERS) {#NAME, SYS_##NAME, KIND, SIZE, ARGS, ANSWERS},
#define A(...) {__VA_ARGS__}
/* clang-format on */
#include "badptr_calls.h"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- making them ---- */

static int file, dir, pipes[2], tty;

static void prepare(void)
{
	char folder[] = "/tmp/badptr.XXXXXX";

	pages = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	good = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED && good != MAP_FAILED);
	pages[4 * PAGE] = 0;
	CHECK(munmap(pages + PAGE, PAGE) == 0 && munmap(pages + 3 * PAGE, PAGE) == 0);
	CHECK(mprotect(pages + 2 * PAGE, PAGE, PROT_NONE) == 0);
	CHECK(mprotect(pages + 4 * PAGE, PAGE, PROT_READ) == 0);
	CHECK(mkdtemp(folder) && chdir(folder) == 0);
	file = open("file", O_RDWR | O_CREAT, 0666);
	CHECK(file >= 0 && write(file, good, PAGE) == (ssize_t)PAGE);
	CHECK(symlink("file", "link") == 0);
	CHECK(mkdir("dir", 0777) == 0);
	dir = open(".", O_RDONLY);
	CHECK(dir >= 0 && pipe(pipes) == 0);
	CHECK(write(pipes[1], good, 2000) == 2000);
	tty = open("/dev/tty", O_RDWR | O_NOCTTY);
	if (tty < 0)
		tty = 0;
}

static void clean_up(void)
{
	char folder[64];

	CHECK(getcwd(folder, sizeof(folder)));
	unlink("file");
	unlink("link");
	unlink("new");
	rmdir("new");
	rmdir("dir");
	CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

static pid_t ended_child(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
	return pid;
}

static uint32_t argument(uint32_t a, uint32_t bad)
{
	switch (a) {
	case BAD:
		return bad;
	case GOOD:
		return (uint32_t)good;
	case GOOD2:
		return (uint32_t)good + PAGE / 2;
	case A_PATH:
		return (uint32_t) "file";
	case A_NEW:
		return (uint32_t) "new";
	case A_LINK:
		return (uint32_t) "link";
	case A_DIR:
		return (uint32_t) "dir";
	case FD:
		return file;
	case FD_DIR:
		return dir;
	case FD_PIPE:
		return pipes[0];
	case FD_PIPEW:
		return pipes[1];
	case FD_TTY:
		return tty;
	case SELF:
		return getpid();
	case CHILD:
		return ended_child();
	default:
		return a;
	}
}

static long raw_call(const struct badcall *c, uint32_t bad)
{
	uint32_t a[7] = {c->nr};
	long result;
	int i;

	for (i = 0; i < 6; i++)
		a[i + 1] = argument(c->args[i], bad);
	__asm__ volatile("push %%ebp\n push %%ebx\n"
			 "mov 4(%%eax), %%ebx\n mov 8(%%eax), %%ecx\n mov 12(%%eax), %%edx\n"
			 "mov 16(%%eax), %%esi\n mov 20(%%eax), %%edi\n mov 24(%%eax), %%ebp\n"
			 "mov (%%eax), %%eax\n int $0x80\n pop %%ebx\n pop %%ebp\n"
			 : "=a"(result)
			 : "a"(a)
			 : "ecx", "edx", "esi", "edi", "memory");
	return result;
}

/* One letter for an answer. */
static char letter(long result)
{
	static const struct {
		int error;
		char letter;
	} letters[] = {{EFAULT, 'F'}, {EINVAL, 'I'},	   {ENOENT, 'N'}, {EBADF, 'B'},
		       {ENOMEM, 'M'}, {ENOSYS, 'S'},	   {EPERM, 'P'},  {EAGAIN, 'A'},
		       {ESRCH, 'R'},  {ENAMETOOLONG, 'L'}, {ENOTTY, 'T'}, {EINTR, 'i'},
		       {ECHILD, 'C'}, {ERANGE, 'E'},	   {E2BIG, 'G'},  {ENODEV, 'D'},
		       {EACCES, 'c'}, {EEXIST, 'e'},	   {ENOTDIR, 'd'}};
	unsigned int i;

	if (result >= 0)
		return '0';
	for (i = 0; i < COUNT(letters); i++)
		if (letters[i].error == -result)
			return letters[i].letter;
	return '?';
}

/* What a call with the pointer bad in this way answers; each is made by a child, so that it can do
 * no harm. */
static char answer(const struct badcall *c, int way)
{
	struct itimerval soon = {{0, 0}, {0, 200000}};
	char text = '!';
	int fds[2];
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		uint32_t bad = bad_pointer(way, c->size);

		if (c->kind == PATH)
			memset(pages, 'a', PAGE);
		setitimer(ITIMER_REAL, &soon, NULL); /* some wait for ever */
		text = letter(raw_call(c, bad));
		if (write(fds[1], &text, 1) != 1)
			_exit(1);
		kill(getpid(), SIGKILL); /* no more of this address space, which may have changed */
	}
	close(fds[1]);
	if (read(fds[0], &text, 1) != 1)
		text = '!';
	close(fds[0]);
	while (waitpid(pid, NULL, 0) != pid)
		CHECK(errno == EINTR);
	return text;
}

static int ways_of(const struct badcall *c)
{
	return c->kind == OUT ? NR_WAYS : READ_ONLY;
}

static const char *wanted(const struct badcall *c)
{
	return c->answers ? c->answers : "FFFFFFFFF";
}

static void get_answers(const struct badcall *c, char *text)
{
	int way;

	for (way = 0; way < ways_of(c); way++)
		text[way] = answer(c, way);
	text[way] = '\0';
}

/* Which of its arguments is under test. */
static int position(const struct badcall *c)
{
	int i;

	for (i = 0; i < 6 && c->args[i] != BAD; i++)
		;
	return i + 1;
}

static void print_answers(void)
{
	char text[NR_WAYS + 1];
	unsigned int i;

	prepare();
	for (i = 0; i < COUNT(calls); i++) {
		get_answers(&calls[i], text);
		check_print("%s%s(%d) %s",
			    strncmp(text, wanted(&calls[i]), strlen(text)) ? "! " : "",
			    calls[i].name, position(&calls[i]), text);
	}
	clean_up();
}

/* A call that the system does not have answers ENOSYS to all. */
TEST(answers)
{
	char text[NR_WAYS + 1];
	unsigned int i, wrong = 0;

	prepare();
	for (i = 0; i < COUNT(calls); i++) {
		get_answers(&calls[i], text);
		if (strncmp(text, wanted(&calls[i]), strlen(text)) == 0 ||
		    strspn(text, "S") == strlen(text))
			continue;
		check_print("%s, argument %d: %s and not %s", calls[i].name, position(&calls[i]),
			    text, wanted(&calls[i]));
		wrong++;
	}
	clean_up();
	CHECK_EQ(wrong, 0);
}

/* ---- copies that go well for a while ---- */

/* Linux on i386 copies 64 bytes at a time and stops before the first that does not go as a whole; a
 * write to a file then tries the rest for ever. So whole multiples are asked for. */
#define CHUNK 64

/* The last n bytes before the page that is not there. */
static unsigned char *before_hole(unsigned int n)
{
	return pages + PAGE - n;
}

static void fill(unsigned char *p, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		p[i] = i * 7 + 1;
}

TEST(read_file_into_hole)
{
	prepare();
	fill(good, PAGE);
	CHECK(pwrite(file, good, PAGE, 0) == (ssize_t)PAGE);
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	CHECK_EQ(read(file, before_hole(2 * CHUNK), 300), 2 * CHUNK);
	CHECK(memcmp(before_hole(2 * CHUNK), good, 2 * CHUNK) == 0);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 2 * CHUNK);
	CHECK_ERRNO(read(file, pages + PAGE, 10), EFAULT);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 2 * CHUNK);
	CHECK_EQ(pread(file, before_hole(CHUNK), 4096, 50), CHUNK);
	CHECK(memcmp(before_hole(CHUNK), good + 50, CHUNK) == 0);
	clean_up();
}

TEST(write_file_from_hole)
{
	unsigned char back[PAGE];

	prepare();
	fill(pages, PAGE);
	CHECK(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	CHECK_EQ(write(file, before_hole(2 * CHUNK), 300), 2 * CHUNK);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 2 * CHUNK);
	CHECK_EQ(pread(file, back, sizeof(back), 0), 2 * CHUNK);
	CHECK(memcmp(back, before_hole(2 * CHUNK), 2 * CHUNK) == 0);
	CHECK_ERRNO(write(file, pages + PAGE, 10), EFAULT);
	CHECK_EQ(lseek(file, 0, SEEK_END), 2 * CHUNK);
	clean_up();
}

TEST(write_file_across_pages)
{
	unsigned char *big;
	struct stat st;

	prepare();
	big = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(big != MAP_FAILED && munmap(big + 3 * PAGE, PAGE) == 0);
	CHECK(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
	CHECK_EQ(write(file, big + CHUNK, 10 * PAGE), 3 * PAGE - CHUNK);
	CHECK(fstat(file, &st) == 0);
	CHECK_EQ(st.st_size, 3 * PAGE - CHUNK);
	clean_up();
}

TEST(pipe_into_hole)
{
	prepare();
	CHECK_EQ(read(pipes[0], good, 2000), 2000);
	CHECK_EQ(write(pipes[1], "0123456789", 10), 10);
	CHECK_ERRNO(read(pipes[0], pages + PAGE, 10), EFAULT);
	CHECK_EQ(read(pipes[0], good, 100), 10);
	CHECK(memcmp(good, "0123456789", 10) == 0);
	CHECK_ERRNO(write(pipes[1], pages + PAGE, 10), EFAULT);
	CHECK(fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(pipes[0], good, 100), EAGAIN);
	clean_up();
}

TEST(vectors)
{
	struct iovec v[3];
	volatile int minus_one = -1, too_many = IOV_MAX + 1;

	prepare();
	fill(good, PAGE);
	CHECK(pwrite(file, good, PAGE, 0) == (ssize_t)PAGE);
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	v[0] = (struct iovec){good, 10};
	v[1] = (struct iovec){pages + PAGE, 10};
	v[2] = (struct iovec){good, 10};
	CHECK_EQ(readv(file, v, 3), 10);
	CHECK_EQ(writev(file, v, 3), 10);
	CHECK_ERRNO(readv(file, v + 1, 2), EFAULT);
	CHECK_ERRNO(writev(file, v + 1, 2), EFAULT);
	v[1] = (struct iovec){(void *)0xc0100000, 10};
	CHECK_ERRNO(readv(file, v, 3), EFAULT);
	CHECK_ERRNO(writev(file, v, 3), EFAULT);
	v[1] = (struct iovec){good, (size_t)-1};
	CHECK_ERRNO(readv(file, v, 3), EINVAL);
	CHECK_ERRNO(readv(file, v, minus_one), EINVAL);
	CHECK_ERRNO(readv(file, v, too_many), EINVAL);
	clean_up();
}

/* A length that goes round the end of the address space, or is as long as it. */
TEST(lengths)
{
	volatile size_t all = 0xffffffff, half = 0x80000000;

	prepare();
	CHECK_ERRNO(read(file, (void *)0xb0000000, 0x7fffffff), EFAULT);
	CHECK_ERRNO(read(file, good, all), EFAULT);
	CHECK_ERRNO(write(file, (void *)0xfffff000, 0x2000), EFAULT);
	CHECK_ERRNO(write(file, (void *)8, half), EINVAL);
	CHECK_EQ(read(file, (void *)0xc0100000, 0), -1);
	CHECK_EQ(errno, EFAULT);
	CHECK_EQ(write(file, NULL, 0), 0);
	CHECK_ERRNO(syscall(SYS_getcwd, good, 3), ERANGE);
	clean_up();
}

TEST(exec_vectors)
{
	char *argv[] = {"x", (char *)8, NULL}, **volatile low = (char **)8;
	static char *many[64];
	int i;

	prepare();
	CHECK_ERRNO(execve("/proc/self/exe", argv, NULL), EFAULT);
	argv[1] = (char *)0xc0100000;
	CHECK_ERRNO(execve("/proc/self/exe", argv, NULL), EFAULT);
	memset(pages, 'a', PAGE);
	argv[1] = (char *)before_hole(5);
	CHECK_ERRNO(execve("/proc/self/exe", argv, NULL), EFAULT);
	argv[1] = NULL;
	CHECK_ERRNO(execve("/proc/self/exe", argv, low), EFAULT);
	low = (char **)before_hole(4);
	CHECK_ERRNO(execve("/proc/self/exe", low, NULL), EFAULT);
	/* one argument longer than 32 pages */
	argv[1] = mmap(NULL, 33 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(argv[1], 'x', 33 * PAGE - 1);
	CHECK_ERRNO(execve("/proc/self/exe", argv, NULL), E2BIG);
	/* together more than a quarter of the stack's limit */
	argv[1][31 * PAGE] = '\0';
	CHECK(setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 20, 1 << 20}) == 0);
	for (i = 0; i < 63; i++)
		many[i] = argv[1];
	CHECK_ERRNO(execve("/proc/self/exe", many, NULL), E2BIG);
	clean_up();
}

/* A handler's frame that cannot be written ends the process by SIGSEGV, wherever the stack pointer
 * is. */
static void handler(int sig)
{
}

static void signal_with_stack_at(uint32_t sp, int flags)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	__asm__ volatile("mov %%esp, %%esi\n mov %0, %%esp\n int $0x80\n mov %%esi, %%esp\n"
			 :
			 : "r"(sp), "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "esi", "memory");
}

TEST(stack_pointers)
{
	static const uint32_t places[] = {0,	      4,	  64,	      0x1000,
					  0xbffffffc, 0xc0000000, 0xc0000040, 0xc0100000,
					  0xfffffffc, 0xffffffff};
	unsigned int i;

	prepare();
	for (i = 0; i < COUNT(places); i++) {
		if (places[i] == 0xbffffffc)
			continue;
		CHECK_SIGNAL(signal_with_stack_at(places[i], 0), SIGSEGV);
		CHECK_SIGNAL(signal_with_stack_at(places[i], SA_SIGINFO), SIGSEGV);
	}
	CHECK_SIGNAL(signal_with_stack_at((uint32_t)pages + 5 * PAGE, 0), SIGSEGV);
	CHECK_SIGNAL(signal_with_stack_at((uint32_t)pages + 3 * PAGE, SA_SIGINFO), SIGSEGV);
	CHECK_SIGNAL(signal_with_stack_at((uint32_t)pages + PAGE, SA_SIGINFO), 0);
	clean_up();
}

int main(int argc, char **argv)
{
	struct check_case *c;
	int failed = 0;

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		print_answers();
		return 0;
	}
	for (c = check_first; c; c = c->next)
		if (check_wanted(c->name, argc, argv))
			failed |= check_run(c);
	return failed;
}
