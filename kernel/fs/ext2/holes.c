/*
 * Holes of files: where they are (SEEK_HOLE, SEEK_DATA, FIEMAP), and making them (fallocate).
 * Blocks are given to a page when it is written to, so the map of blocks tells all.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* Blocks that one look at the map asks for. */
#define MAP_AHEAD 65536

static u64 blocks_of(const struct inode *inode, loff_t bytes)
{
	return ((u64)bytes + inode->i_sb->s_blocksize - 1) >> inode->i_blkbits;
}

/* ---- finding ---- */

/* The first byte at or after `offset` that is data (or in a hole). The end of the file counts as a
   hole; -ENXIO: there is no data. */
static loff_t seek_data_hole(struct inode *inode, loff_t offset, bool data)
{
	u64 blocks = blocks_of(inode, inode->i_size), at;

	if (offset < 0 || offset >= inode->i_size)
		return -ENXIO;
	at = (u64)offset >> inode->i_blkbits;
	while (at < blocks) {
		u32 phys;
		int n = ext2_get_blocks(inode, at, min_t(u64, blocks - at, MAP_AHEAD), &phys);

		if (n < 0)
			return n;
		if ((phys != 0) == data)
			return max(offset, (loff_t)(at << inode->i_blkbits));
		at += n;
		cond_resched();
	}
	return data ? -ENXIO : inode->i_size;
}

loff_t ext2_file_llseek(struct file *f, loff_t offset, int whence)
{
	struct inode *inode = f->f_inode;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(f, offset, whence);
	down_read(&inode->i_rwsem);
	offset = seek_data_hole(inode, offset, whence == SEEK_DATA);
	up_read(&inode->i_rwsem);
	if (offset >= 0)
		f->f_pos = offset;
	return offset;
}

/* What FIEMAP collects. */
struct fiemap_run {
	struct fiemap_extent __user *to;
	u32 max, count;		     /* max 0: they are only counted */
	struct fiemap_extent extent; /* fe_length 0: none is pending */
};

/* Give out the pending extent. 1: there is no more room. */
static int emit_extent(struct fiemap_run *r, bool last)
{
	if (!r->extent.fe_length)
		return 0;
	r->extent.fe_flags = FIEMAP_EXTENT_MERGED | (last ? FIEMAP_EXTENT_LAST : 0);
	if (r->max) {
		if (r->count == r->max)
			return 1;
		if (copy_to_user(&r->to[r->count], &r->extent, sizeof(r->extent)))
			return -EFAULT;
	}
	r->count++;
	r->extent.fe_length = 0;
	return r->max && r->count == r->max;
}

/* A run of blocks continues the pending extent, or takes its place. */
static int add_run(struct inode *inode, struct fiemap_run *r, u64 iblock, u32 phys, u32 n)
{
	u64 logical = iblock << inode->i_blkbits, physical = (u64)phys << inode->i_blkbits;
	struct fiemap_extent *e = &r->extent;
	int err;

	if (e->fe_length && e->fe_logical + e->fe_length == logical &&
	    e->fe_physical + e->fe_length == physical) {
		e->fe_length += (u64)n << inode->i_blkbits;
		return 0;
	}
	err = emit_extent(r, false);
	if (err)
		return err;
	e->fe_logical = logical;
	e->fe_physical = physical;
	e->fe_length = (u64)n << inode->i_blkbits;
	return 0;
}

static int collect_extents(struct inode *inode, u64 start, u64 len, struct fiemap_run *r)
{
	u64 blocks = blocks_of(inode, inode->i_size), at = start >> inode->i_blkbits, end = blocks;

	if (len < (u64)inode->i_sb->s_maxbytes)
		end = min(blocks, blocks_of(inode, start + len));
	while (at < end) {
		u32 phys;
		int n = ext2_get_blocks(inode, at, min_t(u64, end - at, MAP_AHEAD), &phys), err = 0;

		if (n < 0)
			return n;
		if (phys)
			err = add_run(inode, r, at, phys, n);
		if (err)
			return err < 0 ? err : 0;
		at += n;
		cond_resched();
	}
	/* It is the file's last one if nothing but a hole follows. */
	return min(0, emit_extent(r, end == blocks || seek_data_hole(inode, end << inode->i_blkbits,
								     true) < 0));
}

