/*
 * Mount options. Those that Linux takes for ext2 are taken; what they ask for and is not there (a
 * journal, quotas) is refused as there.
 */
#include "kernel/core/printk.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

/* Options without a value: the flags that they set or clear; 0: they change nothing. */
static const struct plain_option {
	const char *name;
	u32 flag;
	bool set;
} plain_options[] = {
	{"bsddf", EXT2_MOUNT_MINIXDF, false},
	{"minixdf", EXT2_MOUNT_MINIXDF, true},
	{"grpid", EXT2_MOUNT_GRPID, true},
	{"bsdgroups", EXT2_MOUNT_GRPID, true},
	{"nogrpid", EXT2_MOUNT_GRPID, false},
	{"sysvgroups", EXT2_MOUNT_GRPID, false},
	{"debug", EXT2_MOUNT_DEBUG, true},
	{"nouid32", EXT2_MOUNT_NO_UID32, true},
	{"barrier", EXT2_MOUNT_NO_BARRIER, false},
	{"nobarrier", EXT2_MOUNT_NO_BARRIER, true},
	{"discard", EXT2_MOUNT_DISCARD, true},
	{"nodiscard", EXT2_MOUNT_DISCARD, false},
	{"auto_da_alloc", EXT2_MOUNT_NO_AUTO_DA_ALLOC, false},
	{"noauto_da_alloc", EXT2_MOUNT_NO_AUTO_DA_ALLOC, true},
	{"nombcache", EXT2_MOUNT_NO_MBCACHE, true},
	{"no_mbcache", EXT2_MOUNT_NO_MBCACHE, true},
	{"block_validity", EXT2_MOUNT_NO_BLOCK_VALIDITY, false},
	{"noblock_validity", EXT2_MOUNT_NO_BLOCK_VALIDITY, true},
	{"init_itable", EXT2_MOUNT_NO_INIT_ITABLE, false},
	{"noinit_itable", EXT2_MOUNT_NO_INIT_ITABLE, true},
	{"user_xattr", 0, false},
	{"acl", 0, false},
	{"nocheck", 0, false},
	{"nobh", 0, false},
	{"bh", 0, false},
	{"oldalloc", 0, false},
	{"orlov", 0, false},
	{"reservation", 0, false},
	{"noreservation", 0, false},
	{"mblk_io_submit", 0, false},
	{"nomblk_io_submit", 0, false},
	{"lazytime", 0, false},
	{"nolazytime", 0, false},
	{"i_version", 0, false},
	{"noquota", 0, false},
};

static int parse_errors(const char *value, struct ext2_options *o)
{
	static const char *const names[] = {
		[EXT2_ERRORS_CONTINUE] = "continue",
		[EXT2_ERRORS_RO] = "remount-ro",
		[EXT2_ERRORS_PANIC] = "panic",
	};

	for (u32 i = EXT2_ERRORS_CONTINUE; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i])) {
			o->errors = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_plain(const char *name, struct ext2_options *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(plain_options); i++) {
		const struct plain_option *p = &plain_options[i];

		if (strcmp(name, p->name))
			continue;
		o->flags = p->set ? o->flags | p->flag : o->flags & ~p->flag;
		return 0;
	}
	return -ENOENT;
}

/* barrier=0 and barrier=1. */
static int parse_barrier(const char *value, struct ext2_options *o)
{
	unsigned int on;

	if (kstrtouint(value, 0, &on))
		return -EINVAL;
	return parse_plain(on ? "barrier" : "nobarrier", o);
}

/* An option with a value. -ENOENT: there is none of that name. */
static int parse_valued(const char *name, const char *value, struct ext2_options *o)
{
	if (!strcmp(name, "errors"))
		return parse_errors(value, o);
	if (!strcmp(name, "resuid"))
		return kstrtouint(value, 0, &o->resuid);
	if (!strcmp(name, "resgid"))
		return kstrtouint(value, 0, &o->resgid);
	if (!strcmp(name, "sb"))
		return kstrtouint(value, 0, &o->sb_block);
	if (!strcmp(name, "barrier"))
		return parse_barrier(value, o);
	if (!strcmp(name, "check"))
		return strcmp(value, "none") ? -EINVAL : 0;
	return -ENOENT;
}

static int parse_one(char *option, struct ext2_options *o)
{
	char *value = strchr(option, '=');

	if (!value)
		return parse_plain(option, o);
	*value = '\0';
	return parse_valued(option, value + 1, o);
}

int ext2_parse_options(struct block_device *bdev, const char *data, struct ext2_options *o)
{
	char *copy, *next, *option;
	int err = 0;

	if (!data || !*data)
		return 0;
	copy = kstrdup(data, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	for (option = copy; option && !err; option = next) {
		next = strchr(option, ',');
		if (next)
			*next++ = '\0';
		if (*option)
			err = parse_one(option, o);
		if (err)
			ext2_msg(bdev, KERN_ERR,
				 "Unrecognized mount option \"%s\" or missing value", option);
	}
	kfree(copy);
	return err ? -EINVAL : 0;
}

int ext2_show_options(struct seq_file *m, struct super_block *sb)
{
	static const char *const errors[] = {
		[EXT2_ERRORS_CONTINUE] = ",errors=continue",
		[EXT2_ERRORS_RO] = ",errors=remount-ro",
		[EXT2_ERRORS_PANIC] = ",errors=panic",
	};
	static const struct {
		u32 flag;
		const char *text;
	} shown[] = {
		{EXT2_MOUNT_MINIXDF, ",minixdf"},
		{EXT2_MOUNT_GRPID, ",grpid"},
		{EXT2_MOUNT_DEBUG, ",debug"},
		{EXT2_MOUNT_NO_UID32, ",nouid32"},
		{EXT2_MOUNT_NO_BARRIER, ",nobarrier"},
		{EXT2_MOUNT_DISCARD, ",discard"},
		{EXT2_MOUNT_NO_AUTO_DA_ALLOC, ",noauto_da_alloc"},
		{EXT2_MOUNT_NO_MBCACHE, ",nombcache"},
		{EXT2_MOUNT_NO_BLOCK_VALIDITY, ",noblock_validity"},
		{EXT2_MOUNT_NO_INIT_ITABLE, ",noinit_itable"},
	};
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_options *o = &sbi->options;

	if (o->resuid != sbi->default_resuid)
		seq_printf(m, ",resuid=%u", o->resuid);
	if (o->resgid != sbi->default_resgid)
		seq_printf(m, ",resgid=%u", o->resgid);
	if (o->errors != sbi->default_errors)
		seq_puts(m, errors[o->errors]);
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		if (ext2_test_opt(o, shown[i].flag))
			seq_puts(m, shown[i].text);
	}
	return 0;
}
