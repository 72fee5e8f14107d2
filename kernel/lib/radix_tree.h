/*
 * Radix trees: from an unsigned long to a pointer, 64 children per node, as deep as the largest
 * index needs. The page cache finds a file's pages by it. An entry can carry tags (dirty,
 * writeback); a node's tag bit says that something below it carries the tag, so that tagged entries
 * are found without looking at the others.
 *
 * No locks inside. An insertion allocates all it needs before it changes the tree, and looks again
 * afterwards, because an allocation may sleep and reclaim may shrink this very tree.
 */
#ifndef KERNEL_LIB_RADIX_TREE_H
#define KERNEL_LIB_RADIX_TREE_H

#include "kernel/lib/bitops.h"
#include "kernel/lib/list.h"

#define RADIX_TREE_MAP_SHIFT 6
#define RADIX_TREE_MAP_SIZE  (1U << RADIX_TREE_MAP_SHIFT)
#define RADIX_TREE_MAP_MASK  (RADIX_TREE_MAP_SIZE - 1)
#define RADIX_TREE_MAX_TAGS  3

struct radix_tree_node {
	unsigned char shift;	 /* the index is shifted right by this to find the slot */
	unsigned char offset;	 /* this node's slot in its parent */
	unsigned char count;	 /* slots in use */
	unsigned char nr_values; /* of them those that hold values; lowest nodes only */
	struct radix_tree_node *parent;
	struct radix_tree_root *root;
	struct list_head private_list; /* of who is told by root->update */
	unsigned long tags[RADIX_TREE_MAX_TAGS][BITS_TO_LONGS(RADIX_TREE_MAP_SIZE)];
	void *slots[RADIX_TREE_MAP_SIZE];
};

struct radix_tree_root {
	gfp_t gfp_mask; /* handed to the allocator of nodes */
	struct radix_tree_node *rnode;
	/* If not NULL: a lowest node holds more, less, or other items now. With a count of 0, it is
	   going to be freed. */
	void (*update)(struct radix_tree_node *node);
};

/* An item may be a value instead of a pointer: bit 0 is set. Whoever owns the tree says what it
   means. A value has no tags. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)(v << 1 | 1);
}
static inline unsigned long xa_to_value(const void *item)
{
	return (unsigned long)item >> 1;
}
static inline bool xa_is_value(const void *item)
{
	return (unsigned long)item & 1;
}

#define INIT_RADIX_TREE(root, mask) (*(root) = (struct radix_tree_root){.gfp_mask = (mask)})

/* Where nodes come from. `alloc` returns sizeof(struct radix_tree_node) zeroed bytes or NULL; it
   may sleep as far as the mask allows. `free` gets a node of any content. Set once, before the
   first insertion. */
void radix_tree_set_allocator(void *(*alloc)(gfp_t gfp), void (*free)(void *node));

/* Store `item` (not NULL) at `index`. => -EEXIST if the place is taken, -ENOMEM; nothing changed
 * then. */
int radix_tree_insert(struct radix_tree_root *root, unsigned long index, void *item);
/* The item at `index`, or NULL. */
void *radix_tree_lookup(const struct radix_tree_root *root, unsigned long index);
/* Put another item (not NULL) in the place of the one at `index`, and return that. The tags stay,
   unless it is a value. */
void *radix_tree_replace(struct radix_tree_root *root, unsigned long index, void *item);
/* The same as radix_tree_insert, but a value is no obstacle: *value is what was there, or NULL. */
int radix_tree_insert_over_value(struct radix_tree_root *root, unsigned long index, void *item,
				 void **value);
/* Take the item at `index` out, with its tags, and return it; NULL if there was none. Nodes that
   become empty are freed. */
void *radix_tree_delete(struct radix_tree_root *root, unsigned long index);
/* Take all that a lowest node holds out, which has no tags. */
void radix_tree_delete_node(struct radix_tree_node *node);

/* The first item at or after *index, which is set to its index; NULL if there is none. */
void *radix_tree_find(const struct radix_tree_root *root, unsigned long *index);
/* The same among the items that carry `tag`. */
void *radix_tree_find_tag(const struct radix_tree_root *root, unsigned long *index,
			  unsigned int tag);

/* Tag the item at `index`. => the item; NULL, and nothing is tagged, if there is none. */
void *radix_tree_tag_set(struct radix_tree_root *root, unsigned long index, unsigned int tag);
/* Take the tag off. => the item or NULL. */
void *radix_tree_tag_clear(struct radix_tree_root *root, unsigned long index, unsigned int tag);
/* Is there an item at `index` with the tag? */
bool radix_tree_tag_get(const struct radix_tree_root *root, unsigned long index, unsigned int tag);
/* Does any item carry the tag? */
bool radix_tree_tagged(const struct radix_tree_root *root, unsigned int tag);

#endif