long ext2_fiemap(struct file *f, struct fiemap __user *arg)
{
	struct inode *inode = f->f_inode;
	struct fiemap_run r = {.to = arg->fm_extents};
	struct fiemap head;
	int err = 0;

	if (copy_from_user(&head, arg, sizeof(head)))
		return -EFAULT;
	if (head.fm_extent_count > 0xffffffffU / sizeof(struct fiemap_extent))
		return -EINVAL;
	if (!head.fm_length)
		return -EINVAL;
	if (head.fm_start > (u64)inode->i_sb->s_maxbytes)
		return -EFBIG;
	if (head.fm_flags & ~FIEMAP_FLAG_SYNC) {
		head.fm_flags &= ~FIEMAP_FLAG_SYNC;
		err = -EBADR;
	} else if (head.fm_flags & FIEMAP_FLAG_SYNC) {
		err = filemap_write_and_wait(inode->i_mapping);
	}
	if (!err) {
		r.max = head.fm_extent_count;
		down_read(&inode->i_rwsem);
		err = collect_extents(inode, head.fm_start, head.fm_length, &r);
		up_read(&inode->i_rwsem);
	}
	head.fm_mapped_extents = r.count;
	if (copy_to_user(arg, &head, sizeof(head)))
		return -EFAULT;
	return err;
}

/* ---- making ---- */

/* A page of which a part becomes zeros, and stays. */
struct page_part {
	loff_t from, to;   /* in the file; from >= to: there is none */
	struct page *page; /* referenced, or NULL */
};

static int read_part(struct inode *inode, struct page_part *part)
{
	struct page *page;

	if (part->from >= part->to)
		return 0;
	page = read_mapping_page(inode->i_mapping, part->from >> PAGE_SHIFT, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	part->page = page;
	return 0;
}

/* Zero it, and leave it locked: it must not be written while its blocks go. */
static void zero_and_lock_part(const struct page_part *part)
{
	if (!part->page)
		return;
	lock_page(part->page);
	wait_on_page_writeback(part->page);
	ClearPageMappedToDisk(part->page);
	zero_user(part->page, offset_in_page(part->from), part->to - part->from);
	set_page_dirty(part->page);
}

static void unlock_part(const struct page_part *part)
{
	if (part->page)
		unlock_page(part->page);
}

static void put_part(const struct page_part *part)
{
	if (part->page)
		put_page(part->page);
}

/* Take the pages [first, end) out of the cache. */
static void drop_pages(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct address_space *mapping = inode->i_mapping;

	if (first >= end)
		return;
	unmap_mapping_range(mapping, (loff_t)first << PAGE_SHIFT,
			    (loff_t)(end - first) << PAGE_SHIFT, false);
	truncate_whole_pages(mapping, first, end);
}

/* What is wholly inside [start, end) loses its blocks; the rest becomes zeros. Nobody reads a page
   again until its blocks are free. */
static int punch_hole(struct inode *inode, loff_t start, loff_t end)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t inner = ALIGN(start, (loff_t)PAGE_SIZE), outer = ALIGN_DOWN(end, (loff_t)PAGE_SIZE);
	struct page_part head = {.from = start, .to = min(inner, end)};
	struct page_part tail = {.from = max(inner, outer), .to = end};
	u64 first = blocks_of(inode, start), last = (u64)end >> inode->i_blkbits;
	int err = read_part(inode, &head);

	if (!err)
		err = read_part(inode, &tail);
	if (!err) {
		down_write(&mapping->invalidate_lock);
		zero_and_lock_part(&head);
		zero_and_lock_part(&tail);
		drop_pages(inode, inner >> PAGE_SHIFT, outer >> PAGE_SHIFT);
		if (first < last)
			ext2_free_range(inode, first, last);
		unlock_part(&head);
		unlock_part(&tail);
		up_write(&mapping->invalidate_lock);
	}
	put_part(&head);
	put_part(&tail);
	return err;
}

int ext2_fallocate(struct file *f, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = f->f_inode;
	loff_t end;
	int err;

	if (mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	end = min(offset + len, ALIGN(inode->i_size, (loff_t)PAGE_SIZE));
	err = offset < inode->i_size ? file_modified(f) : 0;
	if (!err && offset < inode->i_size)
		err = punch_hole(inode, offset, end);
	inode_unlock(inode);
	return err;
}
