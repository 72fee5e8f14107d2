/*
 * The four kinds of memory side by side: private and shared, anonymous and of a file.
 *
 * fourkinds [FILE]: FILE is overwritten. On a disk it shows the same.
 */
#include "talk.h"

enum {
	KINDS = 4,
	LOOK = 'l',
	STORE = 's'
};

struct kind {
	const char *first, *second; /* its name in two lines */
	int flags;
	bool file;
	volatile char *page;
};

static struct kind kinds[KINDS] = {
	{"private", "anonymous", MAP_PRIVATE | MAP_ANONYMOUS, false, NULL},
	{"shared", "anonymous", MAP_SHARED | MAP_ANONYMOUS, false, NULL},
	{"private", "file", MAP_PRIVATE, true, NULL},
	{"shared", "file", MAP_SHARED, true, NULL},
};

struct answer {
	char value[KINDS];
	uint64_t frame[KINDS];
};

static int fd;
static struct answer first, parent, child; /* the parent's at fork(), and now; the child's */

static struct answer look(void)
{
	struct answer a;

	for (int i = 0; i < KINDS; i++) {
		a.value[i] = kinds[i].page[0];
		a.frame[i] = page_frame((const void *)kinds[i].page);
	}
	return a;
}

static void store(char value)
{
	for (int i = 0; i < KINDS; i++)
		kinds[i].page[0] = value;
}

static void obey(const struct talk *to)
{
	char letter;

	while (read(to->from, &letter, 1) == 1) {
		struct answer a;

		if (letter == STORE)
			store('C');
		a = look();
		if (write(to->to, &a, sizeof(a)) != sizeof(a))
			break;
	}
	_exit(0);
}

/* ---- one line each: what is said of every kind ---- */

static void line(const char *what, const char *(*of)(const struct kind *k))
{
	printf("%-30s", what);
	for (int i = 0; i < KINDS; i++)
		printf(" %-15s", of(&kinds[i]));
	putchar('\n');
}

static const char *of_first(const struct kind *k)
{
	return k->first;
}

static const char *of_second(const struct kind *k)
{
	return k->second;
}

static const char *of_perms(const struct kind *k)
{
	static struct vma v;

	return find_vma((unsigned long)k->page, &v) ? v.perms : "?";
}

static const char *of_name(const struct kind *k)
{
	return vma_name((const void *)k->page);
}

static const char *of_type(const struct kind *k)
{
	uint64_t entry = page_entry((const void *)k->page);

	return !(entry & PM_PRESENT) ? "not there"
	       : entry & PM_FILE     ? "file's, shared"
				     : "anonymous";
}

static const char *letter(char c)
{
	static char text[2];

	text[0] = c ? c : '0';
	return text;
}

static const char *of_value(const struct kind *k)
{
	return letter(k->page[0]);
}

static const char *of_child_value(const struct kind *k)
{
	return letter(child.value[k - kinds]);
}

static const char *of_child_frame(const struct kind *k)
{
	return same_frame(child.frame[k - kinds], first.frame[k - kinds]);
}

static const char *of_parent_frame(const struct kind *k)
{
	return same_frame(parent.frame[k - kinds], first.frame[k - kinds]);
}

static const char *of_file(const struct kind *k)
{
	char c = 0;

	return k->file && pread(fd, &c, 1, k->flags & MAP_PRIVATE ? 0 : PAGE) == 1 ? letter(c)
										   : "-";
}

/* ---- */

static void map_all(void)
{
	char text[2 * PAGE + 1];

	memset(text, 'F', 2 * PAGE);
	text[2 * PAGE] = '\0';
	if (pwrite(fd, text, 2 * PAGE, 0) != 2 * PAGE)
		fail("write");
	for (int i = 0; i < KINDS; i++) {
		/* each of the two that are of the file has a page of it for itself */
		off_t offset = kinds[i].flags & MAP_PRIVATE ? 0 : PAGE;
		void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, kinds[i].flags,
			       kinds[i].file ? fd : -1, kinds[i].file ? offset : 0);

		if (p == MAP_FAILED)
			fail("mmap");
		kinds[i].page = p;
	}
}

static void with_a_child(void)
{
	struct talk to;
	pid_t pid;

	store('A');
	first = look();
	pid = fork_to_talk(&to);
	if (pid == 0)
		obey(&to);
	ask(&to, LOOK, &child, sizeof(child));
	line("fork(): the child reads", of_child_value);
	line("  from the parent's frame?", of_child_frame);
	ask(&to, STORE, &child, sizeof(child));
	parent = look();
	line("the child stores C: in", of_child_frame);
	line("  the parent reads", of_value);
	line("  from", of_parent_frame);
	line("  the file holds", of_file);
	end_talk(&to, pid);
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/tmp/fourkinds";

	begin(argv);
	need_frames();
	fd = make_file(path, "");
	map_all();
	line("", of_first);
	line("", of_second);
	line("permissions in maps", of_perms);
	line("name in maps", of_name);
	line("before anybody looks", of_type);
	line("it reads", of_value);
	line("  a page that is", of_type);
	store('A');
	line("after a store of A", of_value);
	line("  a page that is", of_type);
	line("  the file holds", of_file);
	with_a_child();
	for (int i = 0; i < KINDS; i++)
		madvise((void *)kinds[i].page, PAGE, MADV_DONTNEED);
	line("after MADV_DONTNEED it reads", of_value);
	unlink(path);
	return 0;
}
