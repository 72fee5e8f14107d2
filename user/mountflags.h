/*
 * The options of a mount, as words: what mount takes behind -o, and /etc/fstab has.
 */
#ifndef USER_MOUNTFLAGS_H
#define USER_MOUNTFLAGS_H

#include "user/common.h"
#include <sys/mount.h>

static const struct mount_word {
	const char *name;
	unsigned long set, clear;
} mount_words[] = {
	{"ro", MS_RDONLY, 0},	     {"rw", 0, MS_RDONLY},	 {"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},	     {"nodev", MS_NODEV, 0},	 {"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},    {"exec", 0, MS_NOEXEC},	 {"noatime", MS_NOATIME, 0},
	{"sync", MS_SYNCHRONOUS, 0}, {"remount", MS_REMOUNT, 0}, {"bind", MS_BIND, 0},
	{"defaults", 0, 0},
};

enum {
	MOUNT_WORDS = sizeof(mount_words) / sizeof(mount_words[0])
};

/* Known words become flags; the others are the file system's own and go to DATA (allocated, or
 * NULL). */
static inline void parse_mount_words(char *words, unsigned long *flags, char **data)
{
	char *word;

	while ((word = strsep(&words, ","))) {
		int i = 0;

		while (i < MOUNT_WORDS && strcmp(mount_words[i].name, word) != 0)
			i++;
		if (i < MOUNT_WORDS) {
			*flags = (*flags | mount_words[i].set) & ~mount_words[i].clear;
		} else if (*word) {
			size_t n = *data ? strlen(*data) : 0;

			*data = allocate(*data, n + strlen(word) + 2);
			sprintf(*data + n, "%s%s", n ? "," : "", word);
		}
	}
}

#endif
