/* A file with a new name: the six X at the template's end are replaced. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "libc/internal/syscall.h"

#define X_COUNT 6
#define TRIES	100

int mkstemp(char *template)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(template);
	unsigned char bytes[X_COUNT];
	int fd = -1;

	if (len < X_COUNT || strcmp(template + len - X_COUNT, "XXXXXX") != 0) {
		errno = EINVAL;
		return -1;
	}
	for (int i = 0; i < TRIES; i++) {
		sys3(SYS_getrandom, bytes, sizeof(bytes), 0);
		for (int k = 0; k < X_COUNT; k++)
			template[len - X_COUNT + k] = letters[bytes[k] % (sizeof(letters) - 1)];
		fd = open(template, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd;
}
