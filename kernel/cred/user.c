/*
 * Users: a record for each user for whom something is counted.
 */
#include "kernel/cred/user.h"
#include "kernel/irq/irq.h"
#include "mm/phys/slab.h"

#define UID_HASH_SIZE 64 /* lists, a power of two */

static struct list_head uid_hash[UID_HASH_SIZE]; /* unused lists are not initialised */

/* Not on any list: it is found without a search, and never freed. */
struct user_struct root_user = {.refs = 1};

static struct list_head *uid_list(uid_t uid)
{
	struct list_head *list = &uid_hash[uid & (UID_HASH_SIZE - 1)];

	if (!list->next)
		INIT_LIST_HEAD(list);
	return list;
}

/* Interrupt handlers must not free memory: the next caller outside of one does. */
static void free_unused(struct user_struct *user)
{
	if (user->refs || user->sigpending || in_interrupt())
		return;
	list_del(&user->hash);
	kfree(user);
}

static struct user_struct *find_user(uid_t uid)
{
	struct user_struct *user, *n;

	if (!uid)
		return get_uid(&root_user);
	list_for_each_entry_safe (user, n, uid_list(uid), hash) {
		if (user->uid == uid)
			return get_uid(user);
		free_unused(user);
	}
	return NULL;
}

struct user_struct *alloc_uid(uid_t uid)
{
	struct user_struct *user = find_user(uid), *other;

	if (user)
		return user;
	user = kzalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return NULL;
	/* Another task may have created it while the allocation slept. */
	other = find_user(uid);
	if (other) {
		kfree(user);
		return other;
	}
	user->uid = uid;
	user->refs = 1;
	list_add(&user->hash, uid_list(uid));
	return user;
}

void free_uid(struct user_struct *user)
{
	user->refs--;
	free_unused(user);
}

void user_last_signal_gone(struct user_struct *user)
{
	free_unused(user);
}
