/* Files and directories with new names: the six X at the template's end are replaced. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define X_COUNT 6
#define TRIES	100

/* The X part of the template, or NULL with errno. */
static char *suffix(char *template)
{
	size_t len = strlen(template);

	if (len >= X_COUNT && strcmp(template + len - X_COUNT, "XXXXXX") == 0)
		return template + len - X_COUNT;
	errno = EINVAL;
	return NULL;
}

static void fill(char *x)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char bytes[X_COUNT];
	int i;

	if (getentropy(bytes, sizeof(bytes)) < 0) {
		for (i = 0; i < X_COUNT; i++)
			bytes[i] = rand() >> 8;
	}
	for (i = 0; i < X_COUNT; i++)
		x[i] = letters[bytes[i] % (sizeof(letters) - 1)];
}

int mkostemp(char *template, int flags)
{
	char *x = suffix(template);
	int i, fd = -1;

	if (!x)
		return -1;
	for (i = 0; i < TRIES; i++) {
		fill(x);
		fd = open(template, O_RDWR | O_CREAT | O_EXCL | flags, S_IRUSR | S_IWUSR);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd;
}

int mkstemp(char *template)
{
	return mkostemp(template, 0);
}

char *mkdtemp(char *template)
{
	char *x = suffix(template);
	int i;

	if (!x)
		return NULL;
	for (i = 0; i < TRIES; i++) {
		fill(x);
		if (mkdir(template, S_IRWXU) == 0)
			return template;
		if (errno != EEXIST)
			break;
	}
	return NULL;
}
