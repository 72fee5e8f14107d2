/*
 * Extended attributes. They are in the inode itself, behind its fixed part, as far as there is
 * room; else in a block of their own. Changes are made in a copy. A block that other inodes have
 * too is not changed: the inode gets another one.
 *
 * A new block is on the disk before the inode names it, and an old one is given back after the
 * inode has ceased to name it.
 */
#include "kernel/fs/ext2/xattr_format.h"
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

/* Copies of what an inode has; xattr_sem is held. */
struct xattrs {
	struct inode *inode;
	char *ibody; /* NULL: it has no room of its own */
	char *block; /* NULL: it has none */
	struct ext2_xattr_area in_inode, in_block;
	bool inode_changed, block_changed;
};

#define IBODY_HEADER sizeof(__le32) /* the magic number */
#define MIN_AREA     sizeof(__le32) /* an end and no entries */

/* ---- reading ---- */

/* Where an inode's own attributes begin, and how many bytes they have; 0: no room for any. */
static u32 ibody_place(struct inode *inode, u32 *offset)
{
	u32 inode_size = EXT2_SB(inode->i_sb)->layout.inode_size;

	*offset = sizeof(struct ext2_inode) + EXT2_I(inode)->data.extra_isize;
	return inode_size < *offset + IBODY_HEADER + MIN_AREA ? 0 : inode_size - *offset;
}

/* Copy an inode's own attributes from the table; zeros if there are none. */
static int read_ibody(struct inode *inode, char *to, u32 offset, u32 size)
{
	const struct ext2_inode_extra *extra;
	unsigned int at;
	struct page *page = ext2_inode_page(inode->i_sb, inode->i_ino, &at);
	const char *raw;
	u32 magic;

	if (IS_ERR(page))
		return PTR_ERR(page);
	raw = (const char *)kmap_local_page(page) + at;
	extra = (const void *)(raw + sizeof(struct ext2_inode));
	memcpy(&magic, raw + offset, sizeof(magic));
	if (extra->i_extra_isize && magic == EXT2_XATTR_MAGIC)
		memcpy(to, raw + offset, size);
	else
		memset(to, 0, size);
	kunmap_local(raw);
	put_page(page);
	return 0;
}

static int corrupted(struct inode *inode, const char *what)
{
	ext2_error(inode->i_sb, "ext2_xattr_check", "inode #%lu: corrupted xattr %s",
		   (unsigned long)inode->i_ino, what);
	return -EUCLEAN;
}

static int load_ibody(struct xattrs *x)
{
	const struct ext2_inode_info *ei = EXT2_I(x->inode);
	u32 offset, size = ibody_place(x->inode, &offset);
	int err = 0;

	if (!size)
		return 0;
	x->ibody = kzalloc(size, GFP_NOFS);
	if (!x->ibody)
		return -ENOMEM;
	if (ei->ibody)
		memcpy(x->ibody, ei->ibody, size);
	else if (ei->on_disk)
		err = read_ibody(x->inode, x->ibody, offset, size);
	x->in_inode = (struct ext2_xattr_area){.base = x->ibody + IBODY_HEADER,
					       .size = size - IBODY_HEADER};
	if (!err && ext2_xattr_check(&x->in_inode))
		err = corrupted(x->inode, "in inode");
	return err;
}

/* A copy of the block, or an empty one if the inode has none. */
static int alloc_block_copy(struct xattrs *x)
{
	u32 size = x->inode->i_sb->s_blocksize;
	struct ext2_xattr_header *header;

	x->block = kzalloc(size, GFP_NOFS);
	if (!x->block)
		return -ENOMEM;
	header = (void *)x->block;
	header->h_magic = EXT2_XATTR_MAGIC;
	header->h_refcount = header->h_blocks = 1;
	x->in_block = (struct ext2_xattr_area){
		.base = x->block, .first = sizeof(*header), .size = size, .block = true};
	return 0;
}

