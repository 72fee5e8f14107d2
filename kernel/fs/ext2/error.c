/*
 * Messages, and what follows when damage is found: the superblock will say so, and errors= decides
 * whether the file system goes on.
 */
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/stdio.h"
#include <linux/fs.h>

#define TEXT_SIZE 200

void ext2_msg(struct block_device *bdev, const char *level, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printk("%sEXT2-fs (%s): %s\n", level, bdev->name, text);
}

/* The file system is damaged: sync.c writes it into the superblock. */
static void handle_error(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	if (sb_rdonly(sb))
		return;
	sbi->damaged = true;
	if (sbi->options.errors == EXT2_ERRORS_PANIC)
		panic("EXT2-fs (%s): panic forced after error", sb->s_bdev->name);
	if (sbi->options.errors == EXT2_ERRORS_RO) {
		sb->s_flags |= MS_RDONLY;
		ext2_msg(sb->s_bdev, KERN_CRIT, "Remounting filesystem read-only");
	}
}

void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printk(KERN_CRIT "EXT2-fs (%s): error: %s: %s\n", sb->s_bdev->name, function, text);
	handle_error(sb);
}
