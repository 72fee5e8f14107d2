/* sources: kernel/lib/radix_tree.c */
/*
 * Radix trees against an array of (index, item, tags), with indices from dense to the largest;
 * nodes are counted, so that an empty tree must have freed all, and allocations fail now and then.
 */
#include "tests/host/hosttest.h"
#include "kernel/lib/radix_tree.h"
#include <errno.h>

#define N 300
static struct entry {
	unsigned long index;
	bool present;
	bool tag[RADIX_TREE_MAX_TAGS];
} model[N]; /* sorted by index */
static struct radix_tree_root tree;
static long nodes;
static int fail_in = -1;

static void *alloc_node(gfp_t gfp)
{
	if (fail_in == 0)
		return NULL;
	if (fail_in > 0)
		fail_in--;
	nodes++;
	return calloc(1, sizeof(struct radix_tree_node));
}

static void free_node(void *node)
{
	nodes--;
	free(node);
}

static int by_index(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/* Distinct indices: many near each other, some far away, the very last among them. */
static void choose_indices(void)
{
	for (int i = 0; i < N; i++)
		model[i] = (struct entry){.index = i < N / 2 ? (unsigned long)i * 3
							     : rnd() >> rnd_below(50)};
	model[N - 1].index = ~0UL;
	qsort(model, N, sizeof(model[0]), by_index);
	for (int i = 1; i < N; i++)
		if (model[i].index <= model[i - 1].index)
			model[i].index = model[i - 1].index + 1;
}

/* The first present entry from `i` on (with the tag, if >= 0); N if there is none. */
static int model_next(int i, int tag)
{
	while (i < N && !(model[i].present && (tag < 0 || model[i].tag[tag])))
		i++;
	return i;
}

static void check_iteration(int tag)
{
	int from = rnd_below(N), want = model_next(from, tag);
	unsigned long index = model[from].index;
	void *item;

	item = tag < 0 ? radix_tree_find(&tree, &index) : radix_tree_find_tag(&tree, &index, tag);
	CHECK(item == (want < N ? &model[want] : NULL));
	CHECK(!item || index == model[want].index);
}

static void compare(void)
{
	int i = rnd_below(N);

	CHECK(radix_tree_lookup(&tree, model[i].index) == (model[i].present ? &model[i] : NULL));
	for (int tag = 0; tag < RADIX_TREE_MAX_TAGS; tag++) {
		CHECK(radix_tree_tag_get(&tree, model[i].index, tag) == model[i].tag[tag]);
		CHECK(radix_tree_tagged(&tree, tag) == (model_next(0, tag) < N));
		check_iteration(tag);
	}
	check_iteration(-1);
}

static void step(struct entry *e)
{
	unsigned int tag = rnd_below(RADIX_TREE_MAX_TAGS);
	int err;

	if (!e->present) {
		CHECK(!radix_tree_delete(&tree, e->index));
		CHECK(!radix_tree_tag_set(&tree, e->index, tag));
		fail_in = rnd_below(4) ? -1 : (int)rnd_below(3);
		err = radix_tree_insert(&tree, e->index, e);
		CHECK(err == 0 || (err == -ENOMEM && fail_in == 0));
		fail_in = -1;
		e->present = err == 0;
		return;
	}
	switch (rnd_below(4)) {
	case 0:
		CHECK(radix_tree_delete(&tree, e->index) == e);
		e->present = false;
		memset(e->tag, 0, sizeof(e->tag));
		break;
	case 1:
		CHECK(radix_tree_insert(&tree, e->index, e) == -EEXIST);
		CHECK(radix_tree_replace(&tree, e->index, e) == e);
		break;
	case 2:
		CHECK(radix_tree_tag_set(&tree, e->index, tag) == e);
		e->tag[tag] = true;
		break;
	case 3:
		CHECK(radix_tree_tag_clear(&tree, e->index, tag) == e);
		e->tag[tag] = false;
		break;
	}
}

static void test_random(void)
{
	for (int round = 0; round < 10; round++) {
		choose_indices();
		for (int i = 0; i < 4000; i++) {
			step(&model[rnd_below(N)]);
			compare();
		}
		for (int i = 0; i < N; i++)
			if (model[i].present)
				CHECK(radix_tree_delete(&tree, model[i].index) == &model[i]);
		CHECK(!tree.rnode && nodes == 0);
	}
}

static void test_dense(void)
{
	static int items[5000];

	for (int i = 0; i < 5000; i++)
		CHECK(!radix_tree_insert(&tree, i, &items[i]));
	radix_tree_delete(&tree, 77);
	for (int i = 0; i < 5000; i++)
		CHECK(radix_tree_delete(&tree, i) == (i == 77 ? NULL : &items[i]));
	CHECK(nodes == 0);
}

/* Behind the last index of all there is nothing, least of all the first. */
static void test_top(void)
{
	static int items[2];
	unsigned long index = ~0ul - 8;

	CHECK(!radix_tree_insert(&tree, 2, &items[0]));
	CHECK(!radix_tree_insert(&tree, ~0ul - 9, &items[1]));
	CHECK(!radix_tree_find(&tree, &index));
	index = ~0ul;
	CHECK(!radix_tree_find(&tree, &index));
	index = 3;
	CHECK(radix_tree_find(&tree, &index) == &items[1] && index == ~0ul - 9);
	CHECK(radix_tree_delete(&tree, 2) == &items[0]);
	CHECK(radix_tree_delete(&tree, ~0ul - 9) == &items[1]);
}

/* The nodes that hold nothing but values, as update() is told. */
static LIST_HEAD(value_list);
static int value_nodes;

static void keep_value_list(struct radix_tree_node *node)
{
	bool only_values = node->count && node->count == node->nr_values;

	if (!list_empty(&node->private_list)) {
		list_del_init(&node->private_list);
		value_nodes--;
	}
	if (only_values) {
		list_add(&node->private_list, &value_list);
		value_nodes++;
	}
}

static void delete_value_node(void)
{
	radix_tree_delete_node(list_first_entry(&value_list, struct radix_tree_node, private_list));
}

#define LONG_WAY 100000 /* in another node, and some levels up */

static void test_values(void)
{
	static int items[3];
	void *value;

	tree.update = keep_value_list;
	CHECK(xa_to_value(xa_mk_value(77)) == 77 && xa_is_value(xa_mk_value(77)) &&
	      !xa_is_value(items));
	CHECK(!radix_tree_insert(&tree, 5, &items[0]));
	CHECK(!radix_tree_insert(&tree, 6, &items[1]));
	CHECK(!radix_tree_insert(&tree, LONG_WAY, &items[2]));
	CHECK(radix_tree_tag_set(&tree, 5, 1) == &items[0]);
	CHECK(radix_tree_replace(&tree, 5, xa_mk_value(9)) == &items[0]);
	CHECK(!radix_tree_tagged(&tree, 1) && value_nodes == 0);
	CHECK(radix_tree_replace(&tree, 6, xa_mk_value(10)) == &items[1]);
	CHECK(value_nodes == 1);
	CHECK(radix_tree_insert(&tree, 5, &items[0]) == -EEXIST);
	CHECK(!radix_tree_insert_over_value(&tree, 5, &items[0], &value) &&
	      value == xa_mk_value(9));
	CHECK(value_nodes == 0);
	CHECK(radix_tree_insert_over_value(&tree, 5, &items[0], &value) == -EEXIST && !value);
	CHECK(radix_tree_delete(&tree, 5) == &items[0]);
	CHECK(value_nodes == 1);
	CHECK(!radix_tree_insert_over_value(&tree, 7, &items[0], &value) && !value);
	CHECK(radix_tree_replace(&tree, 7, xa_mk_value(11)) == &items[0]);
	CHECK(value_nodes == 1);
	delete_value_node();
	CHECK(value_nodes == 0 && !radix_tree_lookup(&tree, 6) && !radix_tree_lookup(&tree, 7));
	CHECK(radix_tree_replace(&tree, LONG_WAY, xa_mk_value(1)) == &items[2]);
	CHECK(value_nodes == 1);
	delete_value_node();
	CHECK(value_nodes == 0 && !tree.rnode && nodes == 0);
	tree.update = NULL;
}

int main(void)
{
	radix_tree_set_allocator(alloc_node, free_node);
	run("radix tree: random changes", test_random);
	run("radix tree: dense", test_dense);
	run("radix tree: the last index", test_top);
	run("radix tree: values", test_values);
	return failures != 0;
}
