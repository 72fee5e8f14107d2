/*
 * Huge pages of the pool: MAP_HUGETLB, reservations, faults, fork and copy-on-write.
 */
#include "huge.h"
#include <sys/uio.h>

#define RW (PROT_READ | PROT_WRITE)

/* ---- the pool ---- */

TEST(the_pool_grows_and_shrinks)
{
	pool(3);
	CHECK_EQ(meminfo("Hugetlb"), 3 * (long)(H >> 10));
	set_pool(1);
	CHECK_POOL(1, 1, 0, 0);
	set_pool(0);
	CHECK_POOL(0, 0, 0, 0);
}

TEST(the_pool_takes_memory_that_is_free)
{
	long before, after;

	pool(0);
	before = meminfo("MemFree");
	set_pool(2);
	after = meminfo("MemFree");
	/* what else runs may take or free a little */
	CHECK(before - after > (long)(H >> 10) && before - after < 3 * (long)(H >> 10));
}

TEST(pages_in_use_stay_when_the_pool_shrinks)
{
	char *p;

	pool(3);
	p = huge(2, MAP_PRIVATE);
	p[0] = 1;
	set_pool(0);
	/* one page is in use, one is promised */
	CHECK_POOL(2, 1, 1, 2);
	p[H] = 1;
	CHECK_POOL(2, 0, 0, 2);
	CHECK(munmap(p, H) == 0);
	CHECK_POOL(1, 0, 0, 1);
	CHECK(munmap(p + H, H) == 0);
	CHECK_POOL(0, 0, 0, 0);
}

TEST(surplus_pages_become_part_of_the_pool)
{
	char *p;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	set_pool(0);
	CHECK_POOL(1, 1, 1, 1);
	set_pool(1);
	CHECK_POOL(1, 1, 1, 0);
	CHECK(munmap(p, H) == 0);
	CHECK_POOL(1, 1, 0, 0);
}

TEST(overcommit_takes_pages_when_they_are_needed)
{
	char *p;

	pool(1);
	CHECK_ERRNO(map_huge(2, RW, MAP_PRIVATE), ENOMEM);
	set_overcommit(2);
	p = huge(3, MAP_PRIVATE);
	CHECK_POOL(3, 3, 3, 2);
	CHECK_ERRNO(map_huge(1, RW, MAP_PRIVATE), ENOMEM);
	CHECK_POOL(3, 3, 3, 2);
	memset(p, 1, 3 * H);
	CHECK_POOL(3, 0, 0, 2);
	CHECK(munmap(p, 3 * H) == 0);
	CHECK_POOL(1, 1, 0, 0);
	p = huge(2, MAP_PRIVATE);
	CHECK_POOL(2, 2, 2, 1);
	CHECK(munmap(p, 2 * H) == 0);
	CHECK_POOL(1, 1, 0, 0);
}

TEST(the_figures_of_sysfs)
{
	char path[128];
	char *p;

	pool(2);
	sprintf(path, "/sys/kernel/mm/hugepages/hugepages-%lukB/nr_hugepages", H >> 10);
	p = huge(1, MAP_PRIVATE);
	CHECK_STR(slurp(path), "2\n");
	write_number(path, 0);
	CHECK_STR(slurp(path), "1\n");
	CHECK_STR(slurp("/proc/sys/vm/nr_hugepages"), "0\n");
	write_number(path, 2);
	CHECK_STR(slurp("/proc/sys/vm/nr_hugepages"), "2\n");
	CHECK(munmap(p, H) == 0);
}

/* ---- faults ---- */

TEST(memory_is_zero_and_can_be_written)
{
	char *p, *q;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	for (q = p; q < p + 2 * H; q += P)
		CHECK_EQ(*q, 0);
	memset(p, 'x', 2 * H);
	for (q = p; q < p + 2 * H; q += P)
		CHECK_EQ(*q, 'x');
	CHECK(munmap(p, 2 * H) == 0);
	/* the next owner sees nothing of it */
	p = huge(2, MAP_PRIVATE);
	for (q = p; q < p + 2 * H; q += P)
		CHECK_EQ(*q, 0);
}

TEST(one_fault_for_a_huge_page)
{
	struct rusage before, after;
	char *p;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	getrusage(RUSAGE_SELF, &before);
	memset(p, 1, H);
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 1);
	CHECK_EQ(after.ru_majflt - before.ru_majflt, 0);
}

