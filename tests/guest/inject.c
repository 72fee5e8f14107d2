/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, and all
 * behind it, fail.
 *
 * For each n a child does things with the kernel that need memory. Each call may fail with an errno
 * or end the child by a signal; the machine goes on, and in the end as much memory is free as
 * before.
 */
#include "inject.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

/* ---- what is done ---- */

static void act_fork(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(buffer[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
}

static void act_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void act_exec(void)
{
	char *const argv[] = {"sh", "-c", "exit 3", NULL}, *const envp[] = {"A=b", NULL};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execve("/bin/sh", argv, envp);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
}

static void act_script(void)
{
	char *const argv[] = {"script", NULL};
	int fd = open("script", O_WRONLY | O_CREAT, 0700);
	pid_t pid;

	if (fd < 0)
		return;
	if (write(fd, "#!/bin/sh -x\nexit 0\n", 20) != 20)
		fd = -fd;
	close(fd);
	pid = fork();
	if (pid == 0) {
		execve("script", argv, NULL);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	unlink("script");
}

static int thread(void *arg)
{
	return 0;
}

static void act_thread(void)
{
	if (clone(thread, thread_stack + sizeof(thread_stack),
		  CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD, NULL) > 0)
		sched_yield();
}

static void act_mmap(void)
{
	char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	if (p == MAP_FAILED)
		return;
	for (i = 1; i < 63; i += 4)
		mprotect(p + i * PAGE, PAGE, PROT_READ);
	p = mremap(p, 64 * PAGE, 128 * PAGE, MREMAP_MAYMOVE);
	if (p != MAP_FAILED)
		munmap(p + 8 * PAGE, 40 * PAGE);
}

/* Out of the middle: the old mapping is split twice. */
static void act_move(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	p[3 * PAGE] = 1;
	p = mremap(p + 3 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	if (p != MAP_FAILED && *p != 1)
		_exit(CHECK_FAILED);
}

static void act_touch(void)
{
	char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	if (p == MAP_FAILED)
		return;
	for (i = 0; i < 64; i += 7)
		p[i * PAGE] = 1;
	act_fork();
	for (i = 0; i < 64; i += 7)
		p[i * PAGE] = 2;
}

static void act_map_file(void)
{
	int fd = open("/bin/sh", O_RDONLY);
	volatile char *p;
	int i;

	if (fd < 0)
		return;
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	for (i = 0; i < 4; i++)
		p[i * PAGE] += 1;
}

/* Two frames without pages, one of which is copied. */
static void act_map_device(void)
{
	int fd = open("/dev/mem", O_RDWR);
	volatile char *p;

	if (fd < 0)
		return;
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0xf0000);
	close(fd);
	if (p == MAP_FAILED)
		return;
	p[PAGE] = p[0] + 1;
	act_fork();
}

static void act_map_shared(void)
{
	volatile char *p =
		mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	p[0] = p[PAGE] + 1;
	act_fork();
}

static void act_brk(void)
{
	char *p = sbrk(40 * PAGE);

	if (p != (void *)-1)
		p[0] = p[39 * PAGE] = 1;
}

static void act_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return;
	if (write(fd, buffer, sizeof(buffer)) > 0 && pread(fd, buffer, sizeof(buffer), 100) > 0)
		ftruncate(fd, 5000);
	fallocate(fd, 0, 0, 8 * PAGE);
	close(fd);
	rename("file", "file2");
	link("file2", "file3");
	symlink("file3", "link");
	readlink("link", buffer, 100);
	stat("link", &(struct stat){0});
	unlink("link");
	unlink("file3");
	unlink("file2");
	unlink("file");
}

static void act_folders(void)
{
	char *names = NULL;
	int fd;

	mkdir("d", 0700);
	mkdir("d/e", 0700);
	fd = open("d", O_RDONLY | O_DIRECTORY);
	if (fd >= 0) {
		syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		close(fd);
	}
	if (chdir("d/e") == 0) {
		names = getcwd(buffer, sizeof(buffer));
		chdir("../..");
	}
	rename("d/e", "d/f");
	rmdir("d/f");
	rmdir("d/e");
	rmdir("d");
	buffer[0] = names != NULL;
}

static void act_read_disk(void)
{
	int fd = open("/bin/ls", O_RDONLY);

	if (fd < 0)
		return;
	if (read(fd, buffer, sizeof(buffer)) < 0)
		buffer[0] = 1;
	close(fd);
	fd = open("/dev/vda", O_RDONLY);
	if (fd < 0)
		return;
	if (pread(fd, buffer, 1000, 40000) < 0)
		buffer[0] = 1;
	close(fd);
	fd = open("/bin", O_RDONLY);
	if (fd < 0)
		return;
	syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
	close(fd);
}

static void act_pipes(void)
{
	struct pollfd polled[4];
	int fds[2][2] = {{-1, -1}, {-1, -1}}, i;

	if (pipe(fds[0]) == 0 && pipe(fds[1]) == 0) {
		write(fds[0][1], buffer, sizeof(buffer));
		writev(fds[1][1], &(struct iovec){buffer, 100}, 1);
		syscall(SYS_splice, fds[0][0], NULL, fds[1][1], NULL, 5000, 0);
		syscall(SYS_tee, fds[0][0], fds[1][1], 5000, 0);
		for (i = 0; i < 4; i++)
			polled[i] = (struct pollfd){fds[i / 2][i % 2], POLLIN | POLLOUT, 0};
		poll(polled, 4, 0);
		fcntl(fds[0][1], 1031, 1 << 20); /* F_SETPIPE_SZ */
		read(fds[0][0], buffer, sizeof(buffer));
	}
	for (i = 0; i < 4; i++)
		close(fds[i / 2][i % 2]);
	dup2(1, 500); /* a larger table of descriptors */
	close(500);
}

static void act_signals(void)
{
	stack_t stack = {.ss_sp = buffer, .ss_size = sizeof(buffer)};
	struct itimerval soon = {{0, 0}, {0, 100}};
	sigset_t set;
	int i;

	sigaltstack(&stack, NULL);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < 40; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	raise(SIGUSR1);
	setitimer(ITIMER_REAL, &soon, NULL);
	sigtimedwait(&set, &(siginfo_t){0}, &(struct timespec){0, 1000});
}

static void on_signal(int sig)
{
	buffer[1]++;
}

/* A handler's frame takes the registers of the FPU. */
static void act_handler(void)
{
	volatile double x = buffer[0];

	signal(SIGUSR1, on_signal);
	x *= 1.5;
	raise(SIGUSR1);
	x *= 1.5;
}

/* A signal can be handled however little memory there is. */
TEST(handler_needs_no_memory)
{
	int status;
	pid_t pid;

	knobs[1] = open_knob("/proc/sys/debug/fail_slab_after");
	pid = fork();
	if (pid == 0) {
		alarm(CHECK_SECONDS / 2);
		signal(SIGUSR1, on_signal);
		buffer[1] = 0;
		set_knob(knobs[1], 0);
		raise(SIGUSR1);
		raise(SIGUSR1);
		_exit(buffer[1] == 2 ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	set_knob(knobs[1], -1);
	CHECK_EQ(status, 0);
}

static void act_locks(void)
{
	struct flock lock = {.l_type = F_WRLCK};
	int fd = open("lock", O_RDWR | O_CREAT, 0600), i;

	if (fd < 0)
		return;
	for (i = 0; i < 10; i++) {
		lock.l_start = i * 10;
		lock.l_len = 5;
		fcntl(fd, F_SETLK, &lock);
	}
	lock.l_type = F_UNLCK;
	lock.l_start = 2;
	lock.l_len = 50;
	fcntl(fd, F_SETLK, &lock);
	close(fd);
	unlink("lock");
}

static void act_proc(void)
{
	static const char *const files[] = {
		"/proc/self/maps", "/proc/self/status",	 "/proc/self/smaps", "/proc/self/stat",
		"/proc/meminfo",   "/proc/self/environ", "/proc/mounts",     "/proc/slabinfo",
		"/proc/self/exe",  "/proc/self/fd"};
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		fd = open(files[i], O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, buffer, sizeof(buffer)) < 0)
			syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		close(fd);
	}
	if (readlink("/proc/self/exe", buffer, 100) < 0)
		buffer[0] = 0;
}

static void act_memory_calls(void)
{
	char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int fd = syscall(SYS_memfd_create, "x", 0);

	if (p != MAP_FAILED) {
		mlock(p, 8 * PAGE);
		madvise(p + PAGE, PAGE, MADV_DONTNEED);
		mincore(p, 16 * PAGE, (unsigned char *)buffer);
		msync(p, PAGE, MS_SYNC);
		madvise(p + 3 * PAGE, PAGE, MADV_DONTFORK);
		mlockall(MCL_CURRENT);
		munlockall();
	}
	if (fd < 0)
		return;
	ftruncate(fd, 8 * PAGE);
	p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		p[3 * PAGE] = 1;
	close(fd);
}

static void act_memory_files(void)
{
	int fd = syscall(SYS_memfd_create, "y", MFD_ALLOW_SEALING), huge;
	struct iovec many[20];
	char *p;
	int i;

	if (fd >= 0) {
		fallocate(fd, 0, 0, 8 * PAGE);
		p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED)
			buffer[0] = p[0];
		pwrite(fd, "x", 1, 9 * PAGE);
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, 2 * PAGE);
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
		mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
	huge = syscall(SYS_memfd_create, "z", MFD_HUGETLB);
	mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_NORESERVE, huge, 0);
	mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1,
	     0);
	for (i = 0; i < 20; i++)
		many[i] = (struct iovec){buffer + i, 1};
	syscall(SYS_process_vm_readv, getppid(), many, 20, many, 20, 0);
	syscall(SYS_process_vm_writev, getpid(), many, 20, many, 20, 0);
}