static int load_block(struct xattrs *x)
{
	struct super_block *sb = x->inode->i_sb;
	u32 block = EXT2_I(x->inode)->data.file_acl;
	const struct ext2_xattr_header *header;
	unsigned int offset;
	struct page *page;
	int err;

	if (!block)
		return 0;
	if (!ext2_check_blocks(x->inode, block, 1))
		return -EUCLEAN;
	err = alloc_block_copy(x);
	if (err)
		return err;
	page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	if (IS_ERR(page))
		return PTR_ERR(page);
	memcpy_from_page(x->block, page, offset, sb->s_blocksize);
	put_page(page);
	header = (const void *)x->block;
	if (header->h_magic != EXT2_XATTR_MAGIC || header->h_blocks != 1 ||
	    ext2_xattr_check(&x->in_block))
		return corrupted(x->inode, "block");
	return 0;
}

static void unload(struct xattrs *x)
{
	kfree(x->ibody);
	kfree(x->block);
}

static const struct ext2_xattr_entry *find_in(const char *loaded, const struct ext2_xattr_area *a,
					      const struct ext2_xattr_name *name)
{
	return loaded ? ext2_xattr_find(a, name) : NULL;
}

/* Find the name; its value's length, which is copied if size is not 0; or -errno. */
static int get_value(struct xattrs *x, const struct ext2_xattr_name *name, void *buf, size_t size)
{
	const struct ext2_xattr_area *a = &x->in_inode;
	const struct ext2_xattr_entry *e;
	int err = load_ibody(x);

	if (err)
		return err;
	e = find_in(x->ibody, a, name);
	if (!e) {
		err = load_block(x);
		if (err)
			return err;
		a = &x->in_block;
		e = find_in(x->block, a, name);
	}
	if (!e)
		return -ENODATA;
	if (size && size < e->e_value_size)
		return -ERANGE;
	if (size)
		memcpy(buf, ext2_xattr_value(a, e), e->e_value_size);
	return e->e_value_size;
}

/* ---- writing ---- */

/* Give a block of attributes back, which no inode on the disk names any more as this one's. */
static void release_block(struct inode *inode, u32 block)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_xattr_header header;
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);

	if (IS_ERR(page))
		return;
	memcpy_from_page(&header, page, offset, sizeof(header));
	if (header.h_magic == EXT2_XATTR_MAGIC && header.h_refcount > 1) {
		header.h_refcount--;
		memcpy_to_page(page, offset, &header, sizeof(header));
		ext2_mark_dirty(page, offset, sizeof(header));
		put_page(page);
		return;
	}
	put_page(page);
	if (header.h_magic != EXT2_XATTR_MAGIC) {
		corrupted(inode, "block");
		return;
	}
	bforget_block(sb->s_bdev, block, sb->s_blocksize);
	ext2_free_blocks(sb, block, 1, !EXT2_I(inode)->on_disk);
}

void ext2_drop_xattr_block(struct inode *inode)
{
	u32 block = EXT2_I(inode)->data.file_acl;

	if (!block || !ext2_check_blocks(inode, block, 1))
		return;
	EXT2_I(inode)->data.file_acl = 0;
	release_block(inode, block);
}

/* The copy comes to the disk's block; `fresh`: what stands there is of no use. */
static int write_block(struct xattrs *x, u32 block, bool fresh)
{
	struct super_block *sb = x->inode->i_sb;
	unsigned int offset;
	struct page *page =
		(fresh ? getblk_page : bread_page)(sb->s_bdev, block, sb->s_blocksize, &offset);
	int err;

	if (IS_ERR(page))
		return PTR_ERR(page);
	memcpy_to_page(page, offset, x->block, sb->s_blocksize);
	ext2_mark_dirty(page, offset, sb->s_blocksize);
	put_page(page);
	ext2_meta_changed(x->inode);
	if (!fresh)
		return 0;
	err = sync_block(sb->s_bdev, block, sb->s_blocksize);
	return err ? err : blkdev_issue_flush(sb->s_bdev);
}

