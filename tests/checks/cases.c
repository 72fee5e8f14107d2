/*
 * Cases that end in every way in which a case can end, for the tests of those who judge.
 */
#include "check.h"
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/reboot.h>
#include <sys/shm.h>

TEST(passes)
{
}

TEST(fails)
{
	CHECK_EQ(1 + 1, 3);
}

TEST(is_skipped)
{
	SKIP("there is no need");
}

TEST(crashes)
{
	*(volatile int *)8 = 1;
}

TEST(exits_early)
{
	exit(3);
}

TEST(leaks)
{
	CHECK(shmat(shmget(IPC_PRIVATE, 1 << 16, IPC_CREAT | 0600), NULL, 0) != (void *)-1);
}

TEST(loops)
{
	for (;;)
		__asm__ volatile("");
}

TEST(floods)
{
	for (;;)
		check_print("ok passes, ok ok ok, not ok, and so on");
}

TEST(closes_its_output_and_loops)
{
	close(1);
	close(2);
	for (;;)
		__asm__ volatile("");
}

TEST(leaves_children)
{
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			for (;;)
				pause();
}

TEST(has_a_disk)
{
	int fd = open("/mnt/file", O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0 && write(fd, "text", 4) == 4);
}

TEST(takes_the_machine_down)
{
	reboot(RB_AUTOBOOT);
}

TEST(passes_at_last)
{
}
