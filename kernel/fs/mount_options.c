/*
 * The options of a mount. See mount_options.h.
 */
#include "kernel/fs/mount_options.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

int parse_mount_options(const char *data, mount_option_fn fn, void *arg)
{
	char *copy, *rest, *option, *value;
	int err = 0;

	if (!data || !*data)
		return 0;
	rest = copy = kstrdup(data, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!err && (option = strsep(&rest, ","))) {
		if (!*option)
			continue;
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		err = fn(arg, option, value);
	}
	kfree(copy);
	return err;
}

int parse_mount_id(const char *value, unsigned int *id)
{
	return kstrtouint(value, 0, id) || *id == NO_ID ? -EINVAL : 0;
}
