/* Disks and files that memory is swapped to. */
#ifndef LIBC_SYS_SWAP_H
#define LIBC_SYS_SWAP_H

/* Flags of swapon: Linux include/linux/swap.h (not in the UAPI). */
#define SWAP_FLAG_PREFER     0x8000
#define SWAP_FLAG_PRIO_MASK  0x7fff
#define SWAP_FLAG_PRIO_SHIFT 0
#define SWAP_FLAG_DISCARD    0x10000

int swapon(const char *path, int flags);
int swapoff(const char *path);

#endif
