/*
 * Supplementary groups: a sorted list, created by setgroups(2), never changed, and shared by all
 * tasks that inherit it.
 */
#include "kernel/lib/util.h"
#include "kernel/cred/cred.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>

struct group_info init_groups = {.usage = 1}; /* of init_task: none, for ever */

struct group_info *groups_alloc(unsigned int n)
{
	struct group_info *groups = kvmalloc(sizeof(*groups) + n * sizeof(gid_t));

	if (groups)
		*groups = (struct group_info){.usage = 1, .ngroups = n};
	return groups;
}

void put_group_info(struct group_info *groups)
{
	if (!--groups->usage)
		kvfree(groups);
}

/* Let the number at `root` sink in the heap gid[0 … n): no number is larger than that above it. */
static void sift_down(gid_t *gid, unsigned int root, unsigned int n)
{
	unsigned int child;

	for (; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && gid[child + 1] > gid[child])
			child++;
		if (gid[root] >= gid[child])
			break;
		swap(gid[root], gid[child]);
	}
}

/* Heapsort: it needs no memory, and has no slow cases. */
static void groups_sort(struct group_info *groups)
{
	unsigned int n = groups->ngroups;

	for (unsigned int i = n / 2; i-- > 0;)
		sift_down(groups->gid, i, n);
	for (; n > 1; n--) {
		swap(groups->gid[0], groups->gid[n - 1]);
		sift_down(groups->gid, 0, n - 1);
		cond_resched();
	}
}

static bool groups_search(const struct group_info *groups, gid_t gid)
{
	unsigned int left = 0, right = groups->ngroups;

	while (left < right) {
		unsigned int mid = (left + right) / 2;

		if (groups->gid[mid] == gid)
			return true;
		if (groups->gid[mid] < gid)
			left = mid + 1;
		else
			right = mid;
	}
	return false;
}

void do_setgroups(struct group_info *groups)
{
	struct group_info *old = current->cred.group_info;
	struct cred new;

	groups_sort(groups);
	new = current->cred;
	new.group_info = groups;
	commit_creds(&new);
	put_group_info(old);
}

bool in_group_p(gid_t gid)
{
	const struct cred *cred = &current->cred;

	return gid == cred->fsgid || groups_search(cred->group_info, gid);
}
