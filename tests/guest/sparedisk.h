/*
 * A disk that holds nothing that is needed: /dev/disk/1, or /dev/disk/0 where nothing on it is
 * mounted.
 */
#ifndef TESTS_GUEST_SPAREDISK_H
#define TESTS_GUEST_SPAREDISK_H

#include "check.h"
#include <fcntl.h>
#include <unistd.h>

/* Its name; the test is skipped where there is none. */
static const char *spare_disk(void)
{
	static const char *const names[] = {"/dev/disk/1", "/dev/disk/0"};
	static const char *found; /* looked for once: later the case may have claimed it */

	for (unsigned int i = 0; !found && i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open(names[i], O_RDONLY | O_EXCL); /* EBUSY if it is mounted */

		if (fd >= 0) {
			close(fd);
			found = names[i];
		}
	}
	if (!found)
		SKIP("no spare disk");
	return found;
}

#endif
