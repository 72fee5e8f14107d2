/* Reverse mapping, as a program can see it: which neighbours merge after a fork, and that a page is
   replaced in all processes that map it, wherever they have it. */
#include "maps.h"
#include <sched.h>

#ifndef MREMAP_DONTUNMAP
#	define MREMAP_DONTUNMAP 4
#endif
#define RW		  (PROT_READ | PROT_WRITE)
#define MADV_SOFT_OFFLINE 101

/* The frame of an address of another process. */
static unsigned long long frame_of(pid_t pid, const void *addr)
{
	unsigned long long entry = 0;
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &entry, 8, (off_t)((unsigned long)addr / P * 8)), 8);
	close(fd);
	CHECK(entry & PM_PRESENT);
	return entry & PM_PFN;
}

/* Move the page of an address to another frame, for everybody. */
static void replace_frame(char *addr)
{
	unsigned long long before = frame_of(getpid(), addr);

	CHECK_EQ(madvise(addr, P, MADV_SOFT_OFFLINE), 0);
	CHECK(frame_of(getpid(), addr) != before);
}

/* Run fn in a child, which then stays as it is until it is killed. */
static pid_t child_with(void (*fn)(char *), char *p)
{
	char byte;
	int fds[2];
	pid_t pid;

	CHECK(!pipe(fds));
	pid = fork();
	if (!pid) {
		fn(p);
		CHECK_EQ(write(fds[1], "", 1), 1);
		for (;;)
			pause();
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* Wait until init has reaped a process that is not our child. */
static void await_end(pid_t pid)
{
	while (!kill(pid, 0))
		usleep(1000);
}

/* ---- which mappings become one ---- */

static void halves_become_one_again(char *p)
{
	CHECK(!mprotect(p + 2 * P, 2 * P, PROT_READ));
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_MAP(p + 2 * P, 2 * P, "r--p");
	CHECK(!mprotect(p + 2 * P, 2 * P, RW));
	CHECK_MAP(p, 4 * P, "rw-p");
}

TEST(the_parts_of_an_inherited_mapping_become_one_again)
{
	char *p = free_room(4);

	anon_at(p, 4, RW);
	memset(p, 1, 4 * P);
	end_child(child_with(halves_become_one_again, p));
	halves_become_one_again(p);
}

/* The pages from 4 on were touched before. A neighbour that is touched now can take the identity
   over, if there is only one. */
static void touch_the_neighbour(char *p)
{
	CHECK(!mprotect(p + 4 * P, 4 * P, PROT_READ));
	anon_at(p, 4, RW);
	memset(p, 2, 4 * P);
	CHECK(!mprotect(p + 4 * P, 4 * P, RW));
}

static void the_neighbour_stays_apart(char *p)
{
	touch_the_neighbour(p);
	CHECK_MAP(p, 4 * P, "rw-p");
	CHECK_MAP(p + 4 * P, 4 * P, "rw-p");
}

TEST(a_neighbour_shares_what_was_not_inherited)
{
	char *p = free_room(8);

	anon_at(p + 4 * P, 4, RW);
	memset(p + 4 * P, 1, 4 * P);
	end_child(child_with(the_neighbour_stays_apart, p));
	touch_the_neighbour(p);
	CHECK_MAP(p, 8 * P, "rw-p");
}

/* Three untouched pages, three that are made writable now, three that were touched before. */
static void make_the_middle_writable(char *p)
{
	anon_at(p, 3, RW);
	anon_at(p + 3 * P, 3, PROT_READ);
	CHECK(!mprotect(p + 3 * P, 3 * P, RW));
}

static void the_middle_joins_below_only(char *p)
{
	make_the_middle_writable(p);
	CHECK_MAP(p, 6 * P, "rw-p");
	CHECK_MAP(p + 6 * P, 3 * P, "rw-p");
}

TEST(an_untouched_mapping_takes_in_a_touched_one)
{
	char *p = free_room(9);

	anon_at(p + 6 * P, 3, RW);
	memset(p + 6 * P, 7, 3 * P);
	end_child(child_with(the_middle_joins_below_only, p));
	make_the_middle_writable(p);
	CHECK_MAP(p, 9 * P, "rw-p");
	replace_frame(p + 7 * P);
	CHECK_EQ(p[7 * P], 7);
	memset(p, 8, 6 * P);
	replace_frame(p);
	CHECK_EQ(p[0], 8);
}

static void a_part_moves_away_and_back(char *p)
{
	char *q = free_room(2);

	CHECK(mremap(p + 2 * P, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_MAP(q, 2 * P, "rw-p");
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_MAP(p + 4 * P, P, "rw-p");
	CHECK(mremap(q, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * P) == p + 2 * P);
	CHECK_MAP(p, 5 * P, "rw-p");
}

TEST(what_moves_away_and_back_is_one_again)
{
	char *p = free_room(5);

	anon_at(p, 5, RW);
	memset(p, 1, 5 * P);
	end_child(child_with(a_part_moves_away_and_back, p));
	a_part_moves_away_and_back(p);
}

TEST(a_place_whose_pages_have_moved_has_no_history)
{
	char *p = free_room(16), *q = p + 9 * P;

	anon_at(p, 3, RW);
	memset(p, 1, 3 * P);
	anon_at(p + 4 * P, 2, RW);
	memset(p + 4 * P, 2, 2 * P);
	anon_at(p + 3 * P, 1, RW);
	CHECK_MAP(p + 3 * P, 3 * P, "rw-p");
	CHECK(mremap(p + 3 * P, 3 * P, 3 * P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		     q) == q);
	CHECK_MAP(p + 3 * P, 3 * P, "rw-p");
	CHECK(!mprotect(p + 3 * P, 3 * P, PROT_READ) && !mprotect(p + 3 * P, 3 * P, RW));
	CHECK_MAP(p, 6 * P, "rw-p");
}

#define SPLITS 50

static void split_and_join(char *p)
{
	for (int i = 0; i < SPLITS; i++) {
		CHECK(!mprotect(p + 4 * P, 4 * P, PROT_READ));
		CHECK(!mprotect(p + 4 * P, 4 * P, RW));
	}
	CHECK_MAP(p, 8 * P, "rw-p");
	_exit(0);
}

/* A debug kernel of Mapix checks the pages of the one that changes its mappings, and finds the
   other, which is in the middle of a split if it sleeps there. */
TEST(a_relative_splits_the_mapping_meanwhile)
{
	char *p = free_room(9), *q = p + 8 * P;
	pid_t pid, ended;
	int status;

	anon_at(p, 8, RW);
	memset(p, 1, 8 * P);
	pid = fork();
	if (!pid)
		split_and_join(p);
	while (!(ended = waitpid(pid, &status, WNOHANG))) {
		anon_at(q, 1, PROT_READ);
		CHECK(!munmap(q, P));
		sched_yield();
	}
	CHECK(ended == pid && WIFEXITED(status) && !WEXITSTATUS(status));
	CHECK_EQ(p[7 * P], 1);
}

/* ---- who maps a page ---- */

#define FAR(p) ((p) + 16 * P) /* where the child moves the second half to */

static void move_the_second_half(char *p)
{
	CHECK(mremap(p + 4 * P, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, FAR(p)) == FAR(p));
	p[1 * P] = 'c'; /* a page of its own */
}

static void split_and_write(char *p)
{
	CHECK(!mprotect(p + 2 * P, P, PROT_READ));
	p[3 * P] = 'c';
}

static pid_t grandchild_fd = -1;

static void fork_and_write(char *p)
{
	pid_t pid = child_with(split_and_write, p);

	p[0] = 'd';
	CHECK_EQ(write(grandchild_fd, &pid, sizeof(pid)), sizeof(pid));
}

static void expect_shared(pid_t pid, char *theirs, char *ours, int shared)
{
	if (shared != (frame_of(pid, theirs) == frame_of(getpid(), ours)))
		CHECK_FAIL("page %ld is %s", (long)((unsigned long)ours / P % 16),
			   shared ? "not shared any more" : "shared");
}

TEST(a_page_is_replaced_for_all_that_share_it)
{
	pid_t mover, forker, grandchild;
	char *p = free_room(32);
	int i, fds[2];

	anon_at(p, 8, RW);
	for (i = 0; i < 8; i++)
		memset(p + i * P, '0' + i, P);
	CHECK(!pipe(fds));
	grandchild_fd = fds[1];
	mover = child_with(move_the_second_half, p);
	forker = child_with(fork_and_write, p);
	CHECK_EQ(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	for (i = 0; i < 8; i++) {
		replace_frame(p + i * P);
		CHECK_EQ(p[i * P], '0' + i);
	}
	for (i = 0; i < 8; i++) {
		expect_shared(mover, i < 4 ? p + i * P : FAR(p) + (i - 4) * P, p + i * P, i != 1);
		expect_shared(forker, p + i * P, p + i * P, i != 0);
		expect_shared(grandchild, p + i * P, p + i * P, i != 3);
	}
	end_child(mover);
	end_child(forker);
	kill(grandchild, SIGKILL);
	await_end(grandchild);
}

/* The one who made the pages is dead; two that inherited them go on. */
static void replace_as_heir(char *p)
{
	pid_t pid = fork();
	int i;

	if (!pid) {
		for (;;)
			pause();
	}
	p[2 * P] = 'x';
	for (i = 0; i < 4; i++) {
		replace_frame(p + i * P);
		CHECK_EQ(p[i * P], i == 2 ? 'x' : 'a' + i);
		expect_shared(pid, p + i * P, p + i * P, i != 2);
	}
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void make_pages(char *p)
{
	int i;

	for (i = 0; i < 4; i++)
		memset(p + i * P, 'a' + i, P);
}

TEST(heirs_share_after_the_maker_has_ended)
{
	char *p = free_room(4);
	pid_t maker, heir = 0;
	int fds[2];

	anon_at(p, 4, RW);
	CHECK(!pipe(fds));
	maker = fork();
	if (!maker) {
		make_pages(p);
		heir = fork();
		if (heir)
			_exit(0);
		usleep(50000);
		replace_as_heir(p);
		heir = getpid();
		CHECK_EQ(write(fds[1], &heir, sizeof(heir)), sizeof(heir));
		_exit(0);
	}
	close(fds[1]);
	CHECK_CHILD(maker);
	CHECK_EQ(read(fds[0], &heir, sizeof(heir)), sizeof(heir));
	await_end(heir);
}
