/*
 * Red-black trees. The rules: a red node has no red child, and every way from the root down to a
 * missing child meets equally many black nodes; so the longest way is at most twice the shortest.
 * An insertion or removal breaks one rule in one place; the loops below repair it by recolouring,
 * which moves the fault upwards, and end it with one or two rotations.
 */
#include "kernel/lib/rbtree.h"

#define RB_RED	 0UL
#define RB_BLACK 1UL

/* A missing child is black. */
static inline bool is_red(const struct rb_node *n)
{
	return n && !(n->__rb_parent_color & RB_BLACK);
}

static inline void set_parent_color(struct rb_node *n, struct rb_node *parent, unsigned long color)
{
	n->__rb_parent_color = (unsigned long)parent | color;
}

static inline void set_parent(struct rb_node *n, struct rb_node *parent)
{
	set_parent_color(n, parent, n->__rb_parent_color & RB_BLACK);
}

static inline void set_color(struct rb_node *n, unsigned long color)
{
	set_parent_color(n, rb_parent(n), color);
}

/* Let `new` be the child of `parent` (or the root) that `old` was. */
static inline void change_child(struct rb_node *old, struct rb_node *new, struct rb_node *parent,
				struct rb_root *root)
{
	if (!parent)
		root->rb_node = new;
	else if (parent->rb_left == old)
		parent->rb_left = new;
	else
		parent->rb_right = new;
}

void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	*new = *victim;
	if (new->rb_left)
		set_parent(new->rb_left, new);
	if (new->rb_right)
		set_parent(new->rb_right, new);
	change_child(victim, new, rb_parent(new), root);
}

/*
 *     x                y
 *    / \              / \
 *   a   y     ->     x   c
 *      / \          / \
 *     b   c        a   b
 */
static void rotate_left(struct rb_node *x, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	struct rb_node *y = x->rb_right, *parent = rb_parent(x);

	x->rb_right = y->rb_left;
	if (y->rb_left)
		set_parent(y->rb_left, x);
	y->rb_left = x;
	set_parent(y, parent);
	change_child(x, y, parent, root);
	set_parent(x, y);
	if (augment)
		augment->rotate(x, y);
}

/* The mirror image. */
static void rotate_right(struct rb_node *x, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	struct rb_node *y = x->rb_left, *parent = rb_parent(x);

	x->rb_left = y->rb_right;
	if (y->rb_right)
		set_parent(y->rb_right, x);
	y->rb_right = x;
	set_parent(y, parent);
	change_child(x, y, parent, root);
	set_parent(x, y);
	if (augment)
		augment->rotate(x, y);
}

/* `node` is red; its parent may be red too. */
static __always_inline void insert_fixup(struct rb_node *node, struct rb_root *root,
					 const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent, *grand, *uncle;

	while (is_red(parent = rb_parent(node))) {
		grand = rb_parent(parent); /* a red node is never the root */
		uncle = parent == grand->rb_left ? grand->rb_right : grand->rb_left;
		if (is_red(uncle)) {
			/* Let the grandparent be red instead of both; go on there. */
			set_color(parent, RB_BLACK);
			set_color(uncle, RB_BLACK);
			set_color(grand, RB_RED);
			node = grand;
			continue;
		}
		if (parent == grand->rb_left) {
			if (node == parent->rb_right) {
				rotate_left(parent, root, augment);
				parent = node;
			}
			set_color(parent, RB_BLACK);
			set_color(grand, RB_RED);
			rotate_right(grand, root, augment);
		} else {
			if (node == parent->rb_left) {
				rotate_right(parent, root, augment);
				parent = node;
			}
			set_color(parent, RB_BLACK);
			set_color(grand, RB_RED);
			rotate_left(grand, root, augment);
		}
		break;
	}
	set_color(root->rb_node, RB_BLACK);
}

/*
 * The left child of `parent` has one black node too few on its ways. => true if the fault has moved
 * up to `parent`'s own parent, false if it is repaired.
 */
