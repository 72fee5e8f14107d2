/*
 * id [-u | -g] [-n]: who runs this.
 */
#define PROGRAM "id"
#define USAGE	"[-u | -g | -G] [-nr]"
#include "user/common.h"

enum {
	MAX_GROUPS = 64
};

static void print_groups(bool names)
{
	gid_t groups[MAX_GROUPS];
	int n = getgroups(MAX_GROUPS, groups);
	bool have_own = false;

	for (int i = 0; i < n; i++)
		have_own |= groups[i] == getegid();
	if (n <= 0 || !have_own) {
		n = n < 0 ? 0 : n;
		memmove(groups + 1, groups, (n < MAX_GROUPS ? n : n - 1) * sizeof(*groups));
		groups[0] = getegid();
		n += n < MAX_GROUPS;
	}
	for (int i = 0; i < n; i++) {
		if (names)
			printf("%s%s", i ? " " : "", group_name(groups[i]));
		else
			printf("%s%u", i ? " " : "", (unsigned)groups[i]);
	}
	putchar('\n');
}

static void print_all(void)
{
	gid_t groups[MAX_GROUPS];
	int n = getgroups(MAX_GROUPS, groups);

	printf("uid=%u(%s) gid=%u(%s)", (unsigned)getuid(), user_name(getuid()), (unsigned)getgid(),
	       group_name(getgid()));
	if (geteuid() != getuid())
		printf(" euid=%u(%s)", (unsigned)geteuid(), user_name(geteuid()));
	if (getegid() != getgid())
		printf(" egid=%u(%s)", (unsigned)getegid(), group_name(getegid()));
	if (n <= 0)
		printf(" groups=%u(%s)", (unsigned)getegid(), group_name(getegid()));
	for (int i = 0; i < n; i++)
		printf("%s%u(%s)", i ? "," : " groups=", (unsigned)groups[i],
		       group_name(groups[i]));
	putchar('\n');
}

int main(int argc, char **argv)
{
	bool names = false, real = false;
	int opt, what = 0;

	while ((opt = getopt(argc, argv, "ugGnr")) != -1) {
		if (opt == 'n')
			names = true;
		else if (opt == 'r')
			real = true;
		else if (opt == '?' || what)
			usage(1);
		else
			what = opt;
	}
	if (optind < argc || (!what && (names || real)))
		usage(1);
	if (what == 'G') {
		print_groups(names);
	} else if (what) {
		unsigned id =
			what == 'u' ? (real ? getuid() : geteuid()) : (real ? getgid() : getegid());

		if (names)
			puts(what == 'u' ? user_name(id) : group_name(id));
		else
			printf("%u\n", id);
	} else {
		print_all();
	}
	return finish(0);
}
