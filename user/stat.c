/*
 * stat [-L] [-c FORMAT] FILE ...: what the inode says.
 */
#define PROGRAM "stat"
#define USAGE	"[-L] [-c FORMAT] FILE ..."
#include "user/common.h"
#include <sys/sysmacros.h>
#include <time.h>

static const char *type_name(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return st->st_size ? "regular file" : "regular empty file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symbolic link";
	case S_IFCHR:
		return "character special file";
	case S_IFBLK:
		return "block special file";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "weird file";
	}
}

static void print_name(const char *path, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = S_ISLNK(st->st_mode) ? readlink(path, target, sizeof(target)) : -1;

	printf("%s", path);
	if (n >= 0)
		printf(" -> %.*s", (int)n, target);
}

static void print_time(const struct timespec *ts)
{
	char buf[40];

	strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", gmtime(&ts->tv_sec));
	printf("%s.%09ld +0000", buf, (long)ts->tv_nsec);
}

/* The fields about times; false: C is none of them. */
static bool print_time_field(char c, const struct stat *st)
{
	const struct timespec *ts = c == 'x' || c == 'X'   ? &st->st_atim
				    : c == 'y' || c == 'Y' ? &st->st_mtim
							   : &st->st_ctim;

	if (!strchr("xyzXYZ", c))
		return false;
	if (c >= 'x')
		print_time(ts);
	else
		printf("%lld", (long long)ts->tv_sec);
	return true;
}

/* The fields that are numbers; false: C is none of them. */
static bool print_number_field(char c, const struct stat *st)
{
	const struct {
		char letter;
		const char *format;
		unsigned long long value;
	} fields[] = {
		{'a', "%llo", st->st_mode & 07777},
		{'b', "%llu", st->st_blocks},
		{'B', "%llu", 512},
		{'d', "%llu", st->st_dev},
		{'f', "%llx", st->st_mode},
		{'g', "%llu", st->st_gid},
		{'h', "%llu", st->st_nlink},
		{'i', "%llu", st->st_ino},
		{'o', "%llu", st->st_blksize},
		{'s', "%llu", st->st_size},
		{'t', "%llx", major(st->st_rdev)},
		{'T', "%llx", minor(st->st_rdev)},
		{'u', "%llu", st->st_uid},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].letter != c)
			continue;
		printf(fields[i].format, fields[i].value);
		return true;
	}
	return false;
}

static void print_field(char c, const char *path, const struct stat *st)
{
	char mode[11];

	if (print_time_field(c, st) || print_number_field(c, st))
		return;
	switch (c) {
	case 'A':
		mode_string(st->st_mode, mode);
		printf("%s", mode);
		break;
	case 'F':
		printf("%s", type_name(st));
		break;
	case 'G':
		printf("%s", group_name(st->st_gid));
		break;
	case 'n':
		printf("%s", path);
		break;
	case 'N':
		print_name(path, st);
		break;
	case 'U':
		printf("%s", user_name(st->st_uid));
		break;
	default:
		putchar(c == '%' ? '%' : '?');
		break;
	}
}

static void print_format(const char *format, const char *path, const struct stat *st)
{
	for (; *format; format++) {
		if (*format == '%' && format[1])
			print_field(*++format, path, st);
		else
			putchar(*format);
	}
	putchar('\n');
}

static void print_all(const char *path, const struct stat *st)
{
	char mode[11];

	mode_string(st->st_mode, mode);
	printf("  File: ");
	print_name(path, st);
	printf("\n  Size: %-10llu\tBlocks: %-10llu IO Block: %-6lu %s\n",
	       (unsigned long long)st->st_size, (unsigned long long)st->st_blocks,
	       (unsigned long)st->st_blksize, type_name(st));
	printf("Device: %u,%u\tInode: %-11llu Links: ", major(st->st_dev), minor(st->st_dev),
	       (unsigned long long)st->st_ino);
	if (!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode))
		printf("%lu", (unsigned long)st->st_nlink);
	else
		printf("%-5lu Device type: %u,%u", (unsigned long)st->st_nlink, major(st->st_rdev),
		       minor(st->st_rdev));
	printf("\nAccess: (%04o/%s)  Uid: (%5u/%8s)", st->st_mode & 07777, mode,
	       (unsigned)st->st_uid, user_name(st->st_uid));
	printf("   Gid: (%5u/%8s)", (unsigned)st->st_gid, group_name(st->st_gid));
	printf("\nAccess: ");
	print_time(&st->st_atim);
	printf("\nModify: ");
	print_time(&st->st_mtim);
	printf("\nChange: ");
	print_time(&st->st_ctim);
	putchar('\n');
}

int main(int argc, char **argv)
{
	const char *format = NULL;
	bool follow = false;
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "Lc:")) != -1) {
		if (opt == 'L')
			follow = true;
		else if (opt == 'c')
			format = optarg;
		else
			usage(1);
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++) {
		const char *path = argv[optind];
		struct stat st;

		if ((follow ? stat(path, &st) : lstat(path, &st)) < 0) {
			complain("cannot stat '%s': %s", path, strerror(errno));
			status = 1;
		} else if (format) {
			print_format(format, path, &st);
		} else {
			print_all(path, &st);
		}
	}
	return finish(status);
}
