/*
 * Symbolic links of tmpfs. A short target is stored with the inode and charged with it. A longer
 * one is the file's only page, which is charged as a block like any other.
 */
#include "kernel/fs/tmpfs/tmpfs.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/memory_failure.h"

#define SHORT_SYMLINK_LEN 128 /* bytes, with the NUL; as in Linux */

static int set_long_link(struct inode *inode, const char *text, unsigned int len)
{
	struct address_space *mapping = &inode->i_data;
	struct page *page;
	int err;

	mapping->a_ops = &tmpfs_aops;
	mapping_set_unevictable(mapping);
	err = tmpfs_aops.write_begin(NULL, mapping, 0, len, &page);
	if (err)
		return err;
	memcpy_to_page(page, 0, text, len); /* the rest of the page is zeros */
	tmpfs_aops.write_end(NULL, mapping, 0, len, len, page);
	return 0;
}

int tmpfs_set_link(struct inode *inode, const char *text)
{
	size_t len = strlen(text);

	if (len >= SHORT_SYMLINK_LEN)
		return set_long_link(inode, text, len);
	TMPFS_I(inode)->symlink = kstrdup(text, GFP_KERNEL);
	inode->i_size = len;
	return TMPFS_I(inode)->symlink ? 0 : -ENOMEM;
}

/* The text that the page holds. ERR_PTR(-EIO): the page's memory is broken. */
static char *get_long_link(struct inode *inode)
{
	int err = mapping_swapin(&inode->i_data, 0);
	struct page *page = err ? ERR_PTR(err) : find_get_page(&inode->i_data, 0);
	char *text;

	if (IS_ERR(page))
		return ERR_CAST(page);
	if (!page)
		return ERR_PTR(-EIO);
	text = PageHWPoison(page) ? ERR_PTR(-EIO) : kzalloc(inode->i_size + 1, GFP_KERNEL);
	if (!text)
		text = ERR_PTR(-ENOMEM);
	if (!IS_ERR(text))
		memcpy_from_page(text, page, 0, inode->i_size);
	put_page(page);
	return text;
}

static char *tmpfs_get_link(struct inode *inode)
{
	char *text;

	if (!TMPFS_I(inode)->symlink)
		return get_long_link(inode);
	text = kstrdup(TMPFS_I(inode)->symlink, GFP_KERNEL);
	return text ? text : ERR_PTR(-ENOMEM);
}

const struct inode_operations tmpfs_symlink_iops = {
	.get_link = tmpfs_get_link, .getattr = tmpfs_getattr, .listxattr = tmpfs_listxattr};
