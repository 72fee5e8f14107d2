/* musl's calls for processes, files and time: whatever of them meets the kernel in a way of musl's
 * own. */
#include "../guest/check.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <utmpx.h>

#define SELF "/proc/self/exe"

extern char **environ;

TEST(processes)
{
	char line[64];
	FILE *f = popen("echo one; exit 3", "r");

	CHECK(f && fgets(line, sizeof(line), f));
	CHECK_STR(line, "one\n");
	CHECK_EQ(pclose(f), 3 << 8);
	f = popen("read a b; test $b = two", "w");
	CHECK(f && fputs("one two\n", f) >= 0);
	CHECK_EQ(pclose(f), 0);
	CHECK_EQ(system("exit 4"), 4 << 8);
	CHECK_EQ(system("kill -9 $$"), SIGKILL);
	CHECK(system(NULL) != 0);
}

TEST(pipeline_of_forks)
{
	int fd[2], in = open("/dev/null", O_RDONLY), i;
	char c = 0, dummy;
	pid_t pid;

	for (i = 0; i < 30; i++) {
		CHECK_EQ(pipe2(fd, O_CLOEXEC), 0);
		pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			if (i)
				CHECK_EQ(read(in, &c, 1), 1);
			c++;
			CHECK_EQ(write(fd[1], &c, 1), 1);
			_exit(0);
		}
		close(in);
		close(fd[1]);
		in = fd[0];
	}
	CHECK_EQ(read(in, &c, 1), 1);
	CHECK_EQ(c, 30);
	CHECK_EQ(read(in, &dummy, 1), 0);
	while (wait(NULL) > 0)
		;
	CHECK_EQ(errno, ECHILD);
}

static void spawn_errors(void)
{
	char *const arguments[] = {"/none", NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;

	CHECK_EQ(posix_spawn(&pid, "/none", NULL, NULL, arguments, environ), ENOENT);
	CHECK_EQ(posix_spawn(&pid, "/proc", NULL, NULL, arguments, environ), EACCES);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/none", O_RDONLY, 0);
	CHECK_EQ(posix_spawn(&pid, SELF, &actions, NULL, arguments, environ), ENOENT);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

TEST(spawn)
{
	char *const arguments[] = {"sh", "-c", "echo $VALUE; kill -USR1 $$; exit 5", NULL};
	char *const environment[] = {"VALUE=of the environment", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char text[64] = "";
	int fd[2], i, status;
	sigset_t set;
	pid_t pid;

	spawn_errors();
	for (i = 0; i < 20; i++) {
		CHECK_EQ(pipe(fd), 0);
		posix_spawn_file_actions_init(&actions);
		CHECK_EQ(posix_spawn_file_actions_adddup2(&actions, fd[1], 1), 0);
		CHECK_EQ(posix_spawn_file_actions_addclose(&actions, fd[0]), 0);
		posix_spawnattr_init(&attr);
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP |
							POSIX_SPAWN_SETSIGDEF);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		posix_spawnattr_setsigmask(&attr, &set);
		CHECK_EQ(posix_spawnp(&pid, "sh", &actions, &attr, arguments, environment), 0);
		close(fd[1]);
		CHECK_EQ(read(fd[0], text, sizeof(text) - 1), 19);
		CHECK_STR(text, "of the environment\n");
		close(fd[0]);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 5 << 8);
	}
}

TEST(auxiliary_vector)
{
	unsigned long vector[64], n, i;
	int fd = open("/proc/self/auxv", O_RDONLY);

	n = read(fd, vector, sizeof(vector)) / sizeof(long);
	CHECK(n >= 30 && n % 2 == 0 && vector[n - 2] == AT_NULL);
	for (i = 0; i < n - 2; i += 2)
		CHECK_EQ(getauxval(vector[i]), vector[i + 1]);
	CHECK_EQ(getauxval(AT_PAGESZ), 4096);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK_STR((char *)getauxval(AT_PLATFORM), "i686");
	CHECK(!memcmp((char *)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4));
	CHECK(strstr((char *)getauxval(AT_EXECFN), "calls") != NULL);
}

TEST(stdio)
{
	char *line = NULL, kept[100];
	size_t size = 0;
	FILE *f = tmpfile();
	int i, n = 0;
	off_t at;

	CHECK(f != NULL);
	for (i = 0; i < 20000; i++)
		CHECK(fprintf(f, "line %d %.3f\n", i, i / 8.0) > 0);
	at = ftello(f);
	rewind(f);
	while (getline(&line, &size, f) > 0) {
		snprintf(kept, sizeof(kept), "line %d %.3f\n", n, n / 8.0);
		CHECK_STR(line, kept);
		n++;
	}
	CHECK_EQ(n, 20000);
	CHECK_EQ(ftello(f), at);
	CHECK(feof(f) && !ferror(f));
	CHECK_EQ(fseeko(f, -10, SEEK_END), 0);
	CHECK(fgets(kept, sizeof(kept), f) != NULL);
	CHECK_STR(kept, " 2499.875\n");
	CHECK_EQ(fclose(f), 0);
	f = fopen("/dev/full", "w");
	if (f) {
		CHECK(fputs("text", f) >= 0 && fflush(f) == EOF && errno == ENOSPC);
		fclose(f);
	}
}

TEST(maps_by_getline)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long start, end, last = 0;
	int lines = 0, stack = 0;

	while (getline(&line, &size, f) > 0) {
		CHECK_EQ(sscanf(line, "%lx-%lx", &start, &end), 2);
		CHECK(start >= last && end > start);
		last = end;
		stack += strstr(line, "[stack]") != NULL;
		lines++;
	}
	CHECK(lines > 5 && stack == 1);
}

