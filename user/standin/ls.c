/* ls [-l] [FILE ...]: names, sorted; -l: with kind and rights, owner and size. */
#define PROGRAM "ls"
#define USAGE	"[-l] [FILE ...]"
#include "user/common.h"
#include <dirent.h>

static bool details;

static int print(const char *dir, const char *name)
{
	char *path = *dir ? join_path(dir, name) : copy_string(name);
	struct stat st;
	char mode[11];
	int status = lstat(path, &st);

	if (status < 0)
		complain_errno(path);
	free(path);
	if (status < 0)
		return 1;
	if (details) {
		mode_string(st.st_mode, mode);
		printf("%s %-6s %9lld ", mode, user_name(st.st_uid), (long long)st.st_size);
	}
	puts(name);
	return 0;
}

static int print_directory(const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort), status = 0;

	if (n < 0)
		die(dir);
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			status |= print(dir, entries[i]->d_name);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct stat st;
	int status = 0, i = 1;

	if (i < argc && strcmp(argv[i], "-l") == 0) {
		details = true;
		i++;
	}
	if (i == argc)
		return finish(print_directory("."));
	for (; i < argc; i++) {
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			status |= print_directory(argv[i]);
		else
			status |= print("", argv[i]);
	}
	return finish(status);
}
