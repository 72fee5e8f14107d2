/*
 * What the experiments share: which VMA an address lies in (from /proc/self/maps), which frame
 * stands behind it (from /proc/self/pagemap), and a start that is the same everywhere.
 *
 * Nothing here calls malloc(): it would move the very things that are looked at.
 */
#ifndef USER_EXPERIMENT_H
#define USER_EXPERIMENT_H

#ifndef _GNU_SOURCE
#	define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	KIB = 1024
};

/* Bits of an entry of /proc/PID/pagemap: Linux Documentation/admin-guide/mm/pagemap.rst */
#define PM_FRAME   ((1ULL << 55) - 1)
#define PM_PRESENT (1ULL << 63)
#define PM_FILE	   (1ULL << 61) /* of a file, or shared anonymous memory */

struct vma {
	unsigned long start, end;
	char perms[5];
	char name[40]; /* of a file the last part of the path; "-" if there is none */
};

static const char environment_mark[] = "EXPERIMENT=1";

extern char **environ;

/*
 * Start the program anew with an empty environment and without the path in argv[0], so that the
 * stack begins at the same place wherever it is started from, and give stdout a buffer that does
 * not come from malloc().
 */
static inline void begin(char **argv)
{
	static char buffer[4096];
	char *clean[] = {(char *)environment_mark, NULL};
	char *slash = strrchr(argv[0], '/');

	if (slash)
		argv[0] = slash + 1;
	if (!environ[0] || strcmp(environ[0], environment_mark) != 0 || environ[1])
		execve("/proc/self/exe", argv, clean);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
}

_Noreturn static inline void fail(const char *what)
{
	int err = errno;

	fflush(stdout);
	fprintf(stderr, "%s: %s\n", what, strerror(err));
	exit(1);
}

/* The lines of /proc/self/maps, in a static buffer; valid until the next call. */
static inline char *read_maps(void)
{
	static char text[32768];
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		fail("/proc/self/maps");
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = '\0';
	return text;
}

/* LINE may be followed by others. A line without a name ends with a blank after the inode. */
static inline bool parse_vma(const char *line, struct vma *v)
{
	char copy[512], path[256] = "", *slash;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(line, "\n"), line);
	if (sscanf(copy, "%lx-%lx %4s %*s %*s %*s %255[^\n]", &v->start, &v->end, v->perms, path) <
	    3)
		return false;
	slash = strrchr(path, '/');
	snprintf(v->name, sizeof(v->name), "%.39s", *path ? (slash ? slash + 1 : path) : "-");
	return true;
}

/* The VMA that ADDRESS lies in; false if it lies in none. */
static inline bool find_vma(unsigned long address, struct vma *v)
{
	for (char *line = read_maps(); line && *line;) {
		if (parse_vma(line, v) && v->start <= address && address < v->end)
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

static inline const char *vma_name(const void *address)
{
	static struct vma v;

	return find_vma((unsigned long)address, &v) ? v.name : "(nothing)";
}

static inline uint64_t page_entry(const void *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;
	off_t offset = (unsigned long)address / PAGE * sizeof(entry);

	if (fd < 0)
		fail("/proc/self/pagemap");
	if (pread(fd, &entry, sizeof(entry), offset) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry;
}

static inline bool page_present(const void *address)
{
	return page_entry(address) & PM_PRESENT;
}

/* The number of the frame behind a page; 0: there is none (or we are not root). */
static inline uint64_t page_frame(const void *address)
{
	uint64_t entry = page_entry(address);

	return entry & PM_PRESENT ? entry & PM_FRAME : 0;
}

static inline void need_frames(void)
{
	static volatile char touched;

	touched = 1;
	if (!page_frame((const void *)&touched)) {
		fprintf(stderr, "frame numbers are shown to root only\n");
		exit(1);
	}
}

static inline const char *same_frame(uint64_t a, uint64_t b)
{
	return a == 0 || b == 0 ? "no frame" : a == b ? "same frame" : "different frame";
}

/* How a child ended, in words. */
static inline const char *how_it_ended(int status)
{
	static char text[64];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "killed by signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "exit status %d", WEXITSTATUS(status));
	return text;
}

#endif
