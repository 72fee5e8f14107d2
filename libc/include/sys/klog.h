/* The kernel's message buffer. Linux include/linux/syslog.h lists the types. */
#ifndef LIBC_SYS_KLOG_H
#define LIBC_SYS_KLOG_H

int klogctl(int type, char *buf, int len);

#endif
