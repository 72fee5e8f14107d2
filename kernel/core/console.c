/*
 * Consoles: the devices that show the log. Which ones do is said by console= on the command line;
 * the last one named is also /dev/console.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/printk_internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define MAX_CMDLINE_CONSOLES 4
#define CONSOLE_NAME_MAX     16
#define TIME_MAX	     32

static LIST_HEAD(consoles);

static char wanted[MAX_CMDLINE_CONSOLES][CONSOLE_NAME_MAX]; /* "ttyS0", in the line's order */
static int nr_wanted;
static bool ignore_loglevel;

static void console_name(const struct console *con, char *buf)
{
	snprintf(buf, CONSOLE_NAME_MAX, "%s%d", con->name, con->index);
}

/* Its place in the command line's list, or -1. */
static int wanted_index(const struct console *con)
{
	char name[CONSOLE_NAME_MAX];
	int i;

	console_name(con, name);
	for (i = nr_wanted - 1; i >= 0; i--) {
		if (!strcmp(wanted[i], name))
			return i;
	}
	return -1;
}

static void write_line(struct console *con, u64 ts_ns, const char *text, unsigned int len)
{
	char prefix[TIME_MAX];

	con->write(con, prefix, kmsg_format_time(ts_ns, prefix, sizeof(prefix)));
	con->write(con, text, len);
	con->write(con, "\n", 1);
}

static bool console_wants(const struct console *con, u8 level)
{
	return (con->flags & CON_ANYTIME) || ignore_loglevel || level < console_loglevel;
}

void console_emit(u8 level, u64 ts_ns, const char *text, unsigned int len)
{
	struct console *con;

	list_for_each_entry (con, &consoles, list) {
		if (console_wants(con, level))
			write_line(con, ts_ns, text, len);
	}
}

void console_unblank(void)
{
	struct console *con;

	list_for_each_entry (con, &consoles, list) {
		if (con->unblank)
			con->unblank();
	}
}

static void replay(struct console *con)
{
	static struct kmsg_record rec;
	u64 seq = 0;
	int err;

	while ((err = kmsg_read(&seq, &rec)) != -EAGAIN) {
		if (!err && console_wants(con, rec.level))
			write_line(con, rec.ts_ns, rec.text, rec.len);
	}
}

void register_console(struct console *con)
{
	char name[CONSOLE_NAME_MAX];
	unsigned long flags;

	if (nr_wanted && !(con->flags & CON_ANYTIME) && wanted_index(con) < 0)
		return;
	console_name(con, name);
	local_irq_save(flags);
	if (con->flags & CON_PRINTBUFFER)
		replay(con);
	list_add_tail(&con->list, &consoles);
	local_irq_restore(flags);
	if (!(con->flags & CON_ANYTIME))
		pr_info("printk: console [%s] enabled\n", name);
}

struct console *preferred_console(void)
{
	struct console *con, *best = NULL;

	list_for_each_entry (con, &consoles, list) {
		if (con->flags & CON_ANYTIME)
			continue;
		if (!best || wanted_index(con) > wanted_index(best))
			best = con;
	}
	return best;
}

/* console=ttyS0,115200: the name is what stands before the comma. */
static void add_wanted(const char *value)
{
	size_t len = strcspn(value, ",");

	if (nr_wanted == MAX_CMDLINE_CONSOLES || !len || len >= CONSOLE_NAME_MAX)
		return;
	memcpy(wanted[nr_wanted], value, len);
	wanted[nr_wanted++][len] = '\0';
}

void printk_setup(void)
{
	static const char option[] = "console=";
	char word[64];
	int i, len;

	for (i = 0; (len = cmdline_word(i, word, sizeof(word))) >= 0; i++) {
		if (!strncmp(word, option, sizeof(option) - 1))
			add_wanted(word + sizeof(option) - 1);
		else if (!strcmp(word, "quiet"))
			console_loglevel = LOGLEVEL_QUIET;
		else if (!strcmp(word, "debug"))
			console_loglevel = LOGLEVEL_DEBUG;
	}
	console_loglevel = cmdline_get_ulong("loglevel", console_loglevel);
	ignore_loglevel = cmdline_has("ignore_loglevel");
}
