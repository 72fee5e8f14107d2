/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes every allocation fail.
 *
 * What must not fail needs no memory: the end of a process, the return from a handler, an exec that
 * has no program to go back to, giving memory back, the log, the OOM killer; and init lives on.
 */
#include "check.h"
#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE	    4096
#define DONE	    42
#define LOG_READ    3
#define LOG_BYTES   (256 * 1024)
#define STACK_BYTES (8 * PAGE)

static int page_knob, slab_knob;

static int open_knob(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		SKIP("no debug kernel");
	return fd;
}

static void set_knob(int knob, const char *text)
{
	if (pwrite(knob, text, strlen(text), 0) != (ssize_t)strlen(text))
		_exit(CHECK_FAILED);
}

static void starve(void)
{
	set_knob(page_knob, "0");
	set_knob(slab_knob, "0");
}

static void feed(void)
{
	set_knob(page_knob, "-1");
	set_knob(slab_knob, "-1");
}

static void set_oom_score(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* Everything present, nothing shared with another: running on needs no memory. */
static void touch_all(void)
{
	char stack[STACK_BYTES];

	memset(stack, 1, sizeof(stack));
	__asm__ volatile("" : : "r"(stack) : "memory");
	CHECK(mlockall(MCL_CURRENT) == 0);
}

/* The knobs, and a process that the killer lets live. */
static void prepare(void)
{
	page_knob = open_knob("/proc/sys/debug/fail_page_alloc_after");
	slab_knob = open_knob("/proc/sys/debug/fail_slab_after");
	set_oom_score("-1000");
}

/* How a child ends that makes itself ready, and then acts while every allocation fails. */
static int starving_child(void (*make_ready)(void), void (*act)(void))
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		if (make_ready)
			make_ready();
		touch_all();
		starve();
		act();
		_exit(DONE);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	feed();
	return status;
}

#define CHECK_DONE(STATUS)                                           \
	do {                                                         \
		int s_ = (STATUS);                                   \
		if (!WIFEXITED(s_) || WEXITSTATUS(s_) != DONE)       \
			CHECK_FAIL("the child's status is %#x", s_); \
	} while (0)

/* ---- giving back ---- */

static char block[4 * PAGE];
static char *anonymous, *shared, *of_file;
static int pipe_fds[2], memfd, file;

static void own_everything(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = 10, .l_len = 10};

	anonymous =
		mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	shared = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(anonymous != MAP_FAILED && shared != MAP_FAILED);
	memset(anonymous, 1, 64 * PAGE);
	memset(shared, 1, 64 * PAGE);
	CHECK(mprotect(anonymous + 8 * PAGE, PAGE, PROT_READ) == 0);
	CHECK(pipe(pipe_fds) == 0);
	CHECK_EQ(write(pipe_fds[1], block, sizeof(block)), sizeof(block));
	memfd = syscall(SYS_memfd_create, "m", 0);
	CHECK_EQ(write(memfd, block, sizeof(block)), sizeof(block));
	file = open("/tmp/nofail", O_RDWR | O_CREAT, 0600);
	CHECK(file >= 0 && unlink("/tmp/nofail") == 0);
	CHECK_EQ(write(file, block, sizeof(block)), sizeof(block));
	CHECK(fcntl(file, F_SETLK, &lock) == 0 && flock(file, LOCK_EX) == 0);
	of_file = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(of_file != MAP_FAILED);
	of_file[PAGE] = 2;
}

static void give_it_back(void)
{
	struct flock unlock = {.l_type = F_UNLCK};
	int failed = 0;

	failed |= munmap(anonymous, 64 * PAGE) ? 1 : 0;
	failed |= munmap(shared, 64 * PAGE) ? 2 : 0;
	failed |= munmap(of_file, 4 * PAGE) ? 4 : 0;
	failed |= fcntl(file, F_SETLK, &unlock) ? 8 : 0;
	failed |= flock(file, LOCK_UN) ? 16 : 0;
	failed |= ftruncate(file, 0) ? 32 : 0;
	failed |= close(file) || close(memfd) || close(pipe_fds[0]) || close(pipe_fds[1]) ? 64 : 0;
	if (failed)
		_exit(128 | failed);
}

static void nothing(void)
{
}

TEST(exit_gives_everything_back)
{
	prepare();
	CHECK_DONE(starving_child(own_everything, nothing));
}

TEST(close_and_munmap_give_back)
{
	prepare();
	CHECK_DONE(starving_child(own_everything, give_it_back));
}

