/*
 * Page faults: zeros on demand, copy-on-write after fork, the stack's growth, and what a bad access
 * gets.
 */
#include "maps.h"
#include "paging.h"
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)

TEST(nothing_is_mapped_before_it_is_touched)
{
	char *p = anon_at(free_room(2), 2, RW);

	CHECK_EQ(pagemap(p) & PM_PRESENT, 0);
	p[0] = 1;
	CHECK(pagemap(p) & PM_PRESENT);
	CHECK_EQ(pagemap(p + P) & PM_PRESENT, 0);
}

TEST(reads_share_the_page_of_zeros_and_writes_do_not)
{
	volatile char *p = anon_at(free_room(2), 2, RW);

	CHECK_EQ(p[0] + p[P], 0);
	CHECK_EQ(pagemap((char *)p) & PM_PFN, pagemap((char *)p + P) & PM_PFN);
	p[0] = 1;
	CHECK((pagemap((char *)p) & PM_PFN) != (pagemap((char *)p + P) & PM_PFN));
}

TEST(fork_shares_pages_until_one_side_writes)
{
	volatile char *p = anon_at(free_room(1), 1, RW);
	unsigned long long frame;
	int to_child[2], to_parent[2];
	char c;
	pid_t pid;

	*p = 1;
	frame = pagemap((char *)p) & PM_PFN;
	CHECK(pipe(to_child) == 0 && pipe(to_parent) == 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(pagemap((char *)p) & PM_PFN, frame);
		CHECK_EQ(write(to_parent[1], "s", 1), 1);
		CHECK_EQ(read(to_child[0], &c, 1), 1);
		CHECK_EQ(*p, 1); /* the parent wrote 2 into a copy */
		*p = 3;
		_exit(0);
	}
	CHECK_EQ(read(to_parent[0], &c, 1), 1);
	CHECK_EQ(pagemap((char *)p) & PM_PFN, frame);
	*p = 2;
	CHECK((pagemap((char *)p) & PM_PFN) != frame);
	CHECK_EQ(write(to_child[1], "g", 1), 1);
	CHECK_CHILD(pid);
	CHECK_EQ(*p, 2);
}

TEST(the_last_owner_reuses_its_page)
{
	volatile char *p = anon_at(free_room(1), 1, RW);
	unsigned long long frame;
	pid_t pid;

	*p = 1;
	frame = pagemap((char *)p) & PM_PFN;
	pid = fork();
	if (!pid)
		_exit(0);
	CHECK_CHILD(pid);
	*p = 2;
	CHECK_EQ(pagemap((char *)p) & PM_PFN, frame);
}

