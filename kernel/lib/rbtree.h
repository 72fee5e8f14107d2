/*
 * Red-black trees whose nodes stand inside the structures, with Linux's interface. The user writes
 * the search and the descent of an insertion; rb_link_node and rb_insert_color do the rest.
 * An augmented tree keeps in each node a value computed from its whole subtree (a maximum, say):
 * the three callbacks tell how it follows from the children.
 */
#ifndef KERNEL_LIB_RBTREE_H
#define KERNEL_LIB_RBTREE_H

#include "kernel/lib/util.h"

/* The parent's address and, in bit 0, the colour. */
struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right, *rb_left;
} __aligned(sizeof(long));

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			    ((struct rb_root){NULL})
#define rb_parent(n)		    ((struct rb_node *)((n)->__rb_parent_color & ~3UL))
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member)                         \
	({                                                       \
		struct rb_node *__rbn = (struct rb_node *)(ptr); \
		__rbn ? rb_entry(__rbn, type, member) : NULL;    \
	})

/*
 * propagate: recompute from `node` upwards, until `stop` (not included) or a value that does not
 * change. copy: give `new` the value of `old`, whose place it takes. rotate: `new` has come above
 * `old`: it gets old's value, and old's is recomputed.
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

/* Hang `node` as a red leaf at `link`, a child pointer of `parent` (or the root). Follow with
   rb_insert_color or rb_insert_augmented. */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

/* Rebalance after rb_link_node. */
void rb_insert_color(struct rb_node *node, struct rb_root *root);
/* Take `node` out; its fields are left stale. */
void rb_erase(struct rb_node *node, struct rb_root *root);
/* The same for augmented trees. Before rb_insert_augmented the caller has set the values on the
   path from the new leaf to the root. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);

/* Let `new` take the place of `victim`, which is then in no tree. Not for augmented trees. */
void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root);

/* In order; NULL at the end. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);

/*
 * Define the callbacks `NAME` for trees of `TYPE` with node member `FIELD`, where `COMPUTE(obj,
 * exit)` stores the value of the node in obj->AUGMENTED from the node itself and its children, and
 * returns true if `exit` is true and the value did not change.
 */
#define RB_DECLARE_CALLBACKS(STATIC, NAME, TYPE, FIELD, AUGMENTED, COMPUTE)            \
	static inline void NAME##_propagate(struct rb_node *rb, struct rb_node *stop)  \
	{                                                                              \
		while (rb != stop) {                                                   \
			TYPE *node = rb_entry(rb, TYPE, FIELD);                        \
			if (COMPUTE(node, true))                                       \
				break;                                                 \
			rb = rb_parent(&node->FIELD);                                  \
		}                                                                      \
	}                                                                              \
	static inline void NAME##_copy(struct rb_node *rb_old, struct rb_node *rb_new) \
	{                                                                              \
		rb_entry(rb_new, TYPE, FIELD)->AUGMENTED =                             \
			rb_entry(rb_old, TYPE, FIELD)->AUGMENTED;                      \
	}                                                                              \
	static void NAME##_rotate(struct rb_node *rb_old, struct rb_node *rb_new)      \
	{                                                                              \
		TYPE *old = rb_entry(rb_old, TYPE, FIELD);                             \
		rb_entry(rb_new, TYPE, FIELD)->AUGMENTED = old->AUGMENTED;             \
		COMPUTE(old, false);                                                   \
	}                                                                              \
	STATIC const struct rb_augment_callbacks NAME = {                              \
		.propagate = NAME##_propagate,                                         \
		.copy = NAME##_copy,                                                   \
		.rotate = NAME##_rotate,                                               \
	}

/* The usual case: the value is the maximum, over the subtree, of COMPUTE(node), of type VALTYPE. */
#define RB_DECLARE_CALLBACKS_MAX(STATIC, NAME, TYPE, FIELD, VALTYPE, AUGMENTED, COMPUTE) \
	static inline bool NAME##_compute_max(TYPE *node, bool exit)                     \
	{                                                                                \
		VALTYPE max_value = COMPUTE(node);                                       \
		if (node->FIELD.rb_left) {                                               \
			TYPE *child = rb_entry(node->FIELD.rb_left, TYPE, FIELD);        \
			if (child->AUGMENTED > max_value)                                \
				max_value = child->AUGMENTED;                            \
		}                                                                        \
		if (node->FIELD.rb_right) {                                              \
			TYPE *child = rb_entry(node->FIELD.rb_right, TYPE, FIELD);       \
			if (child->AUGMENTED > max_value)                                \
				max_value = child->AUGMENTED;                            \
		}                                                                        \
		if (exit && node->AUGMENTED == max_value)                                \
			return true;                                                     \
		node->AUGMENTED = max_value;                                             \
		return false;                                                            \
	}                                                                                \
	RB_DECLARE_CALLBACKS(STATIC, NAME, TYPE, FIELD, AUGMENTED, NAME##_compute_max)

#endif
