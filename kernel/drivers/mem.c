/*
 * The devices behind which there is no hardware (for /dev/mem see devmem.c): null swallows, zero
 * gives zeros, full is always full, random and urandom give random bytes, kmsg is the kernel's log.
 */
#include "kernel/drivers/mem.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/random.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/poll.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/mm.h"
#include "mm/phys/slab.h"
#include <asm/ioctls.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/random.h>

/* Minor numbers of MEM_MAJOR (Linux: Documentation/admin-guide/devices.txt). */
#define MEM_MINOR     1
#define NULL_MINOR    3
#define ZERO_MINOR    5
#define FULL_MINOR    7
#define RANDOM_MINOR  8
#define URANDOM_MINOR 9
#define KMSG_MINOR    11

#define RANDOM_CHUNK	   256U	 /* bytes made at a time */
#define ENTROPY_BITS	   256	 /* what RNDGETENTCNT says once the generator is keyed */
#define KMSG_LINE_MAX	   1000U /* of text in a record */
#define KMSG_FACILITY_USER 1

/* ---- null, zero, full ---- */

/* Any position is as good as another. */
static loff_t null_lseek(struct file *f, loff_t offset, int whence)
{
	return f->f_pos = 0;
}

static ssize_t read_null(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	return 0;
}

static ssize_t write_null(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	*ppos += len;
	return len;
}

static ssize_t write_null_kernel(struct file *f, const char *buf, size_t len, loff_t *ppos)
{
	*ppos += len;
	return len;
}

static ssize_t read_zero(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, (size_t)PAGE_SIZE);
		unsigned long left = clear_user(buf + done, n);

		done += n - left;
		if (left)
			return done ? (ssize_t)done : -EFAULT;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t write_full(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	return -ENOSPC;
}

static const struct file_operations null_fops = {
	.llseek = null_lseek,
	.read = read_null,
	.write = write_null,
	.write_kernel = write_null_kernel,
};

static const struct file_operations zero_fops = {
	.llseek = null_lseek,
	.read = read_zero,
	.write = write_null,
	.mmap = mmap_zero,
};

static const struct file_operations full_fops = {
	.llseek = null_lseek,
	.read = read_zero,
	.write = write_full,
};

/* ---- random, urandom ---- */

static ssize_t read_random(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	unsigned char chunk[RANDOM_CHUNK];
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, sizeof(chunk));
		unsigned long left;

		get_random_bytes(chunk, n);
		left = copy_to_user(buf + done, chunk, n);
		done += n - left;
		if (left) {
			explicit_bzero(chunk, sizeof(chunk));
			return done ? (ssize_t)done : -EFAULT;
		}
		if (signal_pending(current))
			break;
		cond_resched();
	}
	explicit_bzero(chunk, sizeof(chunk));
	return done;
}

static ssize_t write_random(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	unsigned char chunk[RANDOM_CHUNK];
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, sizeof(chunk));

		if (copy_from_user(chunk, buf + done, n))
			return done ? (ssize_t)done : -EFAULT;
		add_randomness(chunk, n);
		done += n;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t read_random_kernel(struct file *f, char *buf, size_t len, loff_t *ppos)
{
	get_random_bytes(buf, len);
	return len;
}

static ssize_t write_random_kernel(struct file *f, const char *buf, size_t len, loff_t *ppos)
{
	add_randomness(buf, len);
	return len;
}

static long random_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	if (cmd == RNDGETENTCNT)
		return put_user(ENTROPY_BITS, (int __user *)arg);
	return -EINVAL;
}

static const struct file_operations random_fops = {
	.llseek = noop_llseek,
	.read = read_random,
	.read_kernel = read_random_kernel,
	.write = write_random,
	.write_kernel = write_random_kernel,
	.ioctl = random_ioctl,
};

/* ---- kmsg: one record for each read, one line for each write ---- */

struct kmsg_user {
	u64 seq; /* of the record to be read next */
	struct kmsg_record rec;
	char text[KMSG_LINE_MAX * 4 + 64]; /* prefix, and the text with \xNN */
};

static int kmsg_open(struct inode *inode, struct file *f)
{
	struct kmsg_user *user;
	int err;

	if (!(f->f_mode & FMODE_READ))
		return 0;
	err = check_syslog_permissions(true);
	if (err)
		return err;
	user = kmalloc(sizeof(*user), GFP_KERNEL);
	if (!user)
		return -ENOMEM;
	user->seq = kmsg_first_seq();
	f->private_data = user;
	return 0;
}