TEST(grandchildren_see_what_their_parent_had)
{
	volatile int *p = (volatile int *)anon_at(free_room(1), 1, RW);
	pid_t pid;

	*p = 1;
	pid = fork();
	if (!pid) {
		*p = 2;
		pid = fork();
		if (!pid) {
			CHECK_EQ(*p, 2);
			*p = 3;
			_exit(0);
		}
		CHECK_CHILD(pid);
		CHECK_EQ(*p, 2);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(*p, 1);
}

TEST(vfork_shares_the_memory)
{
	static volatile int shared;
	pid_t pid = vfork();

	if (!pid) {
		shared = 5;
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(shared, 5);
}

TEST(the_first_page_is_maperr)
{
	volatile char *null = (char *)0;

	__asm__("" : "+r"(null));
	CHECK_FAULT(*null, SIGSEGV, SEGV_MAPERR, 0);
	CHECK_FAULT(null[100] = 1, SIGSEGV, SEGV_MAPERR, 100);
}

TEST(the_kernels_half_is_maperr_for_reads_and_writes)
{
	volatile char *kernel = (char *)0xc0100000UL;

	CHECK_FAULT(*kernel, SIGSEGV, SEGV_MAPERR, kernel);
	CHECK_FAULT(*kernel = 1, SIGSEGV, SEGV_MAPERR, kernel);
	kernel = (char *)0xfffffffcUL;
	CHECK_FAULT(*kernel, SIGSEGV, SEGV_MAPERR, kernel);
}

TEST(jumping_into_nowhere_is_maperr_at_that_address)
{
	void (*nowhere)(void) = (void (*)(void))0x70000000;

	__asm__("" : "+r"(nowhere));
	CHECK_FAULT(nowhere(), SIGSEGV, SEGV_MAPERR, 0x70000000);
}

TEST(memory_that_can_be_read_can_be_executed_without_nx)
{
	char *p = anon_at(free_room(1), 1, RW);

	if (nx_active())
		SKIP("there is NX: see nx.c");
	*p = (char)0xc3; /* ret */
	((void (*)(void))p)();
}

/* Touches the stack `bytes` below here. */
static void touch_below(unsigned long bytes)
{
	volatile char *here = __builtin_frame_address(0);

	here[-(long)bytes] = 1;
}

TEST(the_stack_grows_when_touched_even_far_below)
{
	struct map_line before, after;

	CHECK(map_at(&before, &before));
	touch_below(1 << 20);
	CHECK(map_at(&after, &after));
	CHECK_STR(after.name, "[stack]");
	CHECK(before.start - after.start >= (1 << 20) - 256 * 1024);
	CHECK_EQ(before.end, after.end);
}

TEST(the_stack_stops_at_its_limit)
{
	struct rlimit r = {1 << 20, 1 << 20};
	struct map_line m;

	CHECK_EQ(setrlimit(RLIMIT_STACK, &r), 0);
	CHECK_SIGNAL(touch_below(2 << 20), SIGSEGV);
	touch_below(1 << 19);
	CHECK(map_at(&m, &m));
	CHECK(m.end - m.start <= 1 << 20);
}

TEST(the_stack_keeps_256_pages_from_an_accessible_mapping)
{
	struct map_line m;
	unsigned long guard;

	CHECK(map_at(&m, &m));
	guard = m.start - 300 * P;
	anon_at((char *)guard, 1, PROT_READ);
	CHECK_SIGNAL(*(volatile char *)(guard + P) = 1, SIGSEGV);
	*(volatile char *)(guard + 258 * P) = 1;
}

TEST(no_gap_is_kept_from_a_prot_none_mapping)
{
	struct map_line m;
	unsigned long guard;

	CHECK(map_at(&m, &m));
	guard = m.start - 300 * P;
	anon_at((char *)guard, 1, PROT_NONE);
	*(volatile char *)(guard + P) = 1;
}

TEST(a_growsdown_mapping_grows)
{
	char *p = free_room(600) + 599 * P;

	CHECK(mmap(p, P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0) == p);
	p[-1] = 1;
	CHECK_MAP(p - P, 2 * P, "rw-p");
}

TEST(a_handler_can_repair_the_fault)
{
	static char *p;
	struct repair {
		void (*handler)(int);
	};
	void handler(int sig)
	{
		mprotect(p, P, RW);
	}

	p = anon_at(free_room(1), 1, PROT_NONE);
	signal(SIGSEGV, handler);
	*(volatile char *)p = 6;
	CHECK_EQ(*p, 6);
}

TEST(faults_are_counted)
{
	struct rusage before, after;
	char *p = anon_at(free_room(20), 20, RW);
	int i;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 20; i++)
		p[i * P] = 1;
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 20);
}

TEST(bad_pointers_to_calls_are_efault)
{
	int fd = open("/dev/zero", O_RDONLY), pipefd[2];
	char *volatile low = (char *)8;

	CHECK(fd >= 0 && pipe(pipefd) == 0);
	CHECK_ERRNO(read(fd, low, 10), EFAULT);
	CHECK_ERRNO(read(fd, (void *)0xc0100000UL, 10), EFAULT);
	CHECK_ERRNO(read(fd, (void *)0xfffffff0UL, 10), EFAULT);
	CHECK_ERRNO(write(pipefd[1], low, 10), EFAULT);
	CHECK_ERRNO(write(pipefd[1], (void *)0xc0100000UL, 10), EFAULT);
	CHECK_ERRNO(open((char *)0xc0100000UL, O_RDONLY), EFAULT);
	CHECK_ERRNO(syscall(SYS_uname, 0xbffffff0UL + 0x10000000), EFAULT);
	CHECK_ERRNO(syscall(SYS_pipe, 0xc0000000UL - 4), EFAULT);
}

TEST(a_call_faults_pages_in)
{
	char *p = anon_at(free_room(4), 4, RW);
	int fd = open("/dev/zero", O_RDONLY);

	CHECK_EQ(read(fd, p + P / 2, 3 * P), 3 * P);
	CHECK_EQ(read(fd, p + P / 2, 4 * P), 3 * P + P / 2);
}

TEST(an_unknown_call_is_enosys)
{
	CHECK_ERRNO(syscall(1000), ENOSYS);
	CHECK_ERRNO(syscall(-1), ENOSYS);
	CHECK_ERRNO(syscall(0x7fffffff), ENOSYS);
}
