/*
 * /etc/fstab, and disks that are found by the label of their file system.
 */
#ifndef USER_FSTAB_H
#define USER_FSTAB_H

#include "user/mountflags.h"

#define FSTAB "/etc/fstab"

/* Where an ext2 file system has its magic number and its label, and which number. */
#define EXT2_MAGIC_AT (1024 + 56)
#define EXT2_LABEL_AT (1024 + 120)
static const unsigned char ext2_magic[2] = {0x53, 0xef};

enum {
	LABEL_SIZE = 16 /* of an ext2 file system */
};

struct fstab_line {
	char device[256], dir[256], type[64];
	unsigned long flags; /* for mount() */
	char *data;	     /* the options that are the file system's own, or NULL */
	bool nofail;	     /* the disk may be missing */
};

/* Whether there is an ext2 file system (or one of its successors) on DEVICE, and its LABEL; -1,
 * errno: it cannot be read. */
static inline int find_ext2(const char *device, char label[LABEL_SIZE + 1])
{
	unsigned char magic[sizeof(ext2_magic)];
	int fd = open(device, O_RDONLY | O_CLOEXEC), result = -1, err;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	memset(label, 0, LABEL_SIZE + 1);
	n = pread(fd, magic, sizeof(magic), EXT2_MAGIC_AT);
	if (n >= 0)
		result = n == sizeof(magic) && memcmp(magic, ext2_magic, sizeof(magic)) == 0;
	if (result > 0 && pread(fd, label, LABEL_SIZE, EXT2_LABEL_AT) < 0)
		result = -1;
	err = errno;
	close(fd);
	errno = err;
	return result;
}

/* The disk or partition whose file system has this label; false: none has. */
static inline bool find_label(const char *wanted, char *device, size_t size)
{
	FILE *f = fopen("/proc/partitions", "r");
	char line[128], name[64], label[LABEL_SIZE + 1];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*u %*u %*u %63s", name) != 1)
			continue;
		snprintf(device, size, "/dev/%s", name);
		found = find_ext2(device, label) > 0 && strcmp(label, wanted) == 0;
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
