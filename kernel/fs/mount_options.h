/*
 * The options of a mount, as mount(2) gets them: "name=value,name,...".
 */
#ifndef KERNEL_FS_MOUNT_OPTIONS_H
#define KERNEL_FS_MOUNT_OPTIONS_H

/* Takes one option; value is NULL if it has none. 0 or -errno. */
typedef int (*mount_option_fn)(void *arg, const char *name, const char *value);
/* Call fn for each option of data (NULL: there are none), until it fails. 0, what fn returned, or
   -ENOMEM. May sleep. */
int parse_mount_options(const char *data, mount_option_fn fn, void *arg);
/* The number of a user or group. 0 or -EINVAL. */
int parse_mount_id(const char *value, unsigned int *id);

#endif