static int seen;

static int see(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	seen++;
	return remove(path);
}

TEST(files_and_folders)
{
	char folder[] = "/tmp/musl-XXXXXX", name[64], real[PATH_MAX];
	struct dirent **entries;
	struct timespec times[2] = {{1, 2}, {3, 4}};
	struct stat st;
	glob_t g;
	int i;

	CHECK(mkdtemp(folder) != NULL);
	for (i = 0; i < 300; i++) {
		sprintf(name, "%s/file%03d", folder, i);
		CHECK_EQ(close(open(name, O_CREAT | O_EXCL | O_WRONLY, 0640)), 0);
	}
	CHECK_EQ(scandir(folder, &entries, NULL, alphasort), 302);
	CHECK_STR(entries[2]->d_name, "file000");
	CHECK_STR(entries[301]->d_name, "file299");
	sprintf(name, "%s/file1?[05]", folder);
	CHECK_EQ(glob(name, 0, NULL, &g), 0);
	CHECK_EQ(g.gl_pathc, 20);
	CHECK_EQ(utimensat(AT_FDCWD, g.gl_pathv[0], times, 0), 0);
	CHECK_EQ(stat(g.gl_pathv[0], &st), 0);
	CHECK(st.st_mtim.tv_sec == 3 && st.st_mtim.tv_nsec == 4 && st.st_mode == (S_IFREG | 0640));
	sprintf(name, "%s/link", folder);
	CHECK_EQ(symlink("file007", name), 0);
	CHECK(realpath(name, real) && strstr(real, "/file007"));
	CHECK_ERRNO(faccessat(AT_FDCWD, "/none", R_OK, AT_EACCESS), ENOENT);
	CHECK_EQ(faccessat(AT_FDCWD, name, R_OK, AT_EACCESS), 0);
	CHECK_EQ(fchmodat(AT_FDCWD, g.gl_pathv[1], 0600, 0), 0);
	CHECK_EQ(nftw(folder, see, 16, FTW_DEPTH | FTW_PHYS), 0);
	CHECK_EQ(seen, 302);
	CHECK(realpath(folder, real) == NULL && errno == ENOENT);
	CHECK(realpath("/proc/self/../self/./fd", real) && strstr(real, "/fd"));
	CHECK(getcwd(real, sizeof(real)) != NULL);
}

TEST(clocks)
{
	static const clockid_t ids[] = {CLOCK_REALTIME,		  CLOCK_MONOTONIC,
					CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
					CLOCK_MONOTONIC_RAW,	  CLOCK_REALTIME_COARSE,
					CLOCK_MONOTONIC_COARSE,	  CLOCK_BOOTTIME};
	struct timespec before, now, pause = {0, 30000000};
	struct timeval tv;
	unsigned i, n;
	clockid_t of;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		CHECK_EQ(clock_getres(ids[i], &now), 0);
		CHECK_EQ(clock_gettime(ids[i], &before), 0);
		for (n = 0; n < 1000; n++, before = now) {
			CHECK_EQ(clock_gettime(ids[i], &now), 0);
			CHECK(now.tv_sec > before.tv_sec ||
			      (now.tv_sec == before.tv_sec && now.tv_nsec >= before.tv_nsec));
		}
	}
	CHECK_ERRNO(clock_gettime(99, &now), EINVAL);
	CHECK_EQ(clock_getcpuclockid(getpid(), &of), 0);
	CHECK_EQ(clock_gettime(of, &now), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK_EQ(nanosleep(&pause, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	CHECK((now.tv_sec - before.tv_sec) * 1000000000ll + now.tv_nsec - before.tv_nsec >=
	      pause.tv_nsec);
	now.tv_nsec += 1000000;
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL) == 0 ||
	      now.tv_nsec >= 1000000000);
	CHECK_EQ(gettimeofday(&tv, NULL), 0);
	CHECK(time(NULL) - tv.tv_sec <= 1 && tv.tv_sec > 1600000000);
}

static volatile int ticks;

static void tick(int sig)
{
	ticks++;
}

TEST(interval_timer)
{
	struct itimerval it = {{0, 5000}, {0, 5000}};

	signal(SIGALRM, tick);
	CHECK_EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	while (ticks < 10)
		pause();
	signal(SIGVTALRM, tick);
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	ticks = -1000;
	while (ticks < -990)
		;
	CHECK_EQ(getitimer(ITIMER_VIRTUAL, &it), 0);
	CHECK(it.it_interval.tv_usec >= 4000 && it.it_interval.tv_usec <= 8000);
}

