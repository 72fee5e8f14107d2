/*
 * Radix trees: see the header. The root's node has the largest shift; a tree is as high as its
 * largest index needs and grows at the top. Every node knows its parent, so that a removal walks
 * upwards. A node without entries does not exist: that is why an empty tree costs nothing.
 */
#include "kernel/lib/radix_tree.h"
#include <linux/errno.h>

static void *(*node_alloc)(gfp_t gfp);
static void (*node_free)(void *node);

void radix_tree_set_allocator(void *(*alloc)(gfp_t gfp), void (*free)(void *node))
{
	node_alloc = alloc;
	node_free = free;
}

/* The largest index that a tree with this root node can hold. */
static inline unsigned long max_index(const struct radix_tree_node *node)
{
	unsigned int bits = node->shift + RADIX_TREE_MAP_SHIFT;

	return bits >= (unsigned int)BITS_PER_LONG ? ~0UL : (1UL << bits) - 1;
}

static inline unsigned int slot_of(const struct radix_tree_node *node, unsigned long index)
{
	return (index >> node->shift) & RADIX_TREE_MAP_MASK;
}

/* The shift of the lowest root node that can hold `index`. */
static unsigned int shift_for(unsigned long index)
{
	unsigned int shift = 0;

	while (shift + RADIX_TREE_MAP_SHIFT < (unsigned int)BITS_PER_LONG &&
	       index >> (shift + RADIX_TREE_MAP_SHIFT))
		shift += RADIX_TREE_MAP_SHIFT;
	return shift;
}

/* The lowest node (shift 0) that would hold `index`, or NULL. */
static struct radix_tree_node *leaf_of(const struct radix_tree_root *root, unsigned long index)
{
	struct radix_tree_node *node = root->rnode;

	if (!node || index > max_index(node))
		return NULL;
	while (node && node->shift)
		node = node->slots[slot_of(node, index)];
	return node;
}

void *radix_tree_lookup(const struct radix_tree_root *root, unsigned long index)
{
	struct radix_tree_node *leaf = leaf_of(root, index);

	return leaf ? leaf->slots[slot_of(leaf, index)] : NULL;
}

/* What a lowest node holds has changed. */
static inline void tell_update(struct radix_tree_node *node)
{
	if (node->root->update)
		node->root->update(node);
}

/* --- Insertion --- */

/* How many nodes an insertion at `index` will have to add. */
static unsigned int nodes_needed(const struct radix_tree_root *root, unsigned long index)
{
	const struct radix_tree_node *node = root->rnode;
	unsigned int n = 0;

	if (!node)
		return shift_for(index) / RADIX_TREE_MAP_SHIFT + 1;
	if (index > max_index(node)) {
		/* New nodes above the root, and a new branch below the topmost. */
		unsigned int top = shift_for(index);

		return (top - node->shift) / RADIX_TREE_MAP_SHIFT + top / RADIX_TREE_MAP_SHIFT;
	}
	for (; node->shift; node = node->slots[slot_of(node, index)])
		if (!node->slots[slot_of(node, index)]) {
			n = node->shift / RADIX_TREE_MAP_SHIFT;
			break;
		}
	return n;
}

static struct radix_tree_node *take(struct radix_tree_node **spare)
{
	struct radix_tree_node *node = *spare;

	*spare = node->parent;
	node->parent = NULL;
	return node;
}

static void put_below(struct radix_tree_node *parent, unsigned int offset,
		      struct radix_tree_node *node)
{
	parent->slots[offset] = node;
	parent->count++;
	node->parent = parent;
	node->offset = offset;
}

static bool any_tag(const struct radix_tree_node *node, unsigned int tag)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(node->tags[tag]); i++)
		if (node->tags[tag][i])
			return true;
	return false;
}

