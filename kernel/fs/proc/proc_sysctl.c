/*
 * The files of /proc/sys: finding and listing what the tables of sysctl.c name, and the formats.
 * The rules for what a write may hold are Linux's to the letter, since scripts depend on them.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/fs/proc/sysctl.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/bits/format.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static const struct inode_operations proc_sys_inode_operations;
static const struct file_operations proc_sys_file_operations;

/* ---- lookup, readdir ---- */

/* All tables are constants of the kernel's image, so their place there serves as a number. */
static u64 sysctl_ino(const struct ctl_table *t)
{
	return PROC_SYSCTL_FIRST + ((unsigned long)t - KERNEL_LOAD) / sizeof(*t);
}

static struct dentry *proc_sys_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct ctl_table *parent = PROC_I(dir)->sysctl;
	const struct ctl_table *t = parent->child, *end = t + parent->nr_child;
	const struct qstr *name = &dentry->d_name;
	struct inode *inode;

	while (t < end && (strlen(t->name) != name->len || memcmp(t->name, name->name, name->len)))
		t++;
	if (t == end)
		return ERR_PTR(-ENOENT);
	inode = proc_new_inode(dir->i_sb, t->mode, sysctl_ino(t));
	if (!inode)
		return ERR_PTR(-ENOMEM);
	PROC_I(inode)->sysctl = t;
	if (t->child) {
		inode->i_op = &proc_sys_dir_inode_operations;
		inode->i_fop = &proc_sys_dir_operations;
	} else {
		inode->i_op = &proc_sys_inode_operations;
		inode->i_fop = &proc_sys_file_operations;
	}
	d_add(dentry, inode);
	return NULL;
}

static int proc_sys_readdir(struct file *file, struct dir_context *ctx)
{
	const struct ctl_table *dir = PROC_I(file->f_inode)->sysctl;

	if (!proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
		return 0;
	while (ctx->pos >= 2 && ctx->pos < 2 + (loff_t)dir->nr_child) {
		const struct ctl_table *t = &dir->child[ctx->pos - 2];

		if (!proc_emit(ctx, t->name, sysctl_ino(t), S_DT(t->mode)))
			return 0;
	}
	return 0;
}

/* The mode applies to privileged processes too: a read-only file cannot be opened for writing by
 * any process.
 */
static int proc_sys_permission(struct inode *inode, int mask)
{
	const struct ctl_table *t = PROC_I(inode)->sysctl;
	unsigned int mode = inode->i_mode;

	if (t->cap && (has_cap(t->cap) || capable()))
		return mask & MAY_EXEC ? -EACCES : 0;
	if (current->cred.euid == 0)
		mode >>= 6;
	else if (in_group_p(0))
		mode >>= 3;
	return mask & ~mode & (MAY_READ | MAY_WRITE | MAY_EXEC) ? -EACCES : 0;
}

static int proc_sys_setattr(struct dentry *dentry, struct iattr *attr)
{
	if (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return -EPERM;
	return proc_setattr(dentry, attr);
}

const struct inode_operations proc_sys_dir_inode_operations = {
	.lookup = proc_sys_lookup,
	.permission = proc_sys_permission,
	.setattr = proc_sys_setattr,
};
const struct file_operations proc_sys_dir_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_sys_readdir,
};
static const struct inode_operations proc_sys_inode_operations = {
	.permission = proc_sys_permission,
	.setattr = proc_sys_setattr,
};

/* ---- read, write ---- */

#define SMALL_VALUE 64

/* One read or write, by the program or (kernel is set) from inside. */
struct sysctl_call {
	char __user *user;
	char *kernel;
	size_t len;
	bool write;
};

/* buf has room for call->len bytes and a NUL. */
static ssize_t proc_sys_transfer(const struct ctl_table *t, const struct sysctl_call *call,
				 char *buf, loff_t *ppos)
{
	size_t len = call->len;
	int err;

	if (call->write && call->kernel)
		memcpy(buf, call->kernel, len);
	else if (call->write && copy_from_user(buf, call->user, len))
		return -EFAULT;
	buf[len] = '\0';
	err = t->handler(t, call->write, buf, &len, ppos);
	if (err)
		return err;
	if (!call->write && call->kernel)
		memcpy(call->kernel, buf, len);
	else if (!call->write && copy_to_user(call->user, buf, len))
		return -EFAULT;
	return len;
}

/* One call is one value: more than a page is never looked at. A short one needs no memory, so that
   the tests can end the failure of allocations. */
static ssize_t proc_sys_call_handler(struct file *file, struct sysctl_call call, loff_t *ppos)
{
	const struct ctl_table *t = PROC_I(file->f_inode)->sysctl;
	char small[SMALL_VALUE], *buf = small;
	ssize_t ret;

	if (proc_sys_permission(file->f_inode, call.write ? MAY_WRITE : MAY_READ))
		return -EPERM;
	call.len = min(call.len, (size_t)PAGE_SIZE - 1);
	if (call.len >= sizeof(small)) {
		buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
		if (!buf)
			return -ENOMEM;
	}
	ret = proc_sys_transfer(t, &call, buf, ppos);
	if (buf != small)
		kfree(buf);
	return ret;
}

static ssize_t proc_sys_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct sysctl_call call = {.user = buf, .len = len};

	return proc_sys_call_handler(file, call, ppos);
}