/* A new block with the copy: *block. 0 or -errno. */
static int write_new_block(struct xattrs *x, u32 *block)
{
	struct super_block *sb = x->inode->i_sb;
	u32 count = 1;
	int err;

	((struct ext2_xattr_header *)x->block)->h_refcount = 1;
	*block = ext2_new_blocks(x->inode, 0, &count, &err);
	if (!*block)
		return err;
	err = write_block(x, *block, true);
	if (!err)
		return 0;
	bforget_block(sb->s_bdev, *block, sb->s_blocksize);
	ext2_free_blocks(sb, *block, 1, true);
	return err;
}

/* The inode names another block of attributes, or none (0). */
static void change_block(struct inode *inode, u32 block)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 old = ei->data.file_acl, sectors = inode->i_sb->s_blocksize / SECTOR_SIZE;

	ei->data.file_acl = block;
	if (block)
		inode->i_blocks += sectors;
	if (!old)
		return;
	inode->i_blocks -= min_t(u64, sectors, inode->i_blocks);
	if (!ei->on_disk || !ext2_update_inode(inode)) /* else it is lost until e2fsck */
		release_block(inode, old);
}

static int store_block(struct xattrs *x)
{
	const struct ext2_xattr_header *header = (const void *)x->block;
	u32 old = EXT2_I(x->inode)->data.file_acl, block = 0;
	bool empty = !ext2_xattr_first(&x->in_block);
	int err = 0;

	if (old && header->h_refcount == 1 && !empty)
		return write_block(x, old, false);
	if (!empty)
		err = write_new_block(x, &block);
	if (!err)
		change_block(x->inode, block);
	return err;
}

/* Cannot fail. */
static void store_ibody(struct xattrs *x)
{
	struct ext2_inode_info *ei = EXT2_I(x->inode);
	u32 magic = ext2_xattr_first(&x->in_inode) ? EXT2_XATTR_MAGIC : 0;

	memcpy(x->ibody, &magic, sizeof(magic));
	swap(ei->ibody, x->ibody);
}

void ext2_encode_ibody(struct inode *inode, char *raw)
{
	u32 offset, size = ibody_place(inode, &offset);

	if (EXT2_I(inode)->ibody)
		memcpy(raw + offset, EXT2_I(inode)->ibody, size);
}

/* Change the copies: a value goes to the inode itself if it has room, and is in one place only. 0,
   -ENOSPC or -ENOMEM. */
static int change_copies(struct xattrs *x, const struct ext2_xattr_name *name, const void *value,
			 size_t size)
{
	bool in_inode = find_in(x->ibody, &x->in_inode, name);
	bool in_block = find_in(x->block, &x->in_block, name);
	int err = value && x->ibody ? ext2_xattr_set(&x->in_inode, name, value, size) : -ENOSPC;

	if (!err) {
		x->inode_changed = true;
		value = NULL;
	} else if (value) {
		err = x->block ? 0 : alloc_block_copy(x);
		if (!err)
			err = ext2_xattr_set(&x->in_block, name, value, size);
		if (err)
			return err;
		x->block_changed = true;
		value = NULL;
		in_block = false;
	}
	/* remove it where it was; not where it has just come to */
	if (in_inode && !x->inode_changed) {
		ext2_xattr_set(&x->in_inode, name, NULL, 0);
		x->inode_changed = true;
	}
	if (in_block) {
		ext2_xattr_set(&x->in_block, name, NULL, 0);
		x->block_changed = true;
	}
	return 0;
}

static bool has_value(const char *loaded, const struct ext2_xattr_area *a,
		      const struct ext2_xattr_entry *e, const void *value, size_t size)
{
	return loaded && e && e->e_value_size == size &&
	       !memcmp(ext2_xattr_value(a, e), value, size);
}

/* The two copies are loaded: change them, and store what has changed. */
static int set_value(struct xattrs *x, const struct ext2_xattr_name *name, const void *value,
		     size_t size, int flags)
{
	const struct ext2_xattr_entry *e = find_in(x->ibody, &x->in_inode, name);
	const struct ext2_xattr_entry *b = find_in(x->block, &x->in_block, name);
	int err;

	if (e || b ? flags & XATTR_CREATE : flags & XATTR_REPLACE)
		return e || b ? -EEXIST : -ENODATA;
	if (!e && !b && !value)
		return 0;
	if (value && (has_value(x->ibody, &x->in_inode, e, value, size) ||
		      has_value(x->block, &x->in_block, b, value, size)))
		return 0;
	err = ext2_set_ext_attr(x->inode->i_sb);
	if (!err)
		err = change_copies(x, name, value, size);
	if (!err && x->block_changed)
		err = store_block(x);
	if (err)
		return err;
	if (x->inode_changed)
		store_ibody(x);
	x->inode->i_ctime = current_time();
	mark_inode_dirty(x->inode);
	return 0;
}

