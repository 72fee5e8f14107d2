/* sources: kernel/lib/rbtree.c */
/*
 * Red-black trees, plain and augmented, against an array of the keys present. After each change the
 * rules are checked: order, colours, equal black heights, parents, and the maximum of each subtree.
 */
#include "tests/host/hosttest.h"
#include "kernel/lib/rbtree.h"

#define N 200
struct node {
	unsigned int key;
	unsigned long value, subtree_max;
	struct rb_node rb;
};
static struct node nodes[N];
static bool present[N];
static struct rb_root root;

#define NODE_VALUE(n) ((n)->value)
RB_DECLARE_CALLBACKS_MAX(static, max_callbacks, struct node, rb, unsigned long, subtree_max,
			 NODE_VALUE);

static void insert(struct node *new, bool augmented)
{
	struct rb_node **link = &root.rb_node, *parent = NULL;

	while (*link) {
		struct node *n = rb_entry(*link, struct node, rb);

		parent = *link;
		if (augmented && n->subtree_max < new->value)
			n->subtree_max = new->value;
		link = new->key < n->key ? &parent->rb_left : &parent->rb_right;
	}
	new->subtree_max = new->value;
	rb_link_node(&new->rb, parent, link);
	if (augmented)
		rb_insert_augmented(&new->rb, &root, &max_callbacks);
	else
		rb_insert_color(&new->rb, &root);
}

static bool is_black(const struct rb_node *rb)
{
	return !rb || (rb->__rb_parent_color & 1);
}

/* => black height */
static int check_subtree(struct rb_node *rb, struct rb_node *parent, bool augmented)
{
	unsigned long max_value;
	struct node *n;
	int left, right;

	if (!rb)
		return 0;
	n = rb_entry(rb, struct node, rb);
	CHECK(rb_parent(rb) == parent);
	if (!is_black(rb))
		CHECK(is_black(rb->rb_left) && is_black(rb->rb_right));
	left = check_subtree(rb->rb_left, rb, augmented);
	right = check_subtree(rb->rb_right, rb, augmented);
	CHECK(left == right);
	if (augmented) {
		max_value = n->value;
		if (rb->rb_left)
			max_value =
				max(max_value, rb_entry(rb->rb_left, struct node, rb)->subtree_max);
		if (rb->rb_right)
			max_value = max(max_value,
					rb_entry(rb->rb_right, struct node, rb)->subtree_max);
		CHECK(n->subtree_max == max_value);
	}
	return left + is_black(rb);
}

static void compare(bool augmented)
{
	struct rb_node *rb;
	unsigned int i = 0;

	CHECK(is_black(root.rb_node));
	check_subtree(root.rb_node, NULL, augmented);
	for (rb = rb_first(&root); rb; rb = rb_next(rb)) {
		while (i < N && !present[i])
			i++;
		CHECK(i < N && rb_entry(rb, struct node, rb) == &nodes[i]);
		i++;
	}
	for (; i < N; i++)
		CHECK(!present[i]);
}

static void random_changes(bool augmented)
{
	root = RB_ROOT;
	memset(present, 0, sizeof(present));
	for (int round = 0; round < 20000; round++) {
		/* The tree fills and empties again. */
		bool fill = (round / 1500) % 2 == 0;
		struct node *n = &nodes[rnd_below(N)];
		int i = n - nodes;

		n->key = i;
		if (!present[i] && (fill || rnd_below(8) == 0)) {
			n->value = rnd_below(1000);
			insert(n, augmented);
			present[i] = true;
		} else if (present[i] && (!fill || rnd_below(8) == 0)) {
			if (augmented)
				rb_erase_augmented(&n->rb, &root, &max_callbacks);
			else
				rb_erase(&n->rb, &root);
			present[i] = false;
		} else {
			continue;
		}
		compare(augmented);
	}
}

static void test_plain(void)
{
	random_changes(false);
}

static void test_augmented(void)
{
	random_changes(true);
}

int main(void)
{
	run("rbtree: random changes", test_plain);
	run("rbtree: augmented", test_augmented);
	return failures != 0;
}
