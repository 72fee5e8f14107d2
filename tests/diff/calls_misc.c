/*
 * The rest: other processes' memory, barriers, the NUMA calls, limits and personality.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "diff.h"

void do_process_vm(void)
{
	static uint8_t data[3 * PAGE];
	struct iovec local[2] = {{data, 1 + rnd(5000)}, {data + 2 * PAGE, rnd(100)}}, remote[2];
	bool write = chance(50);
	long pid = chance(93) ? sys(SYS_getpid) : chance(50) ? 0 : 0x7FFFFF;
	unsigned long flags = chance(97) ? 0 : rnd32(),
		      locals = chance(95) ? 1 + rnd(2) : rnd(1100);
	unsigned long remotes = chance(95) ? 1 + rnd(2) : rnd(3);
	long ret;

	for (int i = 0; i < 2; i++) {
		unsigned long addr, len;

		any_range(&addr, &len);
		addr += chance(50) ? rnd(PAGE) : 0;
		if (chance(90))
			len = rnd(6000);
		keep_off(&addr, &len);
		if (in_vdso(addr, len < TASK_END ? len : PAGE))
			addr = ARENA;
		remote[i] = (struct iovec){(void *)addr, len};
		if (write)
			model_unknown(addr, len);
	}
	memset(data, write ? rnd(256) : 0, sizeof(data));
	if (!write && chance(20)) { /* into memory that may have holes */
		unsigned long addr = odd_addr(), len = local[0].iov_len;

		keep_off(&addr, &len);
		if (in_vdso(addr, len))
			addr = ARENA;
		model_unknown(addr, len);
		local[0] = (struct iovec){(void *)addr, len};
		out("to %08lx: ", addr);
	}
	if (locals > 2 && locals <= 1024)
		locals = 2;
	out("process_vm_%s pid %s locals %lu (%lx %lx) remotes %lu (%08lx+%lx %08lx+%lx) flags %lx",
	    write ? "writev" : "readv",
	    pid == 0x7FFFFF ? "none"
	    : pid	    ? "self"
			    : "0",
	    locals, (long)local[0].iov_len, (long)local[1].iov_len, remotes,
	    (long)remote[0].iov_base, (long)remote[0].iov_len, (long)remote[1].iov_base,
	    (long)remote[1].iov_len, flags);
	ret = result(sys(write ? SYS_process_vm_writev : SYS_process_vm_readv, pid, local, locals,
			 remote, remotes, flags));
	if (!write && ret > 0 && local[0].iov_base == data)
		out("  %d %d\n", data[0], data[ret - 1 < (long)local[0].iov_len ? ret - 1 : 0]);
}

void do_membarrier(void)
{
	int command = chance(50) ? MEMBARRIER_CMD_QUERY : chance(80) ? 1 << rnd(10) : (int)rnd32();
	unsigned flags = chance(90) ? 0 : rnd(4);

	out("membarrier %x flags %x", command, flags);
	result(sys(SYS_membarrier, command, flags, 0));
}

void do_numa(void)
{
	static unsigned long mask[2], pages[2];
	static int status[2], nodes[2], mode;
	unsigned long addr, len, maxnode = chance(80) ? 8 : rnd(80);
	unsigned flags = chance(70) ? 0 : rnd(8);
	int policy = chance(80) ? (int)rnd(6) : (int)rnd32();

	any_range(&addr, &len);
	keep_off(&addr, &len);
	mask[0] = chance(70) ? rnd(2) : rnd(8);
	mask[1] = 0;
	switch (rnd(5)) {
	case 0:
		out("mbind %08lx %lx mode %d mask %lx max %lu flags %x", addr, len, policy, mask[0],
		    maxnode, flags);
		result(sys(SYS_mbind, addr, len, policy, mask, maxnode, flags));
		break;
	case 1:
		mode = 77;
		mask[0] = 77;
		out("get_mempolicy max %lu addr %08lx flags %x", maxnode, addr, flags);
		result(sys(SYS_get_mempolicy, &mode, mask, maxnode, addr, flags));
		out("  %d %lx\n", mode, mask[0]);
		break;
	case 2:
		out("set_mempolicy mode %d mask %lx max %lu", policy, mask[0], maxnode);
		result(sys(SYS_set_mempolicy, policy, mask, maxnode));
		break;
	case 3:
		out("migrate_pages max %lu mask %lx", maxnode, mask[0]);
		result(sys(SYS_migrate_pages, 0, maxnode, mask, mask));
		break;
	case 4:
		pages[0] = addr & -PAGE;
		pages[1] = odd_addr();
		nodes[0] = nodes[1] = rnd(2);
		status[0] = status[1] = 77;
		out("move_pages %08lx %08lx to %d flags %x", pages[0], pages[1], nodes[0], flags);
		result(sys(SYS_move_pages, 0, 2, pages, chance(50) ? nodes : NULL, status, flags));
		out("  %d %d\n", status[0], status[1]);
	}
}

