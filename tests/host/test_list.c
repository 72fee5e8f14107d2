/* sources: none */
/*
 * list_head against an array, over random sequences of insertions, deletions and moves.
 */
#include "tests/host/hosttest.h"
#include "kernel/lib/list.h"

#define N 64
struct item {
	int id;
	struct list_head link;
};
static struct item items[N];
static LIST_HEAD(head);
static int model[N], model_n; /* ids in order */

static void model_insert(int at, int id)
{
	memmove(&model[at + 1], &model[at], (model_n - at) * sizeof(int));
	model[at] = id;
	model_n++;
}

static int model_find(int id)
{
	for (int i = 0; i < model_n; i++)
		if (model[i] == id)
			return i;
	return -1;
}

static void model_delete(int id)
{
	int at = model_find(id);

	model_n--;
	memmove(&model[at], &model[at + 1], (model_n - at) * sizeof(int));
}

static void compare(void)
{
	struct item *it;
	int i = 0;

	list_for_each_entry (it, &head, link)
		CHECK(i < model_n && it->id == model[i++]);
	CHECK(i == model_n);
	list_for_each_entry_reverse (it, &head, link)
		CHECK(i > 0 && it->id == model[--i]);
	CHECK(i == 0);
	CHECK(list_empty(&head) == (model_n == 0));
	CHECK(list_is_singular(&head) == (model_n == 1));
}

static void step(void)
{
	struct item *it = &items[rnd_below(N)];
	int at = model_find(it->id);

	if (at < 0) {
		bool tail = rnd_below(2);

		if (tail)
			list_add_tail(&it->link, &head);
		else
			list_add(&it->link, &head);
		model_insert(tail ? model_n : 0, it->id);
		return;
	}
	switch (rnd_below(4)) {
	case 0:
		list_del(&it->link);
		model_delete(it->id);
		break;
	case 1:
		list_del_init(&it->link);
		CHECK(list_empty(&it->link));
		model_delete(it->id);
		break;
	case 2:
		list_move(&it->link, &head);
		model_delete(it->id);
		model_insert(0, it->id);
		break;
	case 3:
		list_move_tail(&it->link, &head);
		model_delete(it->id);
		model_insert(model_n, it->id);
		break;
	}
}

static void test_random(void)
{
	for (int i = 0; i < N; i++)
		items[i].id = i;
	for (int i = 0; i < 20000; i++) {
		step();
		compare();
	}
}

static void test_splice(void)
{
	LIST_HEAD(other);
	struct item *it, *next;
	int n = model_n;

	list_splice_tail_init(&head, &other);
	CHECK(list_empty(&head) && (n == 0) == list_empty(&other));
	list_splice_init(&other, &head);
	compare();
	list_for_each_entry_safe (it, next, &head, link)
		list_del(&it->link);
	CHECK(list_empty(&head));
}

int main(void)
{
	run("list: random changes", test_random);
	run("list: splice", test_splice);
	return failures != 0;
}
