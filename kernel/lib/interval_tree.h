/*
 * Interval trees: red-black trees of ranges [start, last], sorted by the start. Every node also
 * knows the highest last of its subtree. So the ranges that overlap another one are found without a
 * look at all of them. The nodes stand inside the structures, as those of rbtree.h; the names are
 * Linux's.
 */
#ifndef KERNEL_LIB_INTERVAL_TREE_H
#define KERNEL_LIB_INTERVAL_TREE_H

#include "kernel/lib/rbtree.h"

struct interval_tree_node {
	struct rb_node rb;
	unsigned long start, last; /* the user sets them; they stay while the node is in a tree */
	unsigned long __subtree_last;
};

/* Add the node with its range, or take it out. */
void interval_tree_insert(struct interval_tree_node *node, struct rb_root *root);
void interval_tree_remove(struct interval_tree_node *node, struct rb_root *root);
/* The nodes that overlap [start, last], sorted by their start; NULL at the end. */
struct interval_tree_node *interval_tree_iter_first(const struct rb_root *root, unsigned long start,
						    unsigned long last);
struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node,
						   unsigned long start, unsigned long last);
/* Is the node in the tree, where a search for its range finds it? For checkers. */
bool interval_tree_contains(const struct rb_root *root, const struct interval_tree_node *node);

#endif
