/* Directory streams: a buffer of entries as getdents64 delivers them. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define DIR_BUFFER 8192

struct __dirstream {
	int fd;
	size_t next; /* offset of the next entry in buf */
	size_t end;
	off_t pos; /* the position after the last entry returned */
	char buf[DIR_BUFFER] __attribute__((aligned(8)));
};

/* Linux include/linux/dirent.h: struct linux_dirent64. */
_Static_assert(offsetof(struct dirent, d_name) == 19, "the kernel's linux_dirent64");

DIR *fdopendir(int fd)
{
	struct stat st;
	DIR *dir;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return NULL;
	}
	dir = malloc(sizeof(*dir));
	if (!dir)
		return NULL;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	dir->fd = fd;
	dir->next = dir->end = 0;
	dir->pos = 0;
	return dir;
}

DIR *opendir(const char *name)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* The entry is good until the next call for the same stream. */
struct dirent *readdir(DIR *dir)
{
	struct dirent *entry;

	if (dir->next >= dir->end) {
		long n = raw3(SYS_getdents64, dir->fd, dir->buf, sizeof(dir->buf));

		/* A directory that was removed reads as empty. */
		if (n < 0 && n != -ENOENT)
			__syscall_ret(n);
		if (n <= 0)
			return NULL;
		dir->next = 0;
		dir->end = n;
	}
	entry = (struct dirent *)(dir->buf + dir->next);
	dir->next += entry->d_reclen;
	dir->pos = entry->d_off;
	return entry;
}

int closedir(DIR *dir)
{
	int r = close(dir->fd);

	free(dir);
	return r;
}

void seekdir(DIR *dir, long pos)
{
	dir->pos = lseek(dir->fd, pos, SEEK_SET);
	dir->next = dir->end = 0;
}

void rewinddir(DIR *dir)
{
	seekdir(dir, 0);
}

long telldir(DIR *dir)
{
	return dir->pos;
}

int alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static struct dirent *copy_entry(const struct dirent *entry)
{
	struct dirent *copy = malloc(entry->d_reclen);

	return copy ? memcpy(copy, entry, entry->d_reclen) : NULL;
}

/* Adds a copy of the entry to the list. Returns 0 if there is no memory. */
static int append(struct dirent ***list, size_t *n, size_t *room, const struct dirent *entry)
{
	if (*n == *room) {
		size_t more = *room ? 2 * *room : 16;
		struct dirent **bigger = reallocarray(*list, more, sizeof(*bigger));

		if (!bigger)
			return 0;
		*list = bigger;
		*room = more;
	}
	(*list)[*n] = copy_entry(entry);
	if (!(*list)[*n])
		return 0;
	++*n;
	return 1;
}

int scandir(const char *path, struct dirent ***out, int (*filter)(const struct dirent *),
	    int (*compar)(const struct dirent **, const struct dirent **))
{
	struct dirent **list = NULL, *entry;
	size_t n = 0, room = 0;
	DIR *dir = opendir(path);
	int error = 0, saved = errno;

	if (!dir)
		return -1;
	for (errno = 0; !error && (entry = readdir(dir)); errno = 0) {
		if ((!filter || filter(entry)) && !append(&list, &n, &room, entry))
			error = ENOMEM;
	}
	if (!error)
		error = errno;
	closedir(dir);
	if (error) {
		while (n)
			free(list[--n]);
		free(list);
		errno = error;
		return -1;
	}
	errno = saved; /* only the loop wanted it to be 0 */
	if (compar)
		qsort(list, n, sizeof(*list), (int (*)(const void *, const void *))compar);
	*out = list;
	return n;
}
