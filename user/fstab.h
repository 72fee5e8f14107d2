/*
 * /etc/fstab, and disks that are found by the label of their file system or swap area.
 */
#ifndef USER_FSTAB_H
#define USER_FSTAB_H

#include "user/mountflags.h"

#define FSTAB "/etc/fstab"

enum {
	LABEL_SIZE = 16, /* of an ext2 file system, and of a swap area */
	MAGIC_MAX = 10
};

/* What stands on a disk: where it has its magic number, which one, and where its label. */
struct signature {
	unsigned magic_at, label_at;
	size_t size;
	unsigned char magic[MAGIC_MAX];
};

static const struct signature ext2_signature = {1024 + 56, 1024 + 120, 2, {0x53, 0xef}};
/* union swap_header of Linux's include/linux/swap.h, with pages of 4096 bytes */
static const struct signature swap_signature = {
	4096 - 10, 1024 + 28, 10, {'S', 'W', 'A', 'P', 'S', 'P', 'A', 'C', 'E', '2'}};

struct fstab_line {
	char device[256], dir[256], type[64];
	unsigned long flags; /* for mount() */
	char *data;	     /* the options that are the file system's own, or NULL */
	bool nofail;	     /* the disk may be missing */
};

/* Whether S is on DEVICE, and the LABEL; -1, errno: it cannot be read. */
static inline int find_signature(const char *device, const struct signature *s,
				 char label[LABEL_SIZE + 1])
{
	unsigned char magic[MAGIC_MAX];
	int fd = open(device, O_RDONLY | O_CLOEXEC), result = -1, err;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	memset(label, 0, LABEL_SIZE + 1);
	n = pread(fd, magic, s->size, s->magic_at);
	if (n >= 0)
		result = n == (ssize_t)s->size && memcmp(magic, s->magic, s->size) == 0;
	if (result > 0 && pread(fd, label, LABEL_SIZE, s->label_at) < 0)
		result = -1;
	err = errno;
	close(fd);
	errno = err;
	return result;
}

/* Whether DEVICE has an ext2 file system (or one of its successors) or a swap area of this label.
 */
static inline bool has_label(const char *device, const char *wanted)
{
	char label[LABEL_SIZE + 1];

	return (find_signature(device, &ext2_signature, label) > 0 ||
		find_signature(device, &swap_signature, label) > 0) &&
	       strcmp(label, wanted) == 0;
}

/* The disk or partition that has this label; false: none has. */
static inline bool find_label(const char *wanted, char *device, size_t size)
{
	FILE *f = fopen("/proc/partitions", "r");
	char line[128], name[64];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*u %*u %*u %63s", name) != 1)
			continue;
		snprintf(device, size, "/dev/%s", name);
		found = has_label(device, wanted);
	}
	if (f)
		fclose(f);
	return found;
}

/* WHAT is a device, or LABEL=text; false, errno: it is not there. */
static inline bool find_device(const char *what, char *device, size_t size)
{
	static const char by_label[] = "LABEL=";

	if (strncmp(what, by_label, strlen(by_label)) == 0) {
		errno = ENODEV;
		return find_label(what + strlen(by_label), device, size);
	}
	snprintf(device, size, "%s", what);
	return access(what, F_OK) == 0;
}

/* The next line of /etc/fstab that is one; L->data belongs to L. */
static inline bool next_fstab_line(FILE *f, struct fstab_line *l)
{
	char line[1024], words[256], *nofail;

	do {
		if (!fgets(line, sizeof(line), f))
			return false;
	} while (sscanf(line, "%255s %255s %63s %255s", l->device, l->dir, l->type, words) < 4 ||
		 *l->device == '#');
	free(l->data);
	l->data = NULL;
	l->flags = 0;
	nofail = strstr(words, "nofail");
	l->nofail = nofail;
	if (nofail)
		memset(nofail, ',', strlen("nofail"));
	parse_mount_words(words, &l->flags, &l->data);
	return true;
}

#endif
