/*
 * The differential tester: what its files share.
 *
 * A seed stands for a random sequence of memory calls. The program makes them, prints every result,
 * and hashes what it prints; two kernels that print the same hash have answered the same. It calls
 * the kernel by `int 0x80` itself and keeps all its data in static storage, so that nothing but the
 * sequence changes its address space.
 */
#ifndef TESTS_DIFF_H
#define TESTS_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define PAGE	 4096u
#define TASK_END 0xC0000000u

/* ---- random.c: one stream of numbers for each seed ---- */
void rnd_seed(uint64_t seed);
uint32_t rnd32(void);
/* 0 … n - 1 */
uint32_t rnd(uint32_t n);
/* true in `percent` of 100 cases */
bool chance(uint32_t percent);
#define PICK(array) ((array)[rnd(sizeof(array) / sizeof((array)[0]))])

/* ---- print.c: output, hashed or shown ---- */
struct output {
	uint64_t hash;
	uint32_t lines;
};
/* Begin: where the hash is kept (memory that forked processes share), and whether to show the text
 * too. */
void out_init(struct output *shared, bool show);
void out(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Hand over what is buffered: before a fork and at the end. */
void out_flush(void);
/* Print `= result` or the errno, count the call, and return the result (changed if this is the call
 * to mutate). */
long result(long ret);
/* As result(), for calls whose result is an address. */
unsigned long result_addr(unsigned long ret);
extern int calls_made, mutate_call;

/* ---- seeds.c: the main program of a tester ---- */
struct family {
	const char *name;
	void (*fn)(void);
	int weight;
};
struct tester {
	const char
		*place; /* where the program moves to, so that it is called the same everywhere */
	struct family *families;
	size_t count;
	unsigned long *persona; /* to be told; NULL: there is no such option */
	/* an option of this tester's own with its value; may be NULL */
	bool (*option)(const char *name, char *value);
	void (*before)(unsigned seed);	       /* in the parent; may be NULL */
	void (*run)(unsigned seed, int calls); /* in a process for each seed */
	void (*restore)(void);		       /* afterwards, in the parent; may be NULL */
	/* as restore, with a word for the end of the seed's line, or an empty one */
	const char *(*after)(void);
	void (*after_call)(void);	     /* with --dense; may be NULL */
	void (*leave_out)(const char *list); /* may be NULL */
};
int seeds_main(const struct tester *tester, int argc, char **argv);
/* One of the families' functions, by weight. */
void one_call(void);
extern bool dense;
/* ---- sys.c: raw calls and caught faults ---- */
long sys6(long nr, long a, long b, long c, long d, long e, long f);
#define SYS_ARG(_1, _2, _3, _4, _5, _6, _7, name, ...) name
#define S(x)					       ((long)(x))
#define sys(...)				       SYS_ARG(__VA_ARGS__, s7, s6, s5, s4, s3, s2, s1)(__VA_ARGS__)
#define s1(n)					       sys6(n, 0, 0, 0, 0, 0, 0)
#define s2(n, a)				       sys6(n, S(a), 0, 0, 0, 0, 0)
#define s3(n, a, b)				       sys6(n, S(a), S(b), 0, 0, 0, 0)
#define s4(n, a, b, c)				       sys6(n, S(a), S(b), S(c), 0, 0, 0)
#define s5(n, a, b, c, d)			       sys6(n, S(a), S(b), S(c), S(d), 0, 0)
#define s6(n, a, b, c, d, e)			       sys6(n, S(a), S(b), S(c), S(d), S(e), 0)
#define s7(n, a, b, c, d, e, f)			       sys6(n, S(a), S(b), S(c), S(d), S(e), S(f))
static inline bool failed(unsigned long ret)
{
	return ret > -4096ul;
}
struct fault {
	int sig, code;
	unsigned long addr, error, trap;
};
void faults_init(void);
/* The byte at addr: 0 … 255, or -1 with *fault filled. */
int load_byte(unsigned long addr, struct fault *fault);
/* 0, or -1 with *fault filled. */
int store_byte(unsigned long addr, uint8_t value, struct fault *fault);
/* Call the code at addr. */
int run_code(unsigned long addr, struct fault *fault);
void print_fault(const struct fault *fault);

/* ---- arena.c: addresses to aim at, and what should stand there ---- */
#define ARENA	     0x30000000u
#define ARENA_PAGES  40
/* around the border of a page table */
#define BORDER	     0x33FF8000u
#define BORDER_PAGES 16
void arena_init(void);
/* Where the kernel put something: to be aimed at later. */
void arena_remember(unsigned long addr, unsigned long len);
unsigned long any_addr(void); /* page-aligned, a place that may hold mappings */
unsigned long odd_addr(void); /* as any_addr, now and then unaligned or wild */
unsigned long any_len(void);  /* a few pages, not always whole ones */
/* Often a mapping made lately, or a part of it; else as odd_addr() and odd_len(). */
void any_range(unsigned long *addr, unsigned long *len);
unsigned long odd_len(void); /* as any_len, now and then 0 or enormous */
/* Would changing [addr, addr + len) pull the ground from under this program? */
bool precious(unsigned long addr, unsigned long len);
/* Is some of it [vvar] or [vdso]? Their contents differ between the kernels: they are neither read
 * nor moved. */
bool in_vdso(unsigned long addr, unsigned long len);
/* Shorten *len until the range is not precious; move *addr into the arena if it begins so. */
void keep_off(unsigned long *addr, unsigned long *len);
/* The program's own model of the arena's private anonymous pages: what each must read as. */
void model_unknown(unsigned long addr, unsigned long len);
void model_zero(unsigned long addr, unsigned long len);
void model_store(unsigned long addr, uint8_t value);
void model_move(unsigned long from, unsigned long old_len, unsigned long to, unsigned long new_len);
void model_check(unsigned long addr, int value);
void each_page(void (*fn)(unsigned long addr));

/* ---- files.c: what there is to map ---- */
enum {
	FD_RW = 10,
	FD_R,
	FD_W,
	FD_RW2,
	FD_SMALL,
	FD_MEM0,
	FD_MEM1,
	FD_DIR,
	FD_PIPE_R,
	FD_PIPE_W,
	FD_ZERO,
	FD_NULL,
	FD_PAGEMAP,
	FD_HUGE, /* with --mode huge */
	FD_UFFD, /* these with --mode uffd */
	FD_ASK_R,
	FD_ASK_W,
	FD_ANSWER_R,
	FD_ANSWER_W,
	FD_BAD = 40,
};
extern bool use_memfd, use_hugetlb;
void files_init(void);
int any_fd(void);
int data_fd(void); /* one of those that have pages */
void do_file_op(void);
void do_offsets(void);
void do_memfd(void);
void do_seals(void);

/* ---- the families of calls ---- */
void do_mmap(void);
void do_old_mmap(void);
void do_munmap(void);
void do_mprotect(void);
void do_mremap(void);
void do_brk(void);
void do_touch(void);
/* A byte of each of these pages, as far as the program itself does not stand there. */
void store_pages(unsigned long addr, int pages);
void do_touch_stack(void);
void do_madvise(void);
/* madvise(), and what Linux puts off is done: it holds pages on lists of the processor's for a
   while, so that a write after MADV_FREE finds a page that seems to have one user more, and copies
   it. MADV_COLD empties these lists. */
long advise(unsigned long addr, unsigned long len, unsigned long advice);
void do_mincore(void);
void do_mlock(void);
void do_mlockall(void);
void do_msync(void);
void do_remap_file_pages(void);
void do_process_vm(void);
void do_membarrier(void);
void do_numa(void);
void do_limits(void);
extern unsigned long persona; /* what the program was started with */
void do_personality(void);
void do_sysctl(void);
/* As they were, for the next seed. */
void sysctls_restore(void);

/* ---- calls_pressure.c ---- */
extern bool pressure; /* there is swap, and pages are sent there */
void do_pressure(void);
/* Before the first seed: a seed that uses up all memory does not send the program's own pages to
   swap, of which all seeds that follow would notice. Children do not inherit it. */
void keep_program_in_memory(void);
bool page_is_present(unsigned long addr);

/* ---- calls_huge.c ---- */
extern bool huge;
void huge_init(void);
void huge_pool(void); /* as large as at first: before each seed */
void do_huge(void);

/* ---- calls_uffd.c ---- */
extern bool uffd;
void uffd_start(unsigned seed);
/* Until the monitor has done what there is to do. */
void uffd_wait(void);
/* What a new process begins with, which has no monitor of its own. */
void uffd_child(void);
void do_uffd(void);

/* ---- proc.c: the kernel's own account of it all ---- */
void print_maps(void);
void print_status(void);
void print_smaps(void);
void print_contents(void);
void print_pagemap(void);
/* Does some of it map a file beyond 4 GiB? Making a hole there, Linux 6.1 also unmaps the page at
   this offset modulo 4 GiB: unmap_mapping_range() of a 32-bit kernel loses the high bits. */
bool maps_beyond_4g(unsigned long addr, unsigned long len);

#endif
