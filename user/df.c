/*
 * df [-hka] [FILE ...]: how full the file systems are.
 */
#define PROGRAM "df"
#define USAGE	"[-hka] [FILE ...]"
#include "user/common.h"
#include <sys/vfs.h>

static bool human, all;

static const char *amount(unsigned long long bytes, char *buf)
{
	if (human)
		return human_size(bytes, buf);
	snprintf(buf, HUMAN, "%llu", (bytes + 1023) / 1024);
	return buf;
}

static void print(const char *device, const char *dir, const struct statfs *fs)
{
	unsigned long long unit = fs->f_bsize, used = fs->f_blocks - fs->f_bfree;
	unsigned long long usable = used + fs->f_bavail;
	char a[HUMAN], b[HUMAN], c[HUMAN], percent[8] = "-";

	if (usable)
		snprintf(percent, sizeof(percent), "%d%%",
			 (int)((used * 100 + usable - 1) / usable));
	printf("%-14s %10s %10s %10s %4s %s\n", device, amount(fs->f_blocks * unit, a),
	       amount(used * unit, b), amount(fs->f_bavail * unit, c), percent, dir);
}

/* FILE NULL: all file systems; else the one that FILE lies in. */
static int show(const char *file)
{
	FILE *f = fopen("/proc/mounts", "r");
	char line[1024], device[256], dir[256], best_device[256], best[256] = "";
	struct stat st, mount;
	struct statfs fs;

	if (!f)
		die("/proc/mounts");
	if (file && stat(file, &st) < 0) {
		complain_errno(file);
		fclose(f);
		return 1;
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%255s %255s", device, dir) != 2)
			continue;
		if (file && stat(dir, &mount) == 0 && mount.st_dev == st.st_dev) {
			strcpy(best, dir);
			strcpy(best_device, device);
		} else if (!file && statfs(dir, &fs) == 0 && (all || fs.f_blocks)) {
			print(device, dir, &fs);
		}
	}
	fclose(f);
	if (*best && statfs(best, &fs) == 0)
		print(best_device, best, &fs);
	return 0;
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "hka")) != -1) {
		if (opt == 'h')
			human = true;
		else if (opt == 'a')
			all = true;
		else if (opt != 'k')
			usage(1);
	}
	printf("%-14s %10s %10s %10s %4s %s\n", "Filesystem", human ? "Size" : "1K-blocks", "Used",
	       human ? "Avail" : "Available", "Use%", "Mounted on");
	if (optind == argc)
		show(NULL);
	for (; optind < argc; optind++)
		status |= show(argv[optind]);
	return finish(status);
}