static int drop_caches;

static void cache_something(void)
{
	int fd = open("/bin/sh", O_RDONLY);

	CHECK(fd >= 0);
	while (read(fd, block, sizeof(block)) > 0)
		;
	drop_caches = open("/proc/sys/vm/drop_caches", O_WRONLY);
	CHECK(drop_caches >= 0);
}

static void drop(void)
{
	if (write(drop_caches, "3", 1) != 1)
		_exit(1);
}

TEST(caches_are_given_back)
{
	prepare();
	CHECK_DONE(starving_child(cache_something, drop));
}

/* ---- signals ---- */

static volatile int handled;

static void handler(int sig)
{
	handled++;
	if (sig == SIGUSR1)
		raise(SIGUSR2);
}

static void install(void)
{
	struct sigaction sa = {.sa_handler = handler};

	CHECK(sigaction(SIGUSR1, &sa, NULL) == 0 && sigaction(SIGUSR2, &sa, NULL) == 0);
}

static void be_signalled(void)
{
	raise(SIGUSR1);
	if (handled != 2)
		_exit(1);
}

TEST(handlers_within_handlers)
{
	prepare();
	CHECK_DONE(starving_child(install, be_signalled));
}

/* rt_sigaction(SIGUSR1, handler); for (;;) { write(1, a byte); pause(); }: no FPU instruction. */
extern const char plain_code[], plain_code_end[];
__asm__(".pushsection .rodata\n"
	"plain_code: call 1f\n"
	"1: popl %edx\n"
	"	leal 3f-1b(%edx), %edx\n"
	"	pushl $0; pushl $0; pushl $0; pushl $0; pushl %edx\n"
	"	movl $174, %eax; movl $10, %ebx; movl %esp, %ecx; xorl %edx, %edx; movl $8, %esi\n"
	"	int $0x80\n"
	"2: movl $4, %eax; movl $1, %ebx; movl %esp, %ecx; movl $1, %edx; int $0x80\n"
	"	movl $29, %eax; int $0x80\n"
	"	jmp 2b\n"
	"3: ret\n"
	"plain_code_end: .popsection\n");

static void write_program(const char *path)
{
	const size_t code = plain_code_end - plain_code,
		     headers = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr);
	Elf32_Ehdr e = {.e_ident = ELFMAG "\1\1\1",
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_version = EV_CURRENT,
			.e_entry = 0x08048000 + headers,
			.e_phoff = sizeof(e),
			.e_ehsize = sizeof(e),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1};
	Elf32_Phdr p = {.p_type = PT_LOAD,
			.p_vaddr = 0x08048000,
			.p_filesz = headers + code,
			.p_memsz = headers + code,
			.p_flags = PF_R | PF_X,
			.p_align = PAGE};
	int fd = open(path, O_WRONLY | O_CREAT, 0700);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, &e, sizeof(e)), sizeof(e));
	CHECK_EQ(write(fd, &p, sizeof(p)), sizeof(p));
	CHECK_EQ(write(fd, plain_code, code), code);
	close(fd);
}

/* The byte is written: wait until pause() sleeps, too. */
static void wait_until_asleep(pid_t pid)
{
	char path[40], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'S') {
		f = fopen(path, "r");
		CHECK(f && fscanf(f, "%*d (%*[^)]) %c", &state) == 1);
		fclose(f);
	}
}

TEST(a_handlers_return_needs_no_memory)
{
	char *const argv[] = {"plain", NULL}, byte;
	int fds[2], status, i;
	pid_t pid;

	prepare();
	CHECK(pipe(fds) == 0);
	write_program("/tmp/nofail-plain");
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		execve("/tmp/nofail-plain", argv, NULL);
		_exit(1);
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], (char *)&byte, 1), 1);
	for (i = 0; i < 3; i++) {
		wait_until_asleep(pid);
		set_knob(slab_knob, i ? "0" : "-1");
		CHECK(kill(pid, SIGUSR1) == 0);
		status = read(fds[0], (char *)&byte, 1);
		set_knob(slab_knob, "-1");
		CHECK_EQ(status, 1);
	}
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(unlink("/tmp/nofail-plain") == 0);
}

/* ---- the killer and the log ---- */