/* ---- the handlers ---- */

static struct ext2_xattr_name handler_name(const struct xattr_handler *handler, const char *name)
{
	return (struct ext2_xattr_name){.index = handler->flags, .len = strlen(name), .name = name};
}

static int ext2_xattr_handler_get(const struct xattr_handler *handler, struct inode *inode,
				  const char *name, void *buf, size_t size)
{
	struct ext2_xattr_name n = handler_name(handler, name);
	struct xattrs x = {.inode = inode};
	int ret;

	down_read(&EXT2_I(inode)->xattr_sem);
	ret = get_value(&x, &n, buf, size);
	up_read(&EXT2_I(inode)->xattr_sem);
	unload(&x);
	return ret;
}

static int ext2_xattr_handler_set(const struct xattr_handler *handler, struct inode *inode,
				  const char *name, const void *value, size_t size, int flags)
{
	struct ext2_xattr_name n = handler_name(handler, name);
	struct xattrs x = {.inode = inode};
	int err;

	down_write(&EXT2_I(inode)->xattr_sem);
	err = load_ibody(&x);
	if (!err)
		err = load_block(&x);
	if (!err)
		err = set_value(&x, &n, value, size, flags);
	up_write(&EXT2_I(inode)->xattr_sem);
	unload(&x);
	return err;
}

static const struct xattr_handler handlers[] = {
	{
		.prefix = XATTR_USER_PREFIX,
		.flags = EXT2_XATTR_INDEX_USER,
		.get = ext2_xattr_handler_get,
		.set = ext2_xattr_handler_set,
	},
	{
		.prefix = XATTR_TRUSTED_PREFIX,
		.flags = EXT2_XATTR_INDEX_TRUSTED,
		.get = ext2_xattr_handler_get,
		.set = ext2_xattr_handler_set,
	},
	{
		.prefix = XATTR_SECURITY_PREFIX,
		.flags = EXT2_XATTR_INDEX_SECURITY,
		.get = ext2_xattr_handler_get,
		.set = ext2_xattr_handler_set,
	},
};

const struct xattr_handler *const ext2_xattr_handlers[] = {&handlers[0], &handlers[1], &handlers[2],
							   NULL};

static const char *prefix_of(u8 index)
{
	for (u32 i = 0; ext2_xattr_handlers[i]; i++) {
		if (ext2_xattr_handlers[i]->flags == index)
			return ext2_xattr_handlers[i]->prefix;
	}
	return NULL;
}

static int list_area(const struct ext2_xattr_area *a, struct xattr_list *list)
{
	const struct ext2_xattr_entry *e = ext2_xattr_first(a);
	int err = 0;

	for (; e && !err; e = ext2_xattr_next(e)) {
		const char *prefix = prefix_of(e->e_name_index);

		if (prefix)
			err = xattr_list_one(list, prefix, e->e_name, e->e_name_len);
	}
	return err;
}

ssize_t ext2_listxattr(struct inode *inode, char *buf, size_t size)
{
	struct xattr_list list = {.buf = size ? buf : NULL, .room = size};
	struct xattrs x = {.inode = inode};
	int err;

	down_read(&EXT2_I(inode)->xattr_sem);
	err = load_ibody(&x);
	if (!err && x.ibody)
		err = list_area(&x.in_inode, &list);
	if (!err)
		err = load_block(&x);
	if (!err && x.block)
		err = list_area(&x.in_block, &list);
	up_read(&EXT2_I(inode)->xattr_sem);
	unload(&x);
	return err ? err : (ssize_t)list.used;
}