TEST(fork)
{
	fail_in_turn(act_fork);
}

TEST(vfork)
{
	fail_in_turn(act_vfork);
}

TEST(exec)
{
	fail_in_turn(act_exec);
}

TEST(script)
{
	fail_in_turn(act_script);
}

TEST(thread)
{
	fail_in_turn(act_thread);
}

TEST(mmap)
{
	fail_in_turn(act_mmap);
}

TEST(move)
{
	fail_in_turn(act_move);
}

TEST(touch)
{
	fail_in_turn(act_touch);
}

TEST(map_file)
{
	fail_in_turn(act_map_file);
}

TEST(map_device)
{
	fail_in_turn(act_map_device);
}

TEST(map_shared)
{
	fail_in_turn(act_map_shared);
}

TEST(brk)
{
	fail_in_turn(act_brk);
}

TEST(file)
{
	fail_in_turn(act_file);
}

TEST(folders)
{
	fail_in_turn(act_folders);
}

TEST(read_disk)
{
	fail_in_turn(act_read_disk);
}

TEST(pipes)
{
	fail_in_turn(act_pipes);
}

TEST(signals)
{
	fail_in_turn(act_signals);
}

TEST(handler)
{
	fail_in_turn(act_handler);
}

TEST(locks)
{
	fail_in_turn(act_locks);
}

TEST(proc)
{
	fail_in_turn(act_proc);
}

TEST(memory_calls)
{
	fail_in_turn(act_memory_calls);
}

TEST(memory_files)
{
	fail_in_turn(act_memory_files);
}
