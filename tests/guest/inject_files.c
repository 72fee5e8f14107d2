/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, and all
 * behind it, fail.
 *
 * As inject.c, for attributes of files, for what is read ahead, and for what comes back.
 */
#include "inject.h"
#include <sys/xattr.h>

static void set_attributes(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return;
	fsetxattr(fd, "trusted.small", "1", 1, 0);
	fsetxattr(fd, "trusted.large", buffer, 2000, 0);
	fsetxattr(fd, "trusted.small", buffer, 1000, 0);
	if (flistxattr(fd, buffer, sizeof(buffer)) > 0)
		fgetxattr(fd, "trusted.large", buffer, sizeof(buffer));
	fremovexattr(fd, "trusted.large");
	close(fd);
	unlink(file);
}

static void act_attributes(void)
{
	set_attributes("file");
	set_attributes("/mnt/file");
	sync();
}

/* What is not in memory is read ahead, as far as memory can be had. */
static void act_read_ahead(void)
{
	int fd = open("/bin/ls", O_RDONLY);

	if (fd < 0)
		return;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	readahead(fd, 0, 64 * PAGE);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (read(fd, buffer, sizeof(buffer)) < 0)
		buffer[0] = 1;
	close(fd);
}

/* Reclaim takes the pages of a file, which leave shadows, and they come back; then the file ends,
 * and its shadows with it. */
static void act_refault(void)
{
	int fd = open("/mnt/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	if (fd < 0)
		return;
	for (int i = 0; i < 20; i++)
		if (write(fd, buffer, sizeof(buffer)) != (ssize_t)sizeof(buffer))
			break;
	fsync(fd);
	p = mmap(NULL, 80 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p != MAP_FAILED)
		madvise(p, 80 * PAGE, MADV_PAGEOUT);
	if (pread(fd, buffer, sizeof(buffer), 0) > 0 && buffer[0] != 1)
		_exit(CHECK_FAILED);
	if (pread(fd, buffer, sizeof(buffer), 64 * PAGE) > 0 && buffer[0] != 1)
		_exit(CHECK_FAILED);
	if (p != MAP_FAILED)
		madvise(p, 80 * PAGE, MADV_PAGEOUT);
	close(fd);
	unlink("/mnt/file");
}

TEST(attributes)
{
	fail_in_turn(act_attributes);
}

TEST(refault)
{
	fail_in_turn(act_refault);
}

TEST(read_ahead)
{
	fail_in_turn(act_read_ahead);
}