TEST(a_read_fault_takes_a_page_too)
{
	volatile char *p;
	struct rusage before, after;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	CHECK_EQ(p[5], 0);
	CHECK_POOL(1, 0, 0, 0);
	getrusage(RUSAGE_SELF, &before);
	p[5] = 1; /* it is this process's alone: no copy */
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 1);
	CHECK_EQ(p[5], 1);
	CHECK_POOL(1, 0, 0, 0);
}

TEST(sigbus_when_the_pool_is_dry)
{
	char *p, *q;

	pool(1);
	q = huge(2, MAP_PRIVATE | MAP_NORESERVE);
	CHECK_POOL(1, 1, 0, 0);
	q[0] = 1;
	CHECK_POOL(1, 0, 0, 0);
	CHECK_FAULT(q[H + 77] = 1, SIGBUS, BUS_ADRERR, q + H + 77);
	CHECK(munmap(q, 2 * H) == 0);
	p = huge(1, MAP_PRIVATE);
	q = huge(1, MAP_PRIVATE | MAP_NORESERVE);
	/* the only page is promised to p */
	CHECK_FAULT(q[1] = 1, SIGBUS, BUS_ADRERR, q + 1);
	p[0] = 1;
	CHECK_POOL(1, 0, 0, 0);
}

TEST(protection_is_checked)
{
	char *p;

	pool(1);
	p = map_huge(1, PROT_READ, MAP_PRIVATE);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(*(volatile char *)p, 0);
	CHECK_FAULT(p[9] = 1, SIGSEGV, SEGV_ACCERR, p + 9);
}

TEST(populate_fills_at_once)
{
	pool(2);
	huge(2, MAP_PRIVATE | MAP_POPULATE);
	CHECK_POOL(2, 0, 0, 0);
}

/* ---- reservations ---- */

TEST(private_reservations_end_with_the_mapping)
{
	char *p;

	pool(4);
	p = huge(3, MAP_PRIVATE);
	CHECK_POOL(4, 4, 3, 0);
	CHECK_ERRNO(map_huge(2, RW, MAP_PRIVATE), ENOMEM);
	p[H] = 1;
	CHECK_POOL(4, 3, 2, 0);
	CHECK(munmap(p + H, H) == 0);
	CHECK_POOL(4, 4, 2, 0);
	CHECK(munmap(p, H) == 0);
	CHECK_POOL(4, 4, 1, 0);
	CHECK(munmap(p + 2 * H, H) == 0);
	CHECK_POOL(4, 4, 0, 0);
}

TEST(shared_reservations_end_with_the_file)
{
	char *p;

	pool(4);
	p = huge(3, MAP_SHARED);
	CHECK_POOL(4, 4, 3, 0);
	p[H] = 1;
	CHECK_POOL(4, 3, 2, 0);
	CHECK(munmap(p + H, H) == 0);
	CHECK(munmap(p, H) == 0);
	CHECK_POOL(4, 3, 2, 0);
	CHECK(munmap(p + 2 * H, H) == 0);
	CHECK_POOL(4, 4, 0, 0);
}

TEST(a_reservation_that_does_not_fit_changes_nothing)
{
	pool(2);
	CHECK_ERRNO(map_huge(3, RW, MAP_PRIVATE), ENOMEM);
	CHECK_ERRNO(map_huge(3, RW, MAP_SHARED), ENOMEM);
	CHECK_POOL(2, 2, 0, 0);
	/* even a mapping that only reads reserves */
	CHECK(map_huge(2, PROT_READ, MAP_PRIVATE) != MAP_FAILED);
	CHECK_POOL(2, 2, 2, 0);
}

TEST(a_page_that_is_dropped_keeps_no_reservation)
{
	char *p;

	pool(2);
	p = huge(1, MAP_PRIVATE);
	p[0] = 1;
	CHECK_POOL(2, 1, 0, 0);
	CHECK(madvise(p, H, MADV_DONTNEED) == 0);
	CHECK_POOL(2, 2, 0, 0);
	CHECK_EQ(*(volatile char *)p, 0);
	CHECK_POOL(2, 1, 0, 0);
}

/* ---- fork ---- */

