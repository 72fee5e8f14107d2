/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, or read or
 * write of a slot, and all behind it, fail.
 *
 * Swapping with each of them failing in turn: what cannot be written stays in memory, what cannot
 * be read ends the child or the call, and no page and no slot is lost.
 */
#define ONE_MORE_KNOB "/proc/sys/debug/fail_swap_io_after"
#include "inject.h"
#include "swaparea.h"
#include <sys/swap.h>
#include <sys/syscall.h>

#define AREA  512
#define PAGES 24
#define SIZE  (PAGES * PAGE)

static char area[64];

/* The pages hold what was written to them, whatever has failed meanwhile. */
static void check_contents(const unsigned char *p)
{
	for (int i = 0; i < PAGES; i++)
		if (p[i * PAGE] != i + 1 || p[i * PAGE + PAGE - 1] != i + 1)
			_exit(CHECK_FAILED);
}

static unsigned char *make(int flags)
{
	unsigned char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		_exit(DONE);
	for (int i = 0; i < PAGES; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	return p;
}

static void act_private(void)
{
	unsigned char *p = make(MAP_PRIVATE);

	madvise(p, SIZE, MADV_PAGEOUT);
	check_contents(p);
}

static void act_shared(void)
{
	unsigned char *p = make(MAP_SHARED);

	madvise(p, SIZE, MADV_PAGEOUT);
	check_contents(p);
}

static void act_fork(void)
{
	unsigned char *p = make(MAP_PRIVATE);
	pid_t pid;

	madvise(p, SIZE, MADV_PAGEOUT);
	pid = fork();
	if (!pid) {
		check_contents(p);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	check_contents(p);
}

static void act_willneed(void)
{
	unsigned char *p = make(MAP_PRIVATE);

	madvise(p, SIZE, MADV_PAGEOUT);
	madvise(p, SIZE, MADV_WILLNEED);
	mlock(p, SIZE);
	check_contents(p);
}

static void act_area(void)
{
	swapoff(area);
	swapon(area, 0);
}

static void act_swapoff(void)
{
	unsigned char *p = make(MAP_PRIVATE), *q = make(MAP_SHARED);

	madvise(p, SIZE, MADV_PAGEOUT);
	madvise(q, SIZE, MADV_PAGEOUT);
	swapoff(area);
	check_contents(p);
	check_contents(q);
}

/* ---- merged pages ---- */

static void tell_ksmd(const char *text)
{
	int fd = open("/sys/kernel/mm/ksm/run", O_WRONLY);

	if (fd >= 0 && write(fd, text, 1) == 1 && text[0] == '1')
		usleep(10000); /* it goes round twice at once */
	close(fd);
}

/* Pages that are merged, if ksmd had the memory for it, each of which only one entry maps; in swap
   if that can be written. */
static unsigned char *make_merged(void)
{
	unsigned char *p =
		mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	if (p == MAP_FAILED)
		_exit(DONE);
	for (int i = 0; i < 2 * PAGES; i++)
		memset(p + i * PAGE, i % PAGES + 1, PAGE);
	madvise(p, 2 * SIZE, MADV_MERGEABLE);
	tell_ksmd("1");
	tell_ksmd("0");
	munmap(p + SIZE, SIZE);
	madvise(p, SIZE, MADV_PAGEOUT);
	return p;
}

static void act_merged(void)
{
	unsigned char *p = make_merged(), *q;
	pid_t pid = fork();

	if (!pid) {
		check_contents(p);
		memset(p, 1, PAGE);
		check_contents(p);
		_exit(0);
	}
	q = mremap(p, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, p + SIZE);
	if (q != MAP_FAILED)
		p = q;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	check_contents(p);
	swapoff(area);
	check_contents(p);
}

static void act_unmerged(void)
{
	unsigned char *p = make_merged();

	tell_ksmd("2");
	memset(p, 1, PAGE);
	check_contents(p);
}

/* Pages whose process ended while they were being written stay in the swap cache. */
static void empty_area(void)
{
	tell_ksmd("2"); /* no nodes of pages that have gone */
	tell_ksmd("0");
	swapoff(area);
	CHECK_EQ(swapon(area, 0), 0);
}

static void with_area(void (*act)(void))
{
	fill_swap_header(AREA);
	strcpy(area, make_swap_file("swap", AREA));
	CHECK_EQ(swapon(area, 0), 0);
	settle = empty_area;
	fail_in_turn(act);
	empty_area(); /* it may have gone */
	CHECK_EQ(swapoff(area), 0);
	CHECK_EQ(unlink(area), 0);
}

TEST(private)
{
	with_area(act_private);
}

TEST(shared)
{
	with_area(act_shared);
}

TEST(forked)
{
	with_area(act_fork);
}

TEST(read_ahead_of_use)
{
	with_area(act_willneed);
}

TEST(the_calls)
{
	with_area(act_area);
}

TEST(swapoff_of_what_is_used)
{
	with_area(act_swapoff);
}

TEST(merged)
{
	pid_t pid = fork();

	if (!pid) {
		make_merged();
		CHECK_EQ(field(slurp("/sys/kernel/mm/ksm/pages_shared"), ""), PAGES);
		_exit(0);
	}
	CHECK_CHILD(pid);
	with_area(act_merged);
}

TEST(merged_and_forgotten)
{
	with_area(act_unmerged);
}