static void want_to_die(void)
{
	set_oom_score("1000");
	anonymous = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch_a_page(void)
{
	*(volatile char *)anonymous = 1;
}

static void want_a_page(void)
{
	/* not yet there when everything else is made present */
	want_to_die();
	touch_all();
	CHECK(munmap(anonymous, PAGE) == 0);
	anonymous = mmap(anonymous, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(anonymous != MAP_FAILED);
	starve();
	touch_a_page();
}

TEST(the_killer_and_its_message)
{
	static char log[LOG_BYTES + 1];
	char text[64];
	int status, n;
	pid_t pid;

	prepare();
	pid = fork();
	if (pid == 0) {
		want_a_page();
		_exit(DONE);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	feed();
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	n = klogctl(LOG_READ, log, LOG_BYTES);
	CHECK(n > 0);
	snprintf(text, sizeof(text), "Out of memory: Killed process %d (nofail)", pid);
	CHECK(strstr(log, text));
}

/* ---- exec ---- */

#define MAX_POINTS 200

static char thread_stacks[2][STACK_BYTES] __attribute__((aligned(16)));

static int idle(void *arg)
{
	for (;;)
		pause();
	return 0;
}

static int threads_of_mine(void)
{
	char text[1024], *line;
	int fd = open("/proc/self/status", O_RDONLY), n;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, "Threads:");
	return line ? atoi(line + strlen("Threads:")) : -1;
}

/* With another thread, and another process that shares memory, descriptors and handlers: exec has
 * to take leave of both. If it comes back, the thread is still there. */
static void exec_with_others(int knob, int n)
{
	char *const argv[] = {"true", NULL};
	char text[16];
	pid_t other;

	CHECK(clone(idle, thread_stacks[0] + STACK_BYTES,
		    CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD, NULL) > 0);
	other = clone(idle, thread_stacks[1] + STACK_BYTES, CLONE_VM | CLONE_FILES | CLONE_SIGHAND,
		      NULL);
	CHECK(other > 0);
	touch_all();
	snprintf(text, sizeof(text), "%d", n);
	set_knob(knob, text);
	execve("/bin/true", argv, NULL);
	feed();
	_exit(threads_of_mine() == 2 ? DONE : 1);
}

#define NO_START 127 /* the C library of the new program found no memory */

/* => whether an allocation failed: then the program was not the new one, or could not start. */
static int exec_point(int knob, int n)
{
	int status, killed, came_back;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		set_oom_score("1000");
		exec_with_others(knob, n);
	}
	setpgid(pid, pid);
	CHECK(waitpid(pid, &status, 0) == pid);
	feed();
	kill(-pid, SIGKILL);
	killed =
		WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGKILL);
	came_back = WIFEXITED(status) &&
		    (WEXITSTATUS(status) == DONE || WEXITSTATUS(status) == NO_START);
	if (!killed && !came_back && status)
		CHECK_FAIL("point %d: status %#x", n, status);
	return killed || came_back;
}

TEST(exec_kills_when_there_is_no_way_back)
{
	int n;

	prepare();
	CHECK(!exec_point(slab_knob, MAX_POINTS)); /* the caches know the program now */
	for (n = 0; exec_point(slab_knob, n); n++)
		CHECK(n < MAX_POINTS);
	for (n = 0; exec_point(page_knob, n); n++)
		CHECK(n < MAX_POINTS);
}

/* ---- init ---- */

/* A process whose parent is init; it does nothing. */
static pid_t make_orphan(void)
{
	int fds[2];
	pid_t pid, orphan;

	CHECK(pipe(fds) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		orphan = fork();
		if (orphan == 0)
			for (;;)
				pause();
		_exit(write(fds[1], &orphan, sizeof(orphan)) != sizeof(orphan));
	}
	CHECK_EQ(read(fds[0], &orphan, sizeof(orphan)), sizeof(orphan));
	CHECK_CHILD(pid);
	close(fds[0]);
	close(fds[1]);
	return orphan;
}

/* Each stop, continuation and death is a signal for init. => whether init took it away. */
static int orphan_is_reaped(pid_t orphan)
{
	int i;

	for (i = 0; i < 5; i++) {
		kill(orphan, SIGSTOP);
		usleep(5000);
		kill(orphan, SIGCONT);
		usleep(5000);
	}
	kill(orphan, SIGKILL);
	for (i = 0; i < 1000 && kill(orphan, 0) == 0; i++)
		usleep(2000);
	return i < 1000;
}

TEST(init_lives_on)
{
	pid_t first, second;
	int reaped;

	prepare();
	first = make_orphan();
	CHECK(orphan_is_reaped(first)); /* all that init needs is there now */
	second = make_orphan();
	touch_all();
	starve();
	reaped = orphan_is_reaped(second);
	feed();
	CHECK(reaped);
}