void do_limits(void)
{
	static const int resources[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_MEMLOCK,
					RLIMIT_MEMLOCK};
	static const char *const names[] = {"AS", "DATA", "STACK", "MEMLOCK", "MEMLOCK"};
	static unsigned long limit[2];
	uint32_t which = rnd(5);
	unsigned long soft = 0;

	switch (resources[which]) {
	case RLIMIT_AS:
		soft = 0x700000 + rnd(0x4000000);
		break;
	case RLIMIT_DATA:
		soft = chance(90) ? 0x100000 + rnd(0x400000) : 0;
		break;
	case RLIMIT_STACK:
		soft = 0x20000 + rnd(0x400000);
		break;
	default:
		soft = rnd(40) * PAGE;
	}
	sys(SYS_ugetrlimit, resources[which], limit);
	/* a limit is lifted again soon, so that not everything fails from here on */
	limit[0] = chance(55) ? limit[1] : soft;
	if (limit[0] > limit[1])
		limit[0] = limit[1];
	out("setrlimit %s %lx", names[which], limit[0]);
	result(sys(SYS_setrlimit, resources[which], limit));
}

static const struct {
	const char *path, *usual;
} sysctls[] = {
	{"/proc/sys/vm/max_map_count", "65530"},
	{"/proc/sys/vm/mmap_min_addr", "65536"},
	{"/proc/sys/vm/overcommit_memory", "0"},
};

static long write_sysctl(const char *path, const char *value)
{
	long fd = sys(SYS_open, path, O_WRONLY), ret;

	if (failed(fd))
		return fd;
	ret = sys(SYS_write, fd, value, strlen(value));
	sys(SYS_close, fd);
	return ret;
}

void sysctls_restore(void)
{
	for (size_t i = 0; i < sizeof(sysctls) / sizeof(sysctls[0]); i++)
		write_sysctl(sysctls[i].path, sysctls[i].usual);
}

void do_sysctl(void)
{
	static const char *const min_addrs[] = {"0", "4096", "65536", "131072"};
	static const char *const overcommit[] = {"0", "1", "2"};
	static char number[16];
	int which = chance(70) ? 0 : 1 + (int)rnd(2);
	const char *value = sysctls[which].usual;

	if (chance(60)) {
		snprintf(number, sizeof(number), "%u", 15 + rnd(60));
		value = which == 0 ? number : which == 1 ? PICK(min_addrs) : PICK(overcommit);
	}
	if (which == 2) /* so that mode 2 allows no charge, whatever other processes hold */
		write_sysctl("/proc/sys/vm/overcommit_kbytes", "1");
	out("write %s to %s", value, sysctls[which].path + 10);
	result(write_sysctl(sysctls[which].path, value));
}

unsigned long persona = ADDR_NO_RANDOMIZE;

void do_personality(void)
{
	static const unsigned long bits[] = {READ_IMPLIES_EXEC,	 READ_IMPLIES_EXEC,
					     ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO,
					     ADDR_LIMIT_3GB,	 STICKY_TIMEOUTS};
	unsigned long wanted = chance(60) ? persona : persona | PICK(bits);

	/* the old one is not shown: what init runs with is init's affair */
	out("personality %lx", wanted);
	result(sys(SYS_personality, wanted) &
	       (READ_IMPLIES_EXEC | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO));
}
