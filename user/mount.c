/*
 * mount [-t TYPE] [-o OPTIONS] DEVICE DIRECTORY: mount a file system; without arguments, list
 * what is mounted.
 */
#define PROGRAM "mount"
#define USAGE	"[-r] [-t TYPE] [-o OPTION,...] DEVICE DIRECTORY"
#include "user/mountflags.h"

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

int main(int argc, char **argv)
{
	unsigned long bits = 0;
	const char *type = NULL;
	char *data = NULL;
	int opt, result;

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
	if (argc - optind != 2)
		usage(1);
	if (type || (bits & (MS_REMOUNT | MS_BIND)))
		result = mount(argv[optind], argv[optind + 1], type ? type : "none", bits, data);
	else
		result = mount_any(argv[optind], argv[optind + 1], bits, data);
	if (result < 0) {
		complain("mounting %s on %s failed: %s", argv[optind], argv[optind + 1],
			 strerror(errno));
		return 32; /* as util-linux says "mount failure" */
	}
	return 0;
}
