/*
 * chmod [-R] MODE FILE ...: change permissions. MODE: 644, u+x, go-w, a=r, +x.
 */
#define PROGRAM "chmod"
#define USAGE	"[-R] MODE FILE ..."
#include "user/common.h"
#include <dirent.h>

static mode_t mask;

/* One clause: [ugoa]*[+-=][rwxXst]*. False: not understood. */
static bool apply(const char *s, mode_t *mode)
{
	mode_t who = 0, bits = 0;
	bool named = false;
	char op;

	for (; *s && strchr("ugoa", *s); s++) {
		named = true;
		who |= *s == 'u' ? 04700 : *s == 'g' ? 02070 : *s == 'o' ? 01007 : 07777;
	}
	if (!named)
		who = 07777 & ~mask;
	op = *s;
	if (!op || !strchr("+-=", op))
		return false;
	for (s++; *s; s++) {
		static const char letters[] = "rwxXst";
		const char *p = strchr(letters, *s);
		static const mode_t values[] = {0444, 0222, 0111, 0111, 06000, 01000};

		if (!p)
			return false;
		if (*s == 'X' && !S_ISDIR(*mode) && !(*mode & 0111))
			continue;
		bits |= values[p - letters];
	}
	if (op == '+')
		*mode |= bits & who;
	else if (op == '-')
		*mode &= ~(bits & who);
	else
		*mode = (*mode & ~(who & 0777)) | (bits & who);
	return true;
}

static bool new_mode(const char *text, mode_t *mode)
{
	char *end, *copy, *clause, *rest;
	unsigned long n = strtoul(text, &end, 8);
	bool ok = true;

	if (end != text && !*end) {
		*mode = n;
		return n <= 07777;
	}
	rest = copy = copy_string(text);
	while (ok && (clause = strsep(&rest, ",")))
		ok = apply(clause, mode);
	free(copy);
	*mode &= 07777;
	return ok;
}

static bool change(const char *text, const char *path, bool recursive)
{
	struct stat st;
	mode_t mode;
	struct dirent *e;
	bool ok = true;
	DIR *dir;

	if (stat(path, &st) < 0) {
		complain("cannot access '%s': %s", path, strerror(errno));
		return false;
	}
	mode = st.st_mode;
	if (!new_mode(text, &mode)) {
		complain("invalid mode: '%s'", text);
		exit(1);
	}
	if (chmod(path, mode) < 0) {
		complain_errno(path);
		return false;
	}
	if (!recursive || !S_ISDIR(st.st_mode))
		return true;
	dir = opendir(path);
	if (!dir) {
		complain_errno(path);
		return false;
	}
	while ((e = readdir(dir))) {
		char *name;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		name = join_path(path, e->d_name);
		if (lstat(name, &st) == 0 && !S_ISLNK(st.st_mode))
			ok &= change(text, name, true);
		free(name);
	}
	closedir(dir);
	return ok;
}

int main(int argc, char **argv)
{
	bool recursive = argc > 1 && strcmp(argv[1], "-R") == 0;
	int i = 1 + recursive, status = 0;

	mask = umask(0);
	umask(mask);
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	if (argc - i < 2)
		usage(1);
	for (int k = i + 1; k < argc; k++)
		status |= !change(argv[i], argv[k], recursive);
	return status;
}
