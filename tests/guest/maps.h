/*
 * Looking at one's own address space: the lines of /proc/self/maps, and what a memory access does.
 */
#ifndef TESTS_GUEST_MAPS_H
#define TESTS_GUEST_MAPS_H

#include "check.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define P 4096UL

struct map_line {
	unsigned long start, end, offset;
	char perms[5];
	char name[256]; /* "" if none */
};

/* The next line of a file, without stdio, whose buffer would move the heap that is looked at. */
static int map_read_line(int fd, char *line, int size)
{
	static char buffer[P];
	static int have, next;
	int n = 0;

	if (!line) {
		have = next = 0;
		return 0;
	}
	for (;;) {
		if (next == have) {
			have = read(fd, buffer, sizeof(buffer));
			next = 0;
			if (have <= 0)
				return 0;
		}
		if (buffer[next] == '\n' || n == size - 1) {
			next++;
			line[n] = 0;
			return 1;
		}
		line[n++] = buffer[next++];
	}
}

/* The first line that ends above addr. 0 if there is none. */
__attribute__((unused)) static int map_above(unsigned long addr, struct map_line *m)
{
	int fd = open("/proc/self/maps", O_RDONLY), found = 0;
	char line[512];

	CHECK(fd >= 0);
	map_read_line(fd, NULL, 0);
	while (!found && map_read_line(fd, line, sizeof(line))) {
		m->name[0] = 0;
		CHECK(sscanf(line, "%lx-%lx %4s %lx %*s %*s %255[^\n]", &m->start, &m->end,
			     m->perms, &m->offset, m->name) >= 4);
		found = m->end > addr;
	}
	close(fd);
	return found;
}

/* The line that holds addr. 0 if nothing is mapped there. */
__attribute__((unused)) static int map_at(const void *addr, struct map_line *m)
{
	return map_above((unsigned long)addr, m) && m->start <= (unsigned long)addr;
}

/* Exactly this mapping is shown. */
#define CHECK_MAP(ADDR, LENGTH, PERMS)                                                       \
	do {                                                                                 \
		struct map_line m_;                                                          \
		if (!map_at((void *)(ADDR), &m_))                                            \
			CHECK_FAIL("nothing is mapped at %s", #ADDR);                        \
		if (m_.start != (unsigned long)(ADDR) || m_.end - m_.start != (LENGTH) ||    \
		    strcmp(m_.perms, PERMS))                                                 \
			CHECK_FAIL("%s: %lx-%lx %s instead of %lu pages %s from %lx", #ADDR, \
				   m_.start, m_.end, m_.perms, (LENGTH) / P, PERMS,          \
				   (unsigned long)(ADDR));                                   \
	} while (0)
#define CHECK_UNMAPPED(ADDR)                                                                       \
	do {                                                                                       \
		struct map_line m_;                                                                \
		if (map_at((void *)(ADDR), &m_))                                                   \
			CHECK_FAIL("%s is mapped: %lx-%lx %s", #ADDR, m_.start, m_.end, m_.perms); \
	} while (0)

/* Room for n pages that no other mapping touches: take it, and give it back. */
__attribute__((unused)) static char *free_room(int n)
{
	char *p = mmap(NULL, (n + 2) * P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK(munmap(p, (n + 2) * P) == 0);
	return p + P;
}

/* n anonymous pages at a place with free pages around. */
__attribute__((unused)) static char *anon_at(char *p, int n, int prot)
{
	CHECK(mmap(p, n * P, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	return p;
}

static sigjmp_buf probe_jump;
static volatile siginfo_t probe_info;

__attribute__((unused)) static void probe_handler(int sig, siginfo_t *info, void *context)
{
	probe_info = *info;
	siglongjmp(probe_jump, sig);
}

/* Run `access`; => the signal it raised (probe_info tells more), or 0. */
#define PROBE(ACCESS)                                                                           \
	({                                                                                      \
		struct sigaction sa_ = {.sa_sigaction = probe_handler, .sa_flags = SA_SIGINFO}; \
		int sig_;                                                                       \
		sigaction(SIGSEGV, &sa_, NULL);                                                 \
		sigaction(SIGBUS, &sa_, NULL);                                                  \
		sig_ = sigsetjmp(probe_jump, 1);                                                \
		if (!sig_) {                                                                    \
			ACCESS;                                                                 \
		}                                                                               \
		sig_;                                                                           \
	})
#define CHECK_FAULT(ACCESS, SIG, CODE, ADDR)                                        \
	do {                                                                        \
		CHECK_EQ(PROBE(ACCESS), SIG);                                       \
		CHECK_EQ(probe_info.si_code, CODE);                                 \
		CHECK_EQ((unsigned long)probe_info.si_addr, (unsigned long)(ADDR)); \
	} while (0)

/* A file of n pages in /tmp, page i filled with 'a' + i; its descriptor. It has no name any more.
 */
__attribute__((unused)) static int temp_file(int n)
{
	char name[] = "/tmp/guestXXXXXX", page[P];
	int fd = mkstemp(name), i;

	CHECK(fd >= 0);
	unlink(name);
	for (i = 0; i < n; i++) {
		memset(page, 'a' + i, P);
		CHECK_EQ(write(fd, page, P), P);
	}
	return fd;
}

/* One entry of /proc/self/pagemap. */
__attribute__((unused)) static unsigned long long pagemap(const void *addr)
{
	unsigned long long entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &entry, 8, (off_t)((unsigned long)addr / P * 8)), 8);
	close(fd);
	return entry;
}
#define PM_PRESENT (1ULL << 63)
#define PM_PFN	   ((1ULL << 55) - 1)

#endif
