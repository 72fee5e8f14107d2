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

/* Options without a value that change nothing here. */
static const char *const ignored[] = {
	"bsddf",      "debug",	    "nouid32",	 "user_xattr", "acl",	   "nogrpid",
	"sysvgroups", "nocheck",    "nobh",	 "bh",	       "oldalloc", "orlov",
	"barrier",    "nobarrier",  "delalloc",	 "nodelalloc", "discard",  "nodiscard",
	"lazytime",   "nolazytime", "i_version", "noquota",    "quiet",
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
	if (!strcmp(name, "check"))
		return strcmp(value, "none") ? -EINVAL : 0;
	return -ENOENT;
}

static int parse_plain(const char *name, struct ext2_options *o)
{
	if (!strcmp(name, "grpid") || !strcmp(name, "bsdgroups")) {
		o->grpid = true;
		return 0;
	}
	if (!strcmp(name, "minixdf")) {
		o->minixdf = true;
		return 0;
	}
	if (!strcmp(name, "nouser_xattr")) {
		o->no_user_xattr = true;
		return 0;
	}
	if (!strcmp(name, "noacl")) {
		o->no_acl = true;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++) {
		if (!strcmp(name, ignored[i]))
			return 0;
	}
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
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_options *o = &sbi->options;

	if (o->minixdf)
		seq_puts(m, ",minixdf");
	if (o->grpid)
		seq_puts(m, ",grpid");
	if (o->resuid != sbi->default_resuid)
		seq_printf(m, ",resuid=%u", o->resuid);
	if (o->resgid != sbi->default_resgid)
		seq_printf(m, ",resgid=%u", o->resgid);
	if (o->errors != sbi->default_errors)
		seq_puts(m, errors[o->errors]);
	if (o->no_user_xattr)
		seq_puts(m, ",nouser_xattr");
	if (o->no_acl)
		seq_puts(m, ",noacl");
	return 0;
}