TEST(fork_shares_and_writing_copies)
{
	char *p, *q;
	pid_t pid;

	pool(4);
	p = huge(2, MAP_PRIVATE);
	memset(p, 'p', H);
	pid = fork();
	if (!pid) {
		for (q = p; q < p + H; q += P)
			CHECK_EQ(*q, 'p');
		CHECK_POOL(4, 3, 1, 0);
		memset(p, 'c', H);
		CHECK_POOL(4, 2, 1, 0);
		p[H] = 'c'; /* not from the parent's reservation */
		CHECK_POOL(4, 1, 1, 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	for (q = p; q < p + H; q += P)
		CHECK_EQ(*q, 'p');
	CHECK_EQ(p[H], 0);
	CHECK_POOL(4, 2, 0, 0);
}

TEST(a_shared_mapping_is_shared_with_the_child)
{
	char *p;
	pid_t pid;

	pool(2);
	p = huge(2, MAP_SHARED);
	p[0] = 1;
	pid = fork();
	if (!pid) {
		CHECK_EQ(p[0], 1);
		p[0] = 2;
		p[H] = 3;
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 2);
	CHECK_EQ(p[H], 3);
	CHECK_POOL(2, 0, 0, 0);
}

TEST(a_copy_by_fork_finds_no_page_for_its_write)
{
	char *p;
	pid_t pid;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	p[0] = 'p';
	pid = fork();
	if (!pid) {
		CHECK_EQ(p[0], 'p');
		CHECK_FAULT(p[3] = 'c', SIGBUS, BUS_ADRERR, p + 3);
		CHECK_EQ(p[0], 'p');
		_exit(0);
	}
	CHECK_CHILD(pid);
	p[0] = 'q';
	CHECK_POOL(1, 0, 0, 0);
}

/* The owner of the reservation never finds the pool dry: the child loses its page. */
TEST(the_owner_takes_the_page_from_the_child)
{
	int to_child[2], to_parent[2];
	char *p, c;
	pid_t pid;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	p[0] = 'p';
	CHECK(pipe(to_child) == 0 && pipe(to_parent) == 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(p[0], 'p');
		CHECK_EQ(write(to_parent[1], "x", 1), 1);
		CHECK_EQ(read(to_child[0], &c, 1), 1);
		CHECK_FAULT(c = *(volatile char *)p, SIGBUS, BUS_ADRERR, p);
		_exit(0);
	}
	CHECK_EQ(read(to_parent[0], &c, 1), 1);
	p[0] = 'q';
	CHECK_EQ(p[0], 'q');
	set_pool(2); /* the child gets no other page, which would be zero */
	CHECK_EQ(write(to_child[1], "x", 1), 1);
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 'q');
	CHECK_POOL(2, 1, 0, 0);
}

TEST(the_last_owner_writes_without_a_copy)
{
	struct rusage before, after;
	char *p;
	pid_t pid;

	pool(2);
	p = huge(1, MAP_PRIVATE);
	p[0] = 'p';
	pid = fork();
	if (!pid)
		_exit(0);
	CHECK_CHILD(pid);
	memset(&after, 0, sizeof(after)); /* the stack was shared too */
	memset(&before, 0, sizeof(before));
	getrusage(RUSAGE_SELF, &before);
	p[0] = 'q';
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 1);
	CHECK_POOL(2, 1, 0, 0);
}

/* ---- other processes, and the kernel ---- */

TEST(calls_read_and_write_huge_pages)
{
	int fd = temp_file(1);
	char *p;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	CHECK_EQ(pread(fd, p + H - 100, 200, 0), 200);
	CHECK_EQ(p[H - 100], 'a');
	CHECK_EQ(p[H + 99], 'a');
	p[H - 1] = 'x';
	CHECK_EQ(pwrite(fd, p + H - 2, 4, P), 4);
	CHECK_EQ(pread(fd, p, 4, P), 4);
	CHECK(!memcmp(p, "axaa", 4));
}

TEST(process_vm_of_huge_pages)
{
	char *p, buf[3] = "";
	struct iovec local = {buf, 2}, remote;
	int fds[2];
	pid_t pid;
	char c;

	pool(4);
	p = huge(2, MAP_PRIVATE);
	CHECK(pipe(fds) == 0);
	pid = fork();
	if (!pid) {
		p[H - 1] = 'a';
		p[H] = 'b';
		CHECK_EQ(write(fds[1], "x", 1), 1);
		pause();
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	remote = (struct iovec){p + H - 1, 2};
	CHECK_EQ(process_vm_readv(pid, &local, 1, &remote, 1, 0), 2);
	CHECK_STR(buf, "ab");
	memcpy(buf, "cd", 2);
	CHECK_EQ(process_vm_writev(pid, &local, 1, &remote, 1, 0), 2);
	memcpy(buf, "--", 2);
	CHECK_EQ(process_vm_readv(pid, &local, 1, &remote, 1, 0), 2);
	CHECK_STR(buf, "cd");
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK_EQ(p[H], 0);
}