TEST(interrupted_calls)
{
	struct itimerval it = {{0, 0}, {0, 20000}};
	struct sigaction act = {.sa_handler = tick};
	struct timespec t = {5, 0}, left;
	struct pollfd p = {.events = POLLIN};
	int fd[2];
	char c;

	CHECK_EQ(pipe(fd), 0);
	p.fd = fd[0];
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(read(fd[0], &c, 1), EINTR);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(poll(&p, 1, -1), EINTR);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(nanosleep(&t, &left), EINTR);
	CHECK(left.tv_sec == 4);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(wait(NULL), ECHILD);
	pause();
	CHECK_EQ(ticks, 4);
}

TEST(signal_masks_and_waits)
{
	sigset_t set, pending;
	siginfo_t info;
	struct timespec none = {0, 0};
	union sigval value = {.sival_int = 77};

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR2);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	CHECK_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN, value), 0);
	value.sival_int = 78;
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN, value), 0);
	CHECK_EQ(raise(SIGUSR2), 0);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGRTMIN) &&
	      sigismember(&pending, SIGUSR2));
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR2);
	CHECK_EQ(info.si_code, SI_TKILL);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK(info.si_value.sival_int == 77 && info.si_code == SI_QUEUE && info.si_pid == getpid());
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 78);
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

TEST(usage_and_limits)
{
	static int numbers[200000];
	struct rusage before, after;
	struct rlimit limit;
	struct tms t;
	int i;

	CHECK_EQ(getrusage(RUSAGE_SELF, &before), 0);
	for (i = 0; i < 200000; i++)
		numbers[i] = i * 2654435761u;
	qsort(numbers, 200000, sizeof(int), by_value);
	for (i = 1; i < 200000; i++)
		CHECK(numbers[i - 1] <= numbers[i]);
	CHECK_EQ(getrusage(RUSAGE_SELF, &after), 0);
	CHECK(after.ru_minflt - before.ru_minflt >= 190 &&
	      after.ru_minflt - before.ru_minflt < 250);
	CHECK(after.ru_maxrss > 700 && after.ru_maxrss < 8192);
	CHECK(times(&t) != (clock_t)-1 && clock() != (clock_t)-1);
	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK_EQ(limit.rlim_cur, 8 << 20);
	limit.rlim_cur = 32;
	limit.rlim_max = 64;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(sysconf(_SC_OPEN_MAX), 32);
	CHECK_ERRNO(dup2(0, 32), EBADF);
}

TEST(machine)
{
	struct utsname name;
	struct sysinfo info;
	struct statvfs vfs;
	unsigned char random[300];
	cpu_set_t set;

	CHECK(uname(&name) == 0);
	CHECK_STR(name.sysname, "Linux");
	CHECK_EQ(sysinfo(&info), 0);
	CHECK_EQ(sysconf(_SC_PHYS_PAGES), info.totalram / 4096 * info.mem_unit);
	CHECK_EQ(sysconf(_SC_NPROCESSORS_ONLN), 1);
	CHECK_EQ(sysconf(_SC_PAGESIZE), 4096);
	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK(CPU_ISSET(0, &set));
	CHECK_EQ(getentropy(random, 256), 0);
	CHECK_ERRNO(getentropy(random, 300), EIO);
	CHECK_EQ(getrandom(random, 300, 0), 300);
	CHECK_EQ(statvfs("/proc", &vfs), 0);
	CHECK_ERRNO(statvfs("/none", &vfs), ENOENT);
	CHECK_EQ(sched_yield(), 0);
	CHECK(getpriority(PRIO_PROCESS, 0) == 0 && nice(5) == 5);
}

TEST(vectors)
{
	char a[3], b[5];
	struct iovec out[2] = {{"12345", 5}, {"678", 3}}, in[2] = {{a, 3}, {b, 5}};
	int fd = memfd_create("vectors", 0);

	CHECK_EQ(writev(fd, out, 2), 8);
	CHECK_EQ(preadv(fd, in, 2, 0), 8);
	CHECK(!memcmp(a, "123", 3) && !memcmp(b, "45678", 5));
	CHECK_EQ(pwritev(fd, out, 2, 1ll << 32), 8);
	CHECK_EQ(lseek(fd, 0, SEEK_END), (1ll << 32) + 8);
	CHECK_EQ(ftruncate(fd, 1ll << 33), 0);
	CHECK_EQ(posix_fallocate(fd, 0, 8192), 0);
}

TEST(exec_by_descriptor)
{
	int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC), status;
	char *const arguments[] = {"sh", "-c", "exit 6", NULL};
	pid_t pid = fork();

	if (!pid) {
		fexecve(fd, arguments, environ);
		_exit(errno);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 6 << 8);
}

TEST(terminal)
{
	struct termios t;
	struct winsize size;

	if (!isatty(0))
		SKIP("no terminal");
	CHECK_EQ(tcgetattr(0, &t), 0);
	CHECK_EQ(tcsetattr(0, TCSADRAIN, &t), 0);
	CHECK_EQ(tcgetwinsize(0, &size), 0);
	CHECK(ttyname(0) != NULL);
}
