/* prctl(PR_SET_MM): what a process says of its own address space, and what it may say. */
#include "tmpdir.h"
#include <elf.h>
#include <linux/prctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define SET(WHAT, VALUE) prctl(PR_SET_MM, PR_SET_MM_##WHAT, VALUE, 0, 0)

/* Fields of /proc/self/stat, as proc(5) numbers them. */
enum {
	STARTCODE = 26,
	ENDCODE,
	STARTSTACK,
	START_DATA = 45,
	END_DATA,
	START_BRK,
	ARG_START,
	ARG_END,
	ENV_START,
	ENV_END,
};

static unsigned long field(int n)
{
	char text[1024], *p;
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	CHECK(len > 0);
	text[len] = 0;
	close(fd);
	p = strrchr(text, ')') + 2;
	for (int i = 3; i < n; i++)
		p = strchr(p, ' ') + 1;
	return strtoul(p, NULL, 10);
}

static void need_root(void)
{
	if (getuid())
		SKIP("not root");
}

static struct prctl_mm_map now(void)
{
	return (struct prctl_mm_map){
		.start_code = field(STARTCODE),
		.end_code = field(ENDCODE),
		.start_data = field(START_DATA),
		.end_data = field(END_DATA),
		.start_brk = field(START_BRK),
		.brk = (unsigned long)sbrk(0),
		.start_stack = field(STARTSTACK),
		.arg_start = field(ARG_START),
		.arg_end = field(ARG_END),
		.env_start = field(ENV_START),
		.env_end = field(ENV_END),
		.exe_fd = -1,
	};
}

TEST(each_address_is_set)
{
	unsigned long code = field(STARTCODE), end = field(ENDCODE);

	need_root();
	CHECK_EQ(SET(START_CODE, code + 1), 0);
	CHECK_EQ(field(STARTCODE), code + 1);
	CHECK_EQ(SET(END_CODE, end + 1), 0);
	CHECK_EQ(field(ENDCODE), end + 1);
	CHECK_EQ(SET(START_DATA, field(START_DATA) + 1), 0);
	CHECK_EQ(SET(END_DATA, field(START_DATA)), 0);
	CHECK_EQ(field(END_DATA), field(START_DATA));
	CHECK_EQ(SET(START_STACK, field(STARTSTACK) - 16), 0);
	CHECK_EQ(SET(START_BRK, field(START_BRK) + 1), 0);
	CHECK_EQ(SET(BRK, (unsigned long)sbrk(0) + 1), 0);
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_ENV_END, field(ENV_START), 0, 0), 0);
	CHECK_EQ(field(ENV_END), field(ENV_START));
}

TEST(what_makes_no_sense_is_refused)
{
	unsigned long code = field(STARTCODE), end = field(ENDCODE);

	need_root();
	CHECK_ERRNO(SET(START_CODE, end), EINVAL);
	CHECK_ERRNO(SET(END_CODE, code), EINVAL);
	CHECK_ERRNO(SET(START_CODE, 0), EINVAL);
	CHECK_ERRNO(SET(START_CODE, 0xc0000000), EINVAL);
	CHECK_ERRNO(SET(START_BRK, (unsigned long)sbrk(0) + 1), EINVAL);
	CHECK_ERRNO(SET(BRK, field(START_BRK) - 1), EINVAL);
	CHECK_ERRNO(SET(ARG_START, field(ARG_END) + 1), EINVAL);
	CHECK_ERRNO(SET(ENV_END, field(ENV_START) - 1), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, 0, code, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, 99, code, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_START_CODE, code, 1, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_START_CODE, code, 0, 1), EINVAL);
	CHECK_EQ(field(STARTCODE), code);
}

TEST(cmdline_shows_the_new_arguments)
{
	char *area = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct prctl_mm_map map = now();
	int fd;

	strcpy(area, "new name");
	map.arg_start = (unsigned long)area;
	map.arg_end = (unsigned long)area + 9;
	map.env_start = map.env_end = map.arg_end;
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), 0);
	fd = open("/proc/self/cmdline", O_RDONLY);
	CHECK_EQ(read(fd, area + 100, 100), 9);
	CHECK_STR(area + 100, "new name");
}

TEST(the_whole_map_is_checked)
{
	struct prctl_mm_map map = now(), bad;
	unsigned size = 0;

	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0), 0);
	CHECK_EQ(size, sizeof(map));
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, bad_address, 0, 0), EFAULT);
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), 0);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map) - 1, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, bad_address, sizeof(map), 0), EFAULT);
	bad = map;
	bad.end_code = bad.start_code;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EINVAL);
	bad = map;
	bad.arg_start = 0;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EINVAL);
	bad = map;
	bad.auxv_size = 8;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EINVAL);
	bad.auxv = bad_address;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EFAULT);
	bad.auxv = (void *)&map;
	bad.auxv_size = 4096;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EINVAL);
	bad = map;
	bad.exe_fd = 99;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &bad, sizeof(map), 0), EBADF);
}

TEST(auxv_is_replaced_and_always_ends)
{
	unsigned long vector[48], back[64];
	struct prctl_mm_map map = now();
	int fd;

	for (int i = 0; i < 48; i++)
		vector[i] = 0x1111;
	map.auxv = (void *)vector;
	map.auxv_size = sizeof(vector);
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), 0);
	fd = open("/proc/self/auxv", O_RDONLY);
	CHECK_EQ(read(fd, back, sizeof(back)), sizeof(vector));
	CHECK(back[45] == 0x1111 && back[46] == AT_NULL && back[47] == 0);
	need_root();
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_AUXV, vector, sizeof(vector) + 1, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_AUXV, bad_address, 8, 0), EFAULT);
	vector[0] = 0x2222;
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_AUXV, vector, 12, 0), 0);
	CHECK_EQ(pread(fd, back, sizeof(back), 0), 24); /* the rest is zeros */
	CHECK(back[0] == 0x2222 && back[1] == 0x1111 && back[2] == 0x1111 && back[3] == 0);
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_AUXV, vector, 0, 0), 0);
	CHECK_EQ(pread(fd, back, sizeof(back), 0), 8);
}

TEST(the_file_of_the_program)
{
	int fd;

	need_root();
	tmpdir_enter();
	fd = open("/proc/self/exe", O_RDONLY);
	CHECK_ERRNO(SET(EXE_FILE, fd), EBUSY); /* it is mapped */
	put_file("file", "x");
	CHECK_ERRNO(SET(EXE_FILE, open("file", O_RDONLY)), EACCES);
	CHECK_ERRNO(SET(EXE_FILE, open(".", O_RDONLY)), EACCES);
	CHECK_ERRNO(SET(EXE_FILE, 99), EBADF);
	tmpdir_leave();
}

TEST(rights)
{
	struct prctl_mm_map map;
	unsigned long code = field(STARTCODE);

	need_root();
	CHECK(setresuid(1000, 1000, 1000) == 0);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
	CHECK_ERRNO(SET(START_CODE, code), EPERM);
	CHECK_ERRNO(SET(EXE_FILE, 0), EPERM);
	map = now();
	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), 0);
	map.exe_fd = 0;
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0), EPERM);
}
