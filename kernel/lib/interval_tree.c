/*
 * Interval trees: see interval_tree.h.
 */
#include "kernel/lib/interval_tree.h"

static unsigned long node_last(const struct interval_tree_node *node)
{
	return node->last;
}

RB_DECLARE_CALLBACKS_MAX(static, interval_callbacks, struct interval_tree_node, rb, unsigned long,
			 __subtree_last, node_last);

static struct interval_tree_node *node_of(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct interval_tree_node, rb);
}

void interval_tree_insert(struct interval_tree_node *node, struct rb_root *root)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		struct interval_tree_node *other = node_of(*link);

		parent = *link;
		if (other->__subtree_last < node->last)
			other->__subtree_last = node->last;
		link = node->start < other->start ? &parent->rb_left : &parent->rb_right;
	}
	node->__subtree_last = node->last;
	rb_link_node(&node->rb, parent, link);
	rb_insert_augmented(&node->rb, root, &interval_callbacks);
}

void interval_tree_remove(struct interval_tree_node *node, struct rb_root *root)
{
	rb_erase_augmented(&node->rb, root, &interval_callbacks);
}

static bool reaches(const struct interval_tree_node *subtree, unsigned long start)
{
	return subtree && subtree->__subtree_last >= start;
}

/* The first node of the subtree, in order, that overlaps [start, last]. */
static struct interval_tree_node *subtree_first(struct interval_tree_node *node,
						unsigned long start, unsigned long last)
{
	while (reaches(node, start)) {
		struct interval_tree_node *left = node_of(node->rb.rb_left);

		/* some range on the left reaches `start`: if it begins behind `last`, so do all
		   others after it */
		if (reaches(left, start)) {
			node = left;
			continue;
		}
		if (node->start > last)
			break;
		if (node->last >= start)
			return node;
		node = node_of(node->rb.rb_right);
	}
	return NULL;
}

struct interval_tree_node *interval_tree_iter_first(const struct rb_root *root, unsigned long start,
						    unsigned long last)
{
	return subtree_first(node_of(root->rb_node), start, last);
}

struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node,
						   unsigned long start, unsigned long last)
{
	struct interval_tree_node *right = node_of(node->rb.rb_right);
	struct rb_node *rb = &node->rb, *from;

	if (reaches(right, start))
		return subtree_first(right, start, last);
	for (;;) {
		do { /* up to the first node that comes after those seen */
			from = rb;
			rb = rb_parent(rb);
			if (!rb)
				return NULL;
		} while (from == rb->rb_right);
		node = node_of(rb);
		if (node->start > last)
			return NULL;
		if (node->last >= start)
			return node;
		right = node_of(rb->rb_right);
		if (reaches(right, start))
			return subtree_first(right, start, last);
	}
}

bool interval_tree_contains(const struct rb_root *root, const struct interval_tree_node *node)
{
	const struct rb_node *rb = &node->rb, *parent;

	for (; (parent = rb_parent(rb)); rb = parent) {
		const struct interval_tree_node *above =
			rb_entry(parent, struct interval_tree_node, rb);

		if (above->__subtree_last < node->last)
			return false;
		if (parent->rb_left == rb ? above->start < node->start : above->start > node->start)
			return false;
	}
	return rb == root->rb_node && node->__subtree_last >= node->last;
}
