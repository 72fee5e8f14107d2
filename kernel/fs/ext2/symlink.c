/*
 * Symbolic links: a target of less than 60 bytes is in the inode, in place of the block numbers; a
 * longer one is in a block of its own.
 */
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static char *ext2_get_link(struct inode *inode)
{
	const struct ext2_inode_data *data = &EXT2_I(inode)->data;
	struct page *page = NULL;
	char *target;

	if (!ext2_has_fast_link(inode))
		page = read_mapping_page(inode->i_mapping, 0, NULL);
	if (IS_ERR(page))
		return ERR_CAST(page);
	/* parse.c made sure that the size is at most a block. */
	target = kmalloc(inode->i_size + 1, GFP_KERNEL);
	if (target && page)
		memcpy_from_page(target, page, 0, inode->i_size);
	else if (target)
		memcpy(target, data->block, inode->i_size);
	if (page)
		put_page(page);
	if (!target)
		return ERR_PTR(-ENOMEM);
	target[inode->i_size] = '\0';
	return target;
}

const struct inode_operations ext2_symlink_inode_operations = {
	.get_link = ext2_get_link,
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.listxattr = ext2_listxattr,
};