static int kmsg_release(struct inode *inode, struct file *f)
{
	kfree(f->private_data);
	return 0;
}

/* "level,seq,microseconds,-;text\n" with control characters as \xNN. */
static size_t format_record(struct kmsg_user *user)
{
	const struct kmsg_record *rec = &user->rec;
	size_t n, i;

	n = snprintf(user->text, sizeof(user->text), "%u,%llu,%llu,-;",
		     rec->facility << 3 | rec->level, (unsigned long long)rec->seq,
		     (unsigned long long)div_u64(rec->ts_ns, NSEC_PER_USEC));
	for (i = 0; i < rec->len; i++) {
		unsigned char c = rec->text[i];

		if (c < ' ' || c >= 0x7f || c == '\\')
			n += snprintf(user->text + n, sizeof(user->text) - n, "\\x%02x", c);
		else
			user->text[n++] = c;
	}
	user->text[n++] = '\n';
	return n;
}

static ssize_t kmsg_file_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct kmsg_user *user = f->private_data;
	size_t n;
	int err;

	if (!user)
		return -EBADF;
	while ((err = kmsg_read(&user->seq, &user->rec)) == -EAGAIN) {
		if (f->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(*kmsg_wait_queue(), kmsg_next_seq() > user->seq);
		if (err)
			return err;
	}
	if (err)
		return err;
	n = format_record(user);
	if (n > len)
		return -EINVAL;
	return copy_to_user(buf, user->text, n) ? -EFAULT : (ssize_t)n;
}

/* "<N>text": N is facility << 3 | level; a program cannot speak for the kernel. */
static ssize_t kmsg_file_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	unsigned int priority = KMSG_FACILITY_USER << 3 | default_message_loglevel;
	char *line, *text, *end;

	if (len > KMSG_LINE_MAX)
		return -EINVAL;
	line = kmalloc(len + 1, GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	if (copy_from_user(line, buf, len)) {
		kfree(line);
		return -EFAULT;
	}
	line[len] = '\0';
	text = line;
	if (text[0] == '<') {
		unsigned long n = simple_strtoul(text + 1, &end, 10);

		if (*end == '>' && end != text + 1) {
			priority = n >> 3 ? n : KMSG_FACILITY_USER << 3 | n;
			text = end + 1;
		}
	}
	printk_emit(priority, text, strlen(text));
	kfree(line);
	return len;
}

static loff_t kmsg_llseek(struct file *f, loff_t offset, int whence)
{
	struct kmsg_user *user = f->private_data;

	if (!user)
		return -EBADF;
	if (offset)
		return -ESPIPE;
	switch (whence) {
	case SEEK_SET:
		user->seq = kmsg_first_seq();
		return 0;
	case SEEK_END:
		user->seq = kmsg_next_seq();
		return 0;
	default:
		return -EINVAL;
	}
}

static unsigned int kmsg_poll(struct file *f, struct poll_table *pt)
{
	struct kmsg_user *user = f->private_data;

	if (!user)
		return POLLERR | POLLNVAL;
	poll_wait(f, kmsg_wait_queue(), pt);
	return kmsg_next_seq() > user->seq ? POLLIN | POLLRDNORM : 0;
}

static unsigned long kmsg_held_pages(const struct file *f)
{
	return f->private_data ? PFN_UP(sizeof(struct kmsg_user)) : 0;
}

static const struct file_operations kmsg_fops = {
	.llseek = kmsg_llseek,
	.read = kmsg_file_read,
	.write = kmsg_file_write,
	.poll = kmsg_poll,
	.open = kmsg_open,
	.release = kmsg_release,
	.held_pages = kmsg_held_pages,
};

void mem_devices_init(void)
{
	static const struct {
		unsigned int minor;
		const char *name;
		const struct file_operations *fops;
	} devices[] = {
		{MEM_MINOR, "mem", &mem_fops},		{NULL_MINOR, "null", &null_fops},
		{ZERO_MINOR, "zero", &zero_fops},	{FULL_MINOR, "full", &full_fops},
		{RANDOM_MINOR, "random", &random_fops}, {URANDOM_MINOR, "urandom", &random_fops},
		{KMSG_MINOR, "kmsg", &kmsg_fops},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (register_chrdev(MEM_MAJOR, devices[i].minor, devices[i].name, devices[i].fops))
			panic("/dev/%s cannot be made", devices[i].name);
	}
}
