/* Shared memory with a name: files of the tmpfs at /dev/shm. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHM_DIR "/dev/shm/"

/* The path of a name, of which slashes in front do not count. NULL and EINVAL: it is none. */
static const char *shm_path(const char *name, char path[sizeof(SHM_DIR) + NAME_MAX])
{
	size_t len;

	name += strspn(name, "/");
	len = strlen(name);
	if (!len || len > NAME_MAX || strchr(name, '/')) {
		errno = EINVAL;
		return NULL;
	}
	memcpy(path, SHM_DIR, sizeof(SHM_DIR) - 1);
	memcpy(path + sizeof(SHM_DIR) - 1, name, len + 1);
	return path;
}

int shm_open(const char *name, int flags, mode_t mode)
{
	char path[sizeof(SHM_DIR) + NAME_MAX];
	int fd;

	if (!shm_path(name, path))
		return -1;
	fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0 && errno == EISDIR)
		errno = EINVAL;
	return fd;
}

int shm_unlink(const char *name)
{
	char path[sizeof(SHM_DIR) + NAME_MAX];

	if (!shm_path(name, path)) {
		errno = ENOENT;
		return -1;
	}
	if (!unlink(path))
		return 0;
	if (errno == EPERM) /* as POSIX says it */
		errno = EACCES;
	return -1;
}