/* Make the tree high enough for `index`, with nodes from *spare. */
static void grow(struct radix_tree_root *root, unsigned long index, struct radix_tree_node **spare)
{
	struct radix_tree_node *old, *node;

	if (!root->rnode) {
		root->rnode = take(spare);
		root->rnode->shift = shift_for(index);
	}
	while (index > max_index(root->rnode)) {
		old = root->rnode;
		node = take(spare);
		node->shift = old->shift + RADIX_TREE_MAP_SHIFT;
		put_below(node, 0, old);
		for (unsigned int tag = 0; tag < RADIX_TREE_MAX_TAGS; tag++)
			if (any_tag(old, tag))
				__set_bit(0, node->tags[tag]);
		root->rnode = node;
	}
}

int radix_tree_insert(struct radix_tree_root *root, unsigned long index, void *item)
{
	struct radix_tree_node *spare = NULL, *node, *child;
	unsigned int have = 0;
	int err = 0;

	node = leaf_of(root, index);
	if (node)
		goto found_leaf;
	/* The tree may be another after each allocation: count again until all is there. */
	while (have < nodes_needed(root, index)) {
		node = node_alloc(root->gfp_mask);
		if (!node) {
			err = -ENOMEM;
			goto out;
		}
		node->root = root;
		INIT_LIST_HEAD(&node->private_list);
		node->parent = spare;
		spare = node;
		have++;
	}
	grow(root, index, &spare);
	for (node = root->rnode; node->shift; node = child) {
		child = node->slots[slot_of(node, index)];
		if (!child) {
			child = take(&spare);
			child->shift = node->shift - RADIX_TREE_MAP_SHIFT;
			put_below(node, slot_of(node, index), child);
		}
	}
found_leaf:
	if (node->slots[slot_of(node, index)]) {
		err = -EEXIST;
		goto out;
	}
	node->slots[slot_of(node, index)] = item;
	node->count++;
	node->nr_values += xa_is_value(item);
	tell_update(node);
out:
	while (spare)
		node_free(take(&spare));
	return err;
}

/* --- Tags --- */

void *radix_tree_tag_set(struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	struct radix_tree_node *node = leaf_of(root, index);
	unsigned int slot;
	void *item;

	item = node ? node->slots[slot_of(node, index)] : NULL;
	if (!item)
		return NULL;
	for (slot = slot_of(node, index); node; slot = node->offset, node = node->parent)
		if (__test_and_set_bit(slot, node->tags[tag]))
			break;
	return item;
}

/* Take the tag off a slot, and off the slots above as far as it was the last below them. */
static void tag_clear_up(struct radix_tree_node *node, unsigned int slot, unsigned int tag)
{
	while (node && __test_and_clear_bit(slot, node->tags[tag]) && !any_tag(node, tag)) {
		slot = node->offset;
		node = node->parent;
	}
}

void *radix_tree_tag_clear(struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	struct radix_tree_node *leaf = leaf_of(root, index);
	void *item = leaf ? leaf->slots[slot_of(leaf, index)] : NULL;

	if (item)
		tag_clear_up(leaf, slot_of(leaf, index), tag);
	return item;
}

bool radix_tree_tag_get(const struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	struct radix_tree_node *leaf = leaf_of(root, index);

	return leaf && test_bit(slot_of(leaf, index), leaf->tags[tag]);
}

bool radix_tree_tagged(const struct radix_tree_root *root, unsigned int tag)
{
	return root->rnode && any_tag(root->rnode, tag);
}

/* --- Replacement --- */

void *radix_tree_replace(struct radix_tree_root *root, unsigned long index, void *item)
{
	struct radix_tree_node *leaf = leaf_of(root, index);
	unsigned int slot = slot_of(leaf, index);
	void *old = leaf->slots[slot];

	for (unsigned int tag = 0; xa_is_value(item) && tag < RADIX_TREE_MAX_TAGS; tag++)
		tag_clear_up(leaf, slot, tag);
	leaf->slots[slot] = item;
	leaf->nr_values -= xa_is_value(old);
	leaf->nr_values += xa_is_value(item);
	tell_update(leaf);
	return old;
}

