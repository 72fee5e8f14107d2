/*
 * A file of ext2 with as many names as it can have. Apart from ext2.c because it takes long.
 */
#define _FILE_OFFSET_BITS 64
#include "tmpdir.h"

#define LINK_MAX_ 65000

/* Many names of one file, in a directory that becomes large. */
TEST(limit_of_links)
{
	struct stat f, other;
	char name[16];
	int fd, n;

	disk_enter();
	put_file("f", "text");
	for (n = 1; n < LINK_MAX_ + 10; n++) {
		snprintf(name, sizeof(name), "%d", n);
		if (link("f", name))
			break;
	}
	CHECK_EQ(n, LINK_MAX_);
	CHECK_EQ(errno, EMLINK);
	CHECK(!stat("f", &f) && !stat("777", &other));
	CHECK_EQ(f.st_nlink, LINK_MAX_);
	CHECK_EQ(other.st_ino, f.st_ino);
	CHECK_ERRNO(access("no-such-name", F_OK), ENOENT);
	CHECK_EQ(unlink("777"), 0);
	CHECK_ERRNO(access("777", F_OK), ENOENT);
	CHECK_EQ(link("f", "another"), 0);
	fd = open("f", O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
	disk_leave();
}
