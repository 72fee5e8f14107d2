/*
 * From a block of a file to a block of the disk. An inode holds the numbers of its first twelve
 * blocks; beyond them stand blocks full of numbers, one, two and three levels deep. A number 0 is a
 * hole, which reads as zeros, at any level.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>

/* Does `number` continue a run that began at `first` and is `n` blocks long? Holes continue holes.
 */
static bool continues(u32 first, u32 n, u32 number)
{
	return first ? number == first + n : !number;
}

/* Length of the run at numbers[0], of at most `max`. */
static u32 run_length(const __le32 *numbers, u32 max)
{
	u32 n = 1;

	while (n < max && continues(numbers[0], n, numbers[n]))
		n++;
	return n;
}

/*
 * Read the entry `index` of the block of numbers `block`: *number. If `max` is not 0, also count
 * the run that begins there. The length of the run (1 if max is 0), or -errno.
 */
static int read_indirect(struct super_block *sb, u32 block, u32 index, u32 max, u32 *number)
{
	const struct ext2_layout *l = &EXT2_SB(sb)->layout;
	u32 per = l->block_size / sizeof(__le32);
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, block, l->block_size, &offset);
	const __le32 *numbers;
	char *kaddr;
	int n = 1;

	if (IS_ERR(page))
		return PTR_ERR(page);
	kaddr = kmap_local_page(page);
	numbers = (const __le32 *)(kaddr + offset);
	*number = numbers[index];
	if (max)
		n = run_length(numbers + index, min(max, per - index));
	kunmap_local(kaddr);
	put_page(page);
	return n;
}

/* How long the hole at `path` is, of at most `max`, where the number of `level` is missing and all
   that would stand below it. */
static u32 hole_length(const struct ext2_layout *l, const u32 *path, int depth, int level, u32 max)
{
	u64 span = 1, at = 0;

	for (int i = depth - 1; i > level; i--) {
		at += path[i] * span;
		span *= l->block_size / sizeof(__le32);
	}
	return min_t(u64, max, span - at);
}

int ext2_get_blocks(struct inode *inode, u64 iblock, u32 max, u32 *phys)
{
	const struct ext2_layout *l = &EXT2_SB(inode->i_sb)->layout;
	const struct ext2_inode_data *data = &EXT2_I(inode)->data;
	u32 path[EXT2_MAX_DEPTH], number;
	int depth = ext2_block_to_path(l, iblock, path), n = 1, level;

	if (!depth)
		return -EIO;
	number = data->block[path[0]];
	if (depth == 1)
		n = run_length(&data->block[path[0]], min(max, EXT2_NDIR_BLOCKS - path[0]));
	for (level = 1; level < depth && number; level++) {
		if (!ext2_check_blocks(inode, number, 1))
			return -EIO;
		n = read_indirect(inode->i_sb, number, path[level], level == depth - 1 ? max : 0,
				  &number);
		if (n < 0)
			return n;
	}
	if (!number && level < depth)
		n = hole_length(l, path, depth, level - 1, max);
	/* The run may extend beyond the file system, or into metadata; the first block counts. */
	if (number && !ext2_check_blocks(inode, number, 1))
		return -EIO;
	if (number && n > 1 && !ext2_run_is_valid(inode, number, n))
		n = 1;
	*phys = number;
	return n;
}

u64 ext2_bmap(struct address_space *mapping, u64 block)
{
	u32 phys;

	return ext2_get_blocks(mapping->host, block, 1, &phys) < 0 ? 0 : phys;
}
