/* prctl(PR_SET_TSC): reading the time stamp counter can be made a fault. */
#include "check.h"
#include <fcntl.h>
#include <sys/prctl.h>

static void read_tsc(void)
{
	unsigned int low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
}

static int mode(void)
{
	int value = -1;

	CHECK(prctl(PR_GET_TSC, &value, 0, 0, 0) == 0);
	return value;
}

TEST(it_can_be_read_as_a_rule)
{
	CHECK_EQ(mode(), PR_TSC_ENABLE);
	read_tsc();
}

TEST(it_can_be_made_a_fault)
{
	CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
	CHECK_EQ(mode(), PR_TSC_SIGSEGV);
	CHECK_SIGNAL(read_tsc(), SIGSEGV);
	CHECK(prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0) == 0);
	CHECK_EQ(mode(), PR_TSC_ENABLE);
	read_tsc();
}

/* Two processes, of which one may read it, have their turns by and by. */
TEST(each_task_has_its_own)
{
	int i, to[2], from[2];
	char c = 0;
	pid_t pid;

	CHECK(pipe(to) == 0 && pipe(from) == 0);
	pid = fork();
	if (!pid) {
		CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
		for (i = 0; i < 10; i++) {
			CHECK(read(to[0], &c, 1) == 1);
			CHECK(write(from[1], &c, 1) == 1);
		}
		read_tsc();
		_exit(0);
	}
	for (i = 0; i < 10; i++) {
		CHECK(write(to[1], &c, 1) == 1);
		CHECK(read(from[0], &c, 1) == 1);
		read_tsc();
	}
	CHECK(waitpid(pid, &i, 0) == pid);
	CHECK(WIFSIGNALED(i) && WTERMSIG(i) == SIGSEGV);
}

TEST(exec_keeps_it)
{
	if (getenv("AFTER_EXEC")) {
		CHECK_EQ(mode(), PR_TSC_SIGSEGV);
		CHECK_SIGNAL(read_tsc(), SIGSEGV);
		return;
	}
	CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0);
	CHECK(setenv("AFTER_EXEC", "1", 1) == 0);
	/* This very case, in a new program: its exit status tells. */
	CHECK_SIGNAL(
		{
			dup2(open("/dev/null", O_WRONLY), 1);
			execl("/proc/self/exe", "tsc", "exec_keeps_it", NULL);
		},
		0);
}

TEST(other_modes_are_refused)
{
	CHECK_ERRNO(prctl(PR_SET_TSC, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_TSC, 3, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_GET_TSC, 8, 0, 0, 0), EFAULT);
}
