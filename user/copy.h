/*
 * Copying a file or a tree: cp does it, and mv when a rename cannot cross file systems.
 */
#ifndef USER_COPY_H
#define USER_COPY_H

#include "user/common.h"
#include <dirent.h>
#include <sys/stat.h>

struct copy_options {
	bool recursive; /* directories with their contents; links, devices as what they are */
	bool preserve;	/* mode, owner and times */
	bool force;	/* remove a destination that can't be opened */
	bool verbose;
};

static inline bool copy_problem(const char *what, const char *path)
{
	int err = errno;

	complain("%s '%s': %s", what, path, strerror(err));
	return false;
}

static inline bool copy_data(int in, int out, const char *from, const char *to)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return copy_problem("error reading", from);
		for (ssize_t done = 0, k; done < n; done += k) {
			k = write(out, buf + done, n - done);
			if (k < 0)
				return copy_problem("error writing", to);
		}
	}
	return true;
}

static inline bool copy_regular(const char *from, const char *to, const struct stat *st,
				const struct copy_options *opt)
{
	int in = open(from, O_RDONLY), out;
	bool ok;

	if (in < 0)
		return copy_problem("cannot open", from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, st->st_mode & 0777);
	if (out < 0 && opt->force && unlink(to) == 0)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL, st->st_mode & 0777);
	if (out < 0) {
		copy_problem("cannot create", to);
		close(in);
		return false;
	}
	ok = copy_data(in, out, from, to);
	close(in);
	if (close(out) < 0)
		ok = copy_problem("error writing", to);
	return ok;
}

static inline bool copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0)
		return copy_problem("cannot read link", from);
	target[n] = '\0';
	unlink(to);
	return symlink(target, to) == 0 || copy_problem("cannot create link", to);
}

static inline bool copy_tree(const char *from, const char *to, const struct copy_options *opt);

static inline bool copy_directory(const char *from, const char *to, const struct stat *st,
				  const struct copy_options *opt)
{
	struct stat old;
	struct dirent *e;
	bool ok = true;
	DIR *dir;

	if (stat(to, &old) == 0) {
		if (!S_ISDIR(old.st_mode)) {
			errno = EEXIST;
			return copy_problem("cannot overwrite", to);
		}
	} else if (mkdir(to, (st->st_mode & 0777) | S_IRWXU) < 0) {
		return copy_problem("cannot create directory", to);
	}
	dir = opendir(from);
	if (!dir)
		return copy_problem("cannot open directory", from);
	while ((e = readdir(dir))) {
		char *a, *b;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		a = join_path(from, e->d_name);
		b = join_path(to, e->d_name);
		ok &= copy_tree(a, b, opt);
		free(a);
		free(b);
	}
	closedir(dir);
	return ok;
}

static inline bool copy_attributes(const char *to, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (lchown(to, st->st_uid, st->st_gid) < 0 && errno != EPERM)
		return copy_problem("cannot set owner of", to);
	if (!S_ISLNK(st->st_mode) && chmod(to, st->st_mode & 07777) < 0)
		return copy_problem("cannot set mode of", to);
	if (utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) < 0)
		return copy_problem("cannot set times of", to);
	return true;
}

/* Does the directory FROM contain TO? Then copying would never end. */
static inline bool copy_into_itself(const char *from, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX];
	char *parent = copy_string(to), *slash = strrchr(parent, '/');
	bool inside = false;

	if (slash)
		slash[slash == parent] = '\0';
	if (realpath(from, a) && realpath(slash ? parent : ".", b))
		inside = strncmp(a, b, strlen(a)) == 0 && (b[strlen(a)] == '/' || !b[strlen(a)]);
	free(parent);
	return inside;
}

static inline bool copy_tree(const char *from, const char *to, const struct copy_options *opt)
{
	struct stat st, old;
	bool ok;

	if ((opt->recursive ? lstat : stat)(from, &st) < 0)
		return copy_problem("cannot stat", from);
	if (stat(to, &old) == 0 && old.st_dev == st.st_dev && old.st_ino == st.st_ino) {
		complain("'%s' and '%s' are the same file", from, to);
		return false;
	}
	if (S_ISDIR(st.st_mode) && !opt->recursive) {
		complain("-r not specified; omitting directory '%s'", from);
		return false;
	}
	if (S_ISDIR(st.st_mode))
		ok = copy_directory(from, to, &st, opt);
	else if (S_ISLNK(st.st_mode))
		ok = copy_link(from, to);
	else if (S_ISREG(st.st_mode) || !opt->recursive)
		ok = copy_regular(from, to, &st, opt);
	else
		ok = mknod(to, st.st_mode, st.st_rdev) == 0 || copy_problem("cannot create", to);
	if (ok && opt->preserve)
		ok = copy_attributes(to, &st);
	if (ok && opt->verbose)
		printf("'%s' -> '%s'\n", from, to);
	return ok;
}

/*
 * "FROM ... TO": call FN for each pair; into the directory TO if it is one. The exit status.
 * FROM may end with slashes: they are no part of its name.
 */
static inline int for_each_pair(char **names, int n, bool (*fn)(const char *from, const char *to))
{
	const char *to = names[n - 1];
	struct stat st;
	bool dir = stat(to, &st) == 0 && S_ISDIR(st.st_mode);
	int status = 0;

	if (n > 2 && !dir) {
		complain("target '%s' is not a directory", to);
		return 1;
	}
	for (int i = 0; i < n - 1; i++) {
		const char *last = last_part(names[i]);
		char *name = copy_string(last);
		char *path;

		name[strcspn(name, "/")] = '\0';
		path = dir ? join_path(to, name) : copy_string(to);
		status |= !fn(names[i], path);
		free(path);
		free(name);
	}
	return status;
}

#endif