int radix_tree_insert_over_value(struct radix_tree_root *root, unsigned long index, void *item,
				 void **value)
{
	*value = radix_tree_lookup(root, index);
	if (xa_is_value(*value)) {
		radix_tree_replace(root, index, item);
		return 0;
	}
	*value = NULL;
	return radix_tree_insert(root, index, item);
}

/* --- Removal --- */

/* Lower the tree while its root has nothing but the first slot. */
static void shrink(struct radix_tree_root *root)
{
	struct radix_tree_node *node;

	while ((node = root->rnode) && node->shift && node->count == 1 && node->slots[0]) {
		root->rnode = node->slots[0];
		root->rnode->parent = NULL;
		node_free(node);
	}
}

/* Free the node if it is empty, and those above it that become so. */
static void free_empty(struct radix_tree_root *root, struct radix_tree_node *node)
{
	struct radix_tree_node *parent;
	unsigned int slot;

	while (!node->count) {
		parent = node->parent;
		slot = node->offset;
		node_free(node);
		if (!parent) {
			root->rnode = NULL;
			return;
		}
		parent->slots[slot] = NULL;
		parent->count--;
		node = parent;
	}
	shrink(root);
}

void *radix_tree_delete(struct radix_tree_root *root, unsigned long index)
{
	struct radix_tree_node *node = leaf_of(root, index);
	unsigned int slot;
	void *item;

	item = node ? node->slots[slot_of(node, index)] : NULL;
	if (!item)
		return NULL;
	slot = slot_of(node, index);
	for (unsigned int tag = 0; tag < RADIX_TREE_MAX_TAGS; tag++)
		tag_clear_up(node, slot, tag);
	node->slots[slot] = NULL;
	node->count--;
	node->nr_values -= xa_is_value(item);
	tell_update(node);
	free_empty(root, node);
	return item;
}

void radix_tree_delete_node(struct radix_tree_node *node)
{
	node->count = node->nr_values = 0;
	tell_update(node);
	free_empty(node->root, node);
}

/* --- Iteration --- */

/* The next slot in use (or tagged) from `slot` on; RADIX_TREE_MAP_SIZE if there is none. */
static unsigned int next_slot(const struct radix_tree_node *node, unsigned int slot, int tag)
{
	for (; slot < RADIX_TREE_MAP_SIZE; slot++)
		if (tag < 0 ? node->slots[slot] != NULL : test_bit(slot, node->tags[tag]))
			break;
	return slot;
}

/* The first item at or after *index that carries `tag` (-1: any). */
static void *find(const struct radix_tree_root *root, unsigned long *index, int tag)
{
	const struct radix_tree_node *node = root->rnode;
	unsigned long i = *index, next;
	unsigned int slot, first;

	if (!node || i > max_index(node))
		return NULL;
	for (;;) {
		first = slot_of(node, i);
		slot = next_slot(node, first, tag);
		if (slot == RADIX_TREE_MAP_SIZE) {
			/* Nothing more in this node: go on behind it, one level up. */
			do {
				slot = node->offset + 1;
				node = node->parent;
			} while (node && slot == RADIX_TREE_MAP_SIZE);
			if (!node)
				return NULL;
			next = (i >> node->shift >> RADIX_TREE_MAP_SHIFT << RADIX_TREE_MAP_SHIFT |
				slot)
			       << node->shift;
			if (next <= i) /* the root has more slots than there are indices */
				return NULL;
			i = next;
			continue;
		}
		if (slot != first) {
			i >>= node->shift;
			i = ((i & ~(unsigned long)RADIX_TREE_MAP_MASK) | slot) << node->shift;
		}
		if (!node->shift) {
			*index = i;
			return node->slots[slot];
		}
		node = node->slots[slot];
	}
}

void *radix_tree_find(const struct radix_tree_root *root, unsigned long *index)
{
	return find(root, index, -1);
}

void *radix_tree_find_tag(const struct radix_tree_root *root, unsigned long *index,
			  unsigned int tag)
{
	return find(root, index, tag);
}
