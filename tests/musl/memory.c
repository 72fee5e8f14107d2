/* musl's allocator and its memory calls, with stacks that overflow and handlers that jump away. */
#include "../guest/check.h"
#include <malloc.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGE   4096
#define BLOCKS 4000
#define ROUNDS 60000

static unsigned seed = 1;

static unsigned number(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

struct block {
	unsigned char *at;
	size_t size;
	unsigned char mark;
};

static void block_check(struct block *b)
{
	size_t i;

	for (i = 0; i < b->size; i++)
		if (b->at[i] != b->mark)
			CHECK_FAIL("byte %zu of %zu at %p is %#x, not %#x", i, b->size, b->at,
				   b->at[i], b->mark);
}

/* Mostly small blocks, some of a few pages, a few of their own mapping. */
static size_t any_size(void)
{
	switch (number() % 64) {
	case 0:
		return number() % (512 * 1024);
	case 1 ... 7:
		return number() % (4 * PAGE);
	default:
		return number() % 300;
	}
}

static void block_step(struct block *b)
{
	size_t old = b->size;

	block_check(b);
	if (b->at && number() % 2) {
		free(b->at);
		*b = (struct block){NULL, 0, 0};
		return;
	}
	b->size = any_size();
	b->at = realloc(b->at, b->size + 1);
	CHECK(b->at != NULL && malloc_usable_size(b->at) > b->size);
	b->size = old < b->size ? old : b->size;
	block_check(b);
	b->size = malloc_usable_size(b->at);
	b->mark = number();
	memset(b->at, b->mark, b->size);
}

static void allocator(void)
{
	static struct block blocks[BLOCKS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		block_step(&blocks[number() % BLOCKS]);
	for (i = 0; i < BLOCKS; i++) {
		block_check(&blocks[i]);
		free(blocks[i].at);
		blocks[i] = (struct block){NULL, 0, 0};
	}
}

TEST(malloc_free_realloc)
{
	allocator();
}

TEST(malloc_in_both_after_fork)
{
	pid_t pid;
	void *before = malloc(1000);

	allocator();
	pid = fork();
	CHECK(pid >= 0);
	seed = pid ? 7 : 99;
	allocator();
	free(before);
	if (!pid)
		_exit(0);
	CHECK_CHILD(pid);
}

TEST(malloc_aligned)
{
	size_t align;
	void *p = NULL;

	for (align = sizeof(void *); align <= 1 << 20; align *= 2) {
		CHECK_EQ(posix_memalign(&p, align, align * 3), 0);
		CHECK_EQ((uintptr_t)p % align, 0);
		memset(p, 1, align * 3);
		free(p);
	}
}

TEST(malloc_until_there_is_no_more)
{
	void *first = NULL, **p;
	unsigned long n = 0;

	for (; (p = malloc(16 << 20)) != NULL; first = p, n++)
		*p = first;
	CHECK_EQ(errno, ENOMEM);
	CHECK(n > 100 && n < 256);
	for (; first; first = p) {
		p = *(void **)first;
		free(first);
	}
	CHECK((p = malloc(16 << 20)) != NULL);
}

/* musl finds a double free by what its allocator has written around the block, and stops by hlt. */
TEST(double_free_is_found)
{
	char *volatile p = malloc(100);

	CHECK(p != NULL);
	CHECK_SIGNAL((free(p), free(p)), SIGSEGV);
}

TEST(memory_calls)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *q;
	unsigned char in[8];

	CHECK(p != MAP_FAILED);
	memset(p, 'a', 8 * PAGE);
	q = mremap(p, 8 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q[8 * PAGE - 1] == 'a' && q[8 * PAGE] == 0);
	CHECK_EQ(mprotect(q, PAGE, PROT_NONE), 0);
	CHECK_SIGNAL(q[0] = 1, SIGSEGV);
	CHECK_EQ(mprotect(q, PAGE, PROT_READ), 0);
	CHECK_EQ(q[1], 'a');
	CHECK_EQ(madvise(q, 2 * PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(mincore(q, 8 * PAGE, in), 0);
	CHECK_EQ(in[1] & 1, 0);
	CHECK_EQ(in[2] & 1, 1);
	CHECK_EQ(q[PAGE], 0);
	CHECK_ERRNO(mmap(NULL, PTRDIFF_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap((void *)PAGE, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_EQ(munmap(q, 64 * PAGE), 0);
	CHECK_SIGNAL(q[0] = 1, SIGSEGV);
	/* musl has no brk and no sbrk: the heap is the allocator's own */
	CHECK(sbrk(0) != (void *)-1);
	CHECK_ERRNO(sbrk(PAGE), ENOMEM);
}

static sigjmp_buf back;
static siginfo_t told;
static volatile int faults;

static void jump(int sig, siginfo_t *info, void *context)
{
	told = *info;
	faults++;
	siglongjmp(back, 1);
}

static void on(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	CHECK_EQ(sigaction(sig, &act, NULL), 0);
}

TEST(jump_out_of_a_fault)
{
	volatile char *p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile double kept = 1.5;
	int i;

	CHECK_EQ(munmap((char *)p + PAGE, PAGE), 0);
	on(SIGSEGV, jump, 0);
	for (i = 0; i < 1000; i++) {
		if (!sigsetjmp(back, 1))
			p[i % 2 * PAGE + i] = 1;
		CHECK_EQ(faults, i + 1);
		CHECK_EQ(told.si_signo, SIGSEGV);
		CHECK(told.si_addr == p + i % 2 * PAGE + i);
		CHECK_EQ(told.si_code, i % 2 ? SEGV_MAPERR : SEGV_ACCERR);
		kept *= 1.0;
	}
	CHECK(kept == 1.5);
}

static int deeper(volatile char *above)
{
	volatile char room[2000];

	room[0] = above ? above[0] : 0;
	return deeper(room) + room[0];
}

TEST(stack_overflow_again_and_again)
{
	stack_t stack = {.ss_sp = malloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
	int i;

	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	on(SIGSEGV, jump, SA_ONSTACK);
	for (i = 0; i < 3; i++) {
		if (!sigsetjmp(back, 1))
			deeper(NULL);
		CHECK_EQ(faults, i + 1);
	}
	CHECK_EQ(sigaltstack(NULL, &stack), 0);
	CHECK_EQ(stack.ss_flags, 0);
}

TEST(stack_overflow_without_a_stack_of_its_own)
{
	on(SIGSEGV, jump, 0);
	CHECK_SIGNAL(deeper(NULL), SIGSEGV);
}

/* The handler repairs what was missing, and the instruction is done again. */
static void repair(int sig, siginfo_t *info, void *context)
{
	faults++;
	if (mprotect((void *)((uintptr_t)info->si_addr & -PAGE), PAGE, PROT_READ | PROT_WRITE))
		_exit(CHECK_FAILED);
}

TEST(repair_in_the_handler)
{
	char *p = mmap(NULL, 100 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	on(SIGSEGV, repair, 0);
	for (i = 0; i < 100; i++)
		p[i * PAGE + i] = i;
	CHECK_EQ(faults, 100);
	for (i = 0; i < 100; i++)
		CHECK_EQ(p[i * PAGE + i], i);
}

TEST(bus_error_beyond_the_file)
{
	FILE *f = tmpfile();
	char *p;

	CHECK(f && fputs("text", f) >= 0 && fflush(f) == 0);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
	CHECK(p != MAP_FAILED && !memcmp(p, "text", 5));
	on(SIGBUS, jump, 0);
	if (!sigsetjmp(back, 1))
		p[PAGE] = 1;
	CHECK_EQ(faults, 1);
	CHECK_EQ(told.si_code, BUS_ADRERR);
	CHECK(told.si_addr == p + PAGE);
}