static bool erase_fixup_left(struct rb_node *parent, struct rb_root *root,
			     const struct rb_augment_callbacks *augment)
{
	struct rb_node *sibling = parent->rb_right;

	if (is_red(sibling)) {
		set_color(sibling, RB_BLACK);
		set_color(parent, RB_RED);
		rotate_left(parent, root, augment);
		sibling = parent->rb_right;
	}
	if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
		set_color(sibling, RB_RED);
		if (!is_red(parent))
			return true;
		set_color(parent, RB_BLACK);
		return false;
	}
	if (!is_red(sibling->rb_right)) {
		set_color(sibling->rb_left, RB_BLACK);
		set_color(sibling, RB_RED);
		rotate_right(sibling, root, augment);
		sibling = parent->rb_right;
	}
	set_color(sibling, parent->__rb_parent_color & RB_BLACK);
	set_color(parent, RB_BLACK);
	set_color(sibling->rb_right, RB_BLACK);
	rotate_left(parent, root, augment);
	return false;
}

/* The mirror image. */
static bool erase_fixup_right(struct rb_node *parent, struct rb_root *root,
			      const struct rb_augment_callbacks *augment)
{
	struct rb_node *sibling = parent->rb_left;

	if (is_red(sibling)) {
		set_color(sibling, RB_BLACK);
		set_color(parent, RB_RED);
		rotate_right(parent, root, augment);
		sibling = parent->rb_left;
	}
	if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
		set_color(sibling, RB_RED);
		if (!is_red(parent))
			return true;
		set_color(parent, RB_BLACK);
		return false;
	}
	if (!is_red(sibling->rb_left)) {
		set_color(sibling->rb_right, RB_BLACK);
		set_color(sibling, RB_RED);
		rotate_left(sibling, root, augment);
		sibling = parent->rb_left;
	}
	set_color(sibling, parent->__rb_parent_color & RB_BLACK);
	set_color(parent, RB_BLACK);
	set_color(sibling->rb_left, RB_BLACK);
	rotate_right(parent, root, augment);
	return false;
}

/* The child `node` (NULL: the missing one) of `parent` has one black node too few on its ways. */
static void erase_fixup(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	bool up;

	while (parent) {
		if (is_red(node)) {
			set_color(node, RB_BLACK);
			return;
		}
		up = node == parent->rb_left ? erase_fixup_left(parent, root, augment)
					     : erase_fixup_right(parent, root, augment);
		if (!up)
			return;
		node = parent;
		parent = rb_parent(node);
	}
	if (is_red(node))
		set_color(node, RB_BLACK);
}

/*
 * `node` has two children: its successor, which has no left child, leaves its place and takes
 * node's.
 * => the successor's only child in *child and that child's parent.
 */
static struct rb_node *replace_by_successor(struct rb_node *node, struct rb_root *root,
					    struct rb_node **child, bool *black,
					    const struct rb_augment_callbacks *augment)
{
	struct rb_node *next = node->rb_right, *parent;

	while (next->rb_left)
		next = next->rb_left;
	*child = next->rb_right;
	*black = !is_red(next);
	parent = rb_parent(next);
	if (parent == node) {
		parent = next;
	} else {
		parent->rb_left = *child;
		if (*child)
			set_parent(*child, parent);
		next->rb_right = node->rb_right;
		set_parent(next->rb_right, next);
	}
	next->rb_left = node->rb_left;
	set_parent(next->rb_left, next);
	next->__rb_parent_color = node->__rb_parent_color;
	change_child(node, next, rb_parent(node), root);
	if (augment) {
		augment->copy(node, next);
		if (parent != next)
			augment->propagate(parent, next);
		/* What changed below may end at `next`; its own value has to be made anew. */
		augment->propagate(next, NULL);
	}
	return parent;
}

static __always_inline void erase(struct rb_node *node, struct rb_root *root,
				  const struct rb_augment_callbacks *augment)
{
	struct rb_node *child, *parent;
	bool black;

	if (node->rb_left && node->rb_right) {
		parent = replace_by_successor(node, root, &child, &black, augment);
	} else {
		child = node->rb_left ? node->rb_left : node->rb_right;
		parent = rb_parent(node);
		black = !is_red(node);
		change_child(node, child, parent, root);
		if (child)
			set_parent(child, parent);
		if (augment && parent)
			augment->propagate(parent, NULL);
	}
	if (black)
		erase_fixup(child, parent, root, augment);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert_fixup(node, root, NULL);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	insert_fixup(node, root, augment);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	erase(node, root, NULL);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	erase(node, root, augment);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_left)
		n = n->rb_left;
	return n;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *n = root->rb_node;

	while (n && n->rb_right)
		n = n->rb_right;
	return n;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *parent;

	if (node->rb_right) {
		node = node->rb_right;
		while (node->rb_left)
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	/* Up, as long as we come from the right. */
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return parent;
}
