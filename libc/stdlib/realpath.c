/* The canonical form of a path: absolute, without symbolic links, "." and "..". */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The path resolved so far, and what is still to be resolved. */
struct walk {
	char done[PATH_MAX];
	size_t len; /* of done; 0 stands for the root */
	char todo[PATH_MAX];
	int links;
};

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Puts `text` in front of what is still to be resolved. */
static int push_front(struct walk *w, const char *text, size_t len, const char *rest)
{
	size_t rest_len = strlen(rest);

	if (len + rest_len + 2 > sizeof(w->todo))
		return fail(ENAMETOOLONG);
	/* a slash only in front of something: "link/" wants a directory and "link" does not */
	memmove(w->todo + len + (rest_len > 0), rest, rest_len + 1);
	memcpy(w->todo, text, len);
	if (rest_len)
		w->todo[len] = '/';
	return 0;
}

static void drop_last(struct walk *w)
{
	while (w->len && w->done[w->len - 1] != '/')
		w->len--;
	if (w->len)
		w->len--;
	w->done[w->len] = '\0';
}

/* Goes one component down; a symbolic link is put in front of the rest instead. */
static int enter(struct walk *w, const char *name, size_t len, const char *rest)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (w->len + len + 2 > sizeof(w->done))
		return fail(ENAMETOOLONG);
	w->done[w->len++] = '/';
	memcpy(w->done + w->len, name, len);
	w->len += len;
	w->done[w->len] = '\0';
	if (lstat(w->done, &st) < 0)
		return -1;
	if (!S_ISLNK(st.st_mode)) {
		if (*rest && !S_ISDIR(st.st_mode))
			return fail(ENOTDIR);
		return memmove(w->todo, rest, strlen(rest) + 1) ? 0 : -1;
	}
	if (++w->links > SYMLOOP_MAX)
		return fail(ELOOP);
	n = readlink(w->done, target, sizeof(target));
	if (n < 0)
		return -1;
	drop_last(w);
	if (*target == '/')
		w->done[w->len = 0] = '\0';
	return push_front(w, target, n, rest);
}

static int resolve(struct walk *w)
{
	for (;;) {
		char *name = w->todo + strspn(w->todo, "/");
		size_t len = strcspn(name, "/");

		if (len == 0)
			return 0;
		if (len == 2 && memcmp(name, "..", 2) == 0)
			drop_last(w);
		else if (len != 1 || *name != '.') {
			if (enter(w, name, len, name + len) < 0)
				return -1;
			continue;
		}
		memmove(w->todo, name + len, strlen(name + len) + 1);
	}
}

char *realpath(const char *path, char *resolved)
{
	struct walk w = {.len = 0};

	if (!path || *path == '\0') {
		errno = path ? ENOENT : EINVAL;
		return NULL;
	}
	if (*path != '/') {
		if (!getcwd(w.done, sizeof(w.done)))
			return NULL;
		w.len = strcmp(w.done, "/") == 0 ? 0 : strlen(w.done);
	}
	if (strlcpy(w.todo, path, sizeof(w.todo)) >= sizeof(w.todo)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (resolve(&w) < 0)
		return NULL;
	if (w.len == 0)
		strcpy(w.done, "/");
	if (!resolved)
		return strdup(w.done);
	return strcpy(resolved, w.done);
}
