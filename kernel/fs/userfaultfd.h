/*
 * userfaultfd(2), and /dev/userfaultfd, through which whoever may open it gets the same file.
 */
#ifndef KERNEL_FS_USERFAULTFD_H
#define KERNEL_FS_USERFAULTFD_H

/* A file for a pager of current's memory. flags: UFFD_USER_MODE_ONLY, O_CLOEXEC, O_NONBLOCK. A
   descriptor; or -EPERM, -EINVAL, -ENOMEM, -EMFILE, -ENFILE. Sleeps. */
long do_userfaultfd(unsigned int flags);
/* Boot: make /dev/userfaultfd. Panics without memory. */
void userfaultfd_init(void);
/* May everybody have a pager for faults in the kernel? (vm.unprivileged_userfaultfd) */
extern int sysctl_unprivileged_userfaultfd;

#endif
