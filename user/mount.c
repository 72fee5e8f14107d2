/*
 * mount [-t TYPE] [-o OPTIONS] DEVICE DIRECTORY: mount a file system. Of the two one is enough if
 * /etc/fstab has the other, or to remount. Without arguments, list what is mounted.
 */
#define PROGRAM "mount"
#define USAGE	"[-r] [-t TYPE] [-o OPTION,...] [DEVICE|LABEL=text] DIRECTORY"
#include "user/fstab.h"

static int list(const char *type)
{
	FILE *f = fopen("/proc/mounts", "r");
	char line[1024], device[256], dir[256], fs[64], words[256];

	if (!f)
		die("/proc/mounts");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%255s %255s %63s %255s", device, dir, fs, words) == 4 &&
		    (!type || strcmp(type, fs) == 0))
			printf("%s on %s type %s (%s)\n", device, dir, fs, words);
	}
	fclose(f);
	return finish(0);
}

/* Without -t: the types in /proc/filesystems that need a device, one after the other. */
static int mount_any(const char *device, const char *dir, unsigned long bits, const char *data)
{
	FILE *f = fopen("/proc/filesystems", "r");
	char line[128];
	int result = -1;

	errno = ENODEV;
	while (f && result < 0 && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\t')
			result = mount(device, dir, line + 1, bits, data);
	}
	if (f)
		fclose(f);
	return result;
}

/* The line of /etc/fstab for a device or a directory; false: there is none. */
static bool find_in_fstab(const char *name, struct fstab_line *l)
{
	FILE *f = fopen(FSTAB, "r");
	bool found = false;

	while (f && !found && next_fstab_line(f, l))
		found = strcmp(l->device, name) == 0 || strcmp(l->dir, name) == 0;
	if (f)
		fclose(f);
	return found;
}

static int mount_named(const char *what, const char *dir, const char *type, unsigned long bits,
		       const char *data)
{
	char device[PATH_MAX];
	int result;

	snprintf(device, sizeof(device), "%s", what);
	if (strncmp(what, "LABEL=", 6) == 0 && !find_device(what, device, sizeof(device)))
		result = -1;
	else if (type || (bits & (MS_REMOUNT | MS_BIND)))
		result = mount(device, dir, type ? type : "none", bits, data);
	else
		result = mount_any(device, dir, bits, data);
	if (result == 0)
		return 0;
	complain("mounting %s on %s failed: %s", what, dir, strerror(errno));
	return 32; /* as util-linux says "mount failure" */
}

int main(int argc, char **argv)
{
	struct fstab_line line = {.data = NULL};
	unsigned long bits = 0;
	const char *type = NULL;
	char *data = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "t:o:r")) != -1) {
		if (opt == 't')
			type = optarg;
		else if (opt == 'o')
			parse_mount_words(optarg, &bits, &data);
		else if (opt == 'r')
			bits |= MS_RDONLY;
		else
			usage(1);
	}
	if (optind == argc)
		return list(type);
	if (argc - optind == 2)
		return mount_named(argv[optind], argv[optind + 1], type, bits, data);
	if (argc - optind != 1)
		usage(1);
	if (bits & MS_REMOUNT)
		return mount_named("none", argv[optind], type, bits, data);
	if (!find_in_fstab(argv[optind], &line)) {
		complain("%s: not in " FSTAB, argv[optind]);
		return 1;
	}
	return mount_named(line.device, line.dir, line.type, bits | line.flags,
			   data ? data : line.data);
}