static ssize_t proc_sys_read_kernel(struct file *file, char *buf, size_t len, loff_t *ppos)
{
	struct sysctl_call call = {.kernel = buf, .len = len};

	return proc_sys_call_handler(file, call, ppos);
}

static ssize_t proc_sys_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct sysctl_call call = {.user = (char __user *)buf, .len = len, .write = true};

	return proc_sys_call_handler(file, call, ppos);
}

static ssize_t proc_sys_write_kernel(struct file *file, const char *buf, size_t len, loff_t *ppos)
{
	struct sysctl_call call = {.kernel = (char *)buf, .len = len, .write = true};

	return proc_sys_call_handler(file, call, ppos);
}

static const struct file_operations proc_sys_file_operations = {
	.read = proc_sys_read,
	.read_kernel = proc_sys_read_kernel,
	.write = proc_sys_write,
	.write_kernel = proc_sys_write_kernel,
	.llseek = default_llseek,
};

/* ---- numbers in and out ---- */

#define NUMBER_SIZE 22 /* a number of this length or more is not looked at */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

/* What is left of a buffer being read or filled. */
struct text {
	char *p;
	size_t left;
};

static void text_skip_blanks(struct text *t)
{
	for (; t->left && is_blank(*t->p); t->left--)
		t->p++;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Decimal, 0x… or 0…; *endp behind it. 0, or -EINVAL if it does not fit. */
static int parse_ulong(const char *p, const char **endp, unsigned long *value)
{
	int base = 10;
	u64 n = 0;

	if (*p == '0') {
		base = 8;
		if ((p[1] | ('a' ^ 'A')) == 'x' && digit_value(p[2]) < 16) {
			base = 16;
			p += 2;
		}
	}
	for (; digit_value(*p) < base; p++) {
		n = n * base + digit_value(*p);
		if (n > ~0UL)
			return -EINVAL;
	}
	*endp = p;
	*value = n;
	return 0;
}

/* The number at the beginning of the text, which a blank or the end must follow. 0 or -EINVAL. */
static int text_get_number(struct text *t, unsigned long *value, bool *negative)
{
	char copy[NUMBER_SIZE];
	size_t len = min(t->left, sizeof(copy) - 1);
	const char *p = copy;

	memcpy(copy, t->p, len);
	copy[len] = '\0';
	*negative = *p == '-' && t->left > 1;
	if (*negative)
		p++;
	if (*p < '0' || *p > '9' || parse_ulong(p, &p, value))
		return -EINVAL;
	len = p - copy;
	if (len == NUMBER_SIZE - 1 || (len < t->left && *p != ' ' && *p != '\t' && *p != '\n'))
		return -EINVAL;
	t->p += len;
	t->left -= len;
	return 0;
}

static void text_put(struct text *t, const char *s)
{
	for (; *s && t->left; t->left--)
		*t->p++ = *s++;
}

/* How one number of a vector is stored and printed. */
struct number_format {
	/* 0, or -EINVAL and nothing stored. */
	int (*store)(const struct ctl_table *t, unsigned int i, unsigned long value, bool negative);
	void (*print)(const struct ctl_table *t, unsigned int i, char *buf, size_t size);
};

static int write_vector(const struct ctl_table *t, struct text *text,
			const struct number_format *format)
{
	unsigned long value;
	bool negative;
	unsigned int i;
	int err = 0;

	for (i = 0; text->left && i < t->count; i++) {
		text_skip_blanks(text);
		if (!text->left)
			break;
		err = text_get_number(text, &value, &negative);
		if (!err)
			err = format->store(t, i, value, negative);
		if (err)
			break;
	}
	if (!err)
		text_skip_blanks(text);
	return err || i ? err : -EINVAL;
}

static void read_vector(const struct ctl_table *t, struct text *text,
			const struct number_format *format)
{
	char number[NUMBER_SIZE];

	for (unsigned int i = 0; i < t->count; i++) {
		format->print(t, i, number, sizeof(number));
		if (i)
			text_put(text, "\t");
		text_put(text, number);
	}
	text_put(text, "\n");
}

static int do_vector(const struct ctl_table *t, bool write, char *buf, size_t *lenp, loff_t *ppos,
		     const struct number_format *format)
{
	struct text text = {buf, *lenp};
	int err = 0;

	/* The second read finds the end; of a write only the first piece counts. */
	if (!*lenp || (*ppos && !write)) {
		*lenp = 0;
		return 0;
	}
	if (write && *ppos) {
		*ppos += *lenp;
		return 0;
	}
	if (write)
		err = write_vector(t, &text, format);
	else
		read_vector(t, &text, format);
	*lenp -= text.left;
	*ppos += *lenp;
	return err;
}

#define INT_MAX_VALUE 0x7fffffffUL

static int store_int(const struct ctl_table *t, unsigned int i, unsigned long value, bool negative)
{
	if (value > INT_MAX_VALUE + negative)
		return -EINVAL;
	((int *)t->data)[i] = negative ? -value : value;
	return 0;
}

static int store_int_minmax(const struct ctl_table *t, unsigned int i, unsigned long value,
			    bool negative)
{
	long v = negative ? -value : value;

	if (value > INT_MAX_VALUE + negative || v < t->min || v > t->max)
		return -EINVAL;
	((int *)t->data)[i] = v;
	return 0;
}

static void print_int(const struct ctl_table *t, unsigned int i, char *buf, size_t size)
{
	snprintf(buf, size, "%d", ((int *)t->data)[i]);
}

static int store_ulong(const struct ctl_table *t, unsigned int i, unsigned long value,
		       bool negative)
{
	if (negative)
		return -EINVAL;
	((unsigned long *)t->data)[i] = value;
	return 0;
}

static int store_ulong_minmax(const struct ctl_table *t, unsigned int i, unsigned long value,
			      bool negative)
{
	if (value < (unsigned long)t->min || value > (unsigned long)t->max)
		return -EINVAL;
	return store_ulong(t, i, value, negative);
}

static void print_ulong(const struct ctl_table *t, unsigned int i, char *buf, size_t size)
{
	snprintf(buf, size, "%lu", ((unsigned long *)t->data)[i]);
}

int proc_dointvec(const struct ctl_table *t, bool write, char *buf, size_t *lenp, loff_t *ppos)
{
	static const struct number_format format = {store_int, print_int};

	return do_vector(t, write, buf, lenp, ppos, &format);
}

int proc_dointvec_minmax(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			 loff_t *ppos)
{
	static const struct number_format format = {store_int_minmax, print_int};

	return do_vector(t, write, buf, lenp, ppos, &format);
}

int proc_doulongvec(const struct ctl_table *t, bool write, char *buf, size_t *lenp, loff_t *ppos)
{
	static const struct number_format format = {store_ulong, print_ulong};

	return do_vector(t, write, buf, lenp, ppos, &format);
}

int proc_doulongvec_minmax(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			   loff_t *ppos)
{
	static const struct number_format format = {store_ulong_minmax, print_ulong};

	return do_vector(t, write, buf, lenp, ppos, &format);
}

/* ---- strings ---- */

/* A write puts a line at its position, at most at the end of what is there; the rest is cut off. */
static void write_string(char *data, size_t size, const char *buf, size_t len, loff_t *ppos)
{
	size_t at = strlen(data);

	if (*ppos > (loff_t)at)
		return;
	at = *ppos;
	*ppos += len;
	for (; len-- && at < size - 1 && *buf && *buf != '\n'; buf++)
		data[at++] = *buf;
	data[at] = '\0';
}

int proc_dostring(const struct ctl_table *t, bool write, char *buf, size_t *lenp, loff_t *ppos)
{
	const char *data = t->data;
	struct text text = {buf, *lenp};
	size_t len = strlen(data);

	if (!*lenp)
		return 0;
	if (write) {
		write_string(t->data, t->count, buf, *lenp, ppos);
		return 0;
	}
	if (*ppos <= (loff_t)len) {
		text_put(&text, data + *ppos);
		text_put(&text, "\n");
	}
	*lenp -= text.left;
	*ppos += *lenp;
	return 0;
}
