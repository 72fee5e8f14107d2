/*
 * /proc/kmsg: the kernel's log for a logging daemon, each line once. A reader waits for the next.
 */
#include "kernel/core/printk.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

#define LINE_OVERHEAD 48 /* of "<6>[    1.234567] ", generously */

static u64 read_seq;	   /* the next record */
static size_t read_offset; /* bytes of it that were read already */

struct kmsg_line {
	struct kmsg_record rec;
	char text[sizeof_field(struct kmsg_record, text) + LINE_OVERHEAD];
	size_t len;
};

/* The next record as a line; read_seq stays. False: there is none. */
static bool next_line(struct kmsg_line *line)
{
	u64 seq = read_seq;
	int n, err;

	while ((err = kmsg_read(&seq, &line->rec)) == -EPIPE) {
		read_seq = seq;
		read_offset = 0;
	}
	if (err)
		return false;
	n = snprintf(line->text, sizeof(line->text), "<%u>",
		     line->rec.facility << 3 | line->rec.level);
	n += kmsg_format_time(line->rec.ts_ns, line->text + n, sizeof(line->text) - n);
	memcpy(line->text + n, line->rec.text, line->rec.len);
	line->len = n + line->rec.len;
	line->text[line->len++] = '\n';
	return true;
}

static ssize_t read_lines(struct kmsg_line *line, char __user *buf, size_t len)
{
	size_t done = 0;

	while (done < len && next_line(line)) {
		size_t n = min(line->len - read_offset, len - done);

		if (copy_to_user(buf + done, line->text + read_offset, n))
			return done ? (ssize_t)done : -EFAULT;
		done += n;
		read_offset += n;
		if (read_offset == line->len) {
			read_seq = line->rec.seq + 1;
			read_offset = 0;
		}
	}
	return done;
}

static ssize_t kmsg_proc_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct kmsg_line *line;
	ssize_t ret;

	if (read_seq >= kmsg_next_seq() && file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	line = kmalloc(sizeof(*line), GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	ret = wait_event_interruptible(*kmsg_wait_queue(), read_seq < kmsg_next_seq());
	if (!ret)
		ret = read_lines(line, buf, len);
	kfree(line);
	return ret;
}

static unsigned int kmsg_proc_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, kmsg_wait_queue(), pt);
	return read_seq < kmsg_next_seq() ? POLLIN | POLLRDNORM : 0;
}

static int kmsg_proc_open(struct inode *inode, struct file *file)
{
	return check_syslog_permissions(false);
}

const struct file_operations proc_kmsg_operations = {
	.open = kmsg_proc_open,
	.write = proc_no_write,
	.read = kmsg_proc_read,
	.poll = kmsg_proc_poll,
	.llseek = generic_file_llseek,
};
