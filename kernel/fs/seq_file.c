/*
 * seq_file: files whose text is generated when it is read. seq_traverse() finds the record that
 * contains an offset. seq_read() prints as many whole records into a buffer as the reader asks for,
 * and copies them out. The buffer doubles when a record does not fit.
 */
#include "kernel/fs/seq_file.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>
#include <linux/fs.h>

#define SEQ_FIRST_SIZE PAGE_SIZE
#define SEQ_MAX_SIZE   (4 * 1024 * 1024) /* what one record may take */

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	file->private_data = m;
	/* pwrite makes no sense on such a file, pread does. */
	file->f_mode |= FMODE_PREAD | FMODE_LSEEK;
	return 0;
}

/* The iterator of a file that is one record. */
static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
}

int seq_open_show(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct seq_operations *op = kmalloc(sizeof(*op), GFP_KERNEL);
	int err;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){single_start, single_stop, single_next, show};
	err = seq_open(file, op);
	if (err)
		kfree(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return err;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	if (!m)
		return 0;
	if (m->op->start == single_start)
		kfree((void *)m->op);
	kvfree(m->buf);
	kfree(m);
	file->private_data = NULL;
	return 0;
}

unsigned long seq_held_pages(const struct file *file)
{
	const struct seq_file *m = file->private_data;

	return m ? m->size >> PAGE_SHIFT : 0;
}

/* Replace the buffer, whose text is void, by one of `size` bytes. */
static int seq_resize(struct seq_file *m, size_t size)
{
	kvfree(m->buf);
	m->count = m->from = 0;
	m->size = 0;
	m->buf = NULL;
	if (size > SEQ_MAX_SIZE)
		return -ENOMEM;
	m->buf = kvmalloc(size);
	if (!m->buf)
		return -ENOMEM;
	m->size = size;
	return 0;
}

/* Bring the iterator to the record that holds `offset`, and its rest into the buffer. 0 or -errno.
 */
static int seq_traverse_once(struct seq_file *m, loff_t offset)
{
	loff_t pos = 0;
	int err = 0;
	void *p;

	m->index = 0;
	m->count = m->from = 0;
	if (!offset)
		return 0;
	p = m->op->start(m, &m->index);
	while (p) {
		err = IS_ERR(p) ? PTR_ERR(p) : m->op->show(m, p);
		if (err < 0)
			break;
		if (err > 0)
			m->count = 0;
		err = 0;
		if (seq_has_overflowed(m)) {
			m->op->stop(m, p);
			return -EAGAIN;
		}
		cond_resched();
		p = m->op->next(m, p, &m->index);
		if (pos + (loff_t)m->count > offset) {
			m->from = offset - pos;
			m->count -= m->from;
			break;
		}
		pos += m->count;
		m->count = 0;
		if (pos == offset)
			break;
	}
	m->op->stop(m, p);
	return err;
}

static int seq_traverse(struct seq_file *m, loff_t offset)
{
	int err;

	if (!m->buf) {
		err = seq_resize(m, SEQ_FIRST_SIZE);
		if (err)
			return err;
	}
	while ((err = seq_traverse_once(m, offset)) == -EAGAIN) {
		err = seq_resize(m, m->size * 2);
		if (err)
			return err;
	}
	if (err) {
		m->index = 0;
		m->count = m->from = 0;
		m->read_pos = 0;
	} else {
		m->read_pos = offset;
	}
	return err;
}

/* Print the next record that has a text, growing the buffer until it fits. On success p is that
   record and the iterator is left started. NULL: at the end (stopped); ERR_PTR (stopped). */
static void *seq_fill_first(struct seq_file *m)
{
	void *p = m->op->start(m, &m->index);
	int err;

	m->from = 0;
	for (;;) {
		if (!p || IS_ERR(p))
			break;
		err = m->op->show(m, p);
		if (err < 0) {
			m->count = 0;
			m->op->stop(m, p);
			return ERR_PTR(err);
		}
		if (err > 0)
			m->count = 0;
		if (!m->count) {
			cond_resched();
			p = m->op->next(m, p, &m->index);
			continue;
		}
		if (!seq_has_overflowed(m))
			return p;
		m->op->stop(m, p);
		err = seq_resize(m, m->size * 2);
		if (err)
			return ERR_PTR(err);
		p = m->op->start(m, &m->index);
	}
	m->op->stop(m, p);
	m->count = 0;
	return p;
}

/* Add further whole records behind the first while the reader takes them; stops the iterator. */
static void seq_fill_more(struct seq_file *m, void *p, size_t wanted)
{
	for (;;) {
		size_t before = m->count;
		loff_t index = m->index;
		int err;

		cond_resched();
		p = m->op->next(m, p, &m->index);
		if (m->index == index)
			m->index++; /* a producer that forgot to advance must not loop */
		if (!p || IS_ERR(p) || m->count >= wanted)
			break;
		err = m->op->show(m, p);
		if (seq_has_overflowed(m) || err) {
			m->count = before;
			if (err <= 0)
				break;
		}
	}
	m->op->stop(m, p);
}

/* Make sure that the buffer holds text for `pos`; *filled tells whether new records had to be
   printed. Returns the bytes there, 0 at the end, -errno. */
static ssize_t seq_prepare(struct seq_file *m, loff_t pos, size_t wanted, bool *filled)
{
	int err = 0;
	void *p;

	if (pos != m->read_pos)
		err = seq_traverse(m, pos);
	else if (!m->buf)
		err = seq_resize(m, SEQ_FIRST_SIZE);
	if (err)
		return err;
	*filled = !m->count;
	if (m->count)
		return m->count;
	p = seq_fill_first(m);
	if (!p || IS_ERR(p))
		return PTR_ERR(p);
	seq_fill_more(m, p, wanted);
	return m->count;
}

/* Hand out up to len buffered bytes, to kernel memory or else to the user. Bytes, or -EFAULT. */
static ssize_t seq_take(struct seq_file *m, char *kbuf, char __user *ubuf, size_t len)
{
	size_t n = m->count < len ? m->count : len;

	if (kbuf)
		memcpy(kbuf, m->buf + m->from, n);
	else
		n -= copy_to_user(ubuf, m->buf + m->from, n);
	if (!n && len)
		return -EFAULT;
	m->count -= n;
	m->from += n;
	m->read_pos += n;
	return n;
}

static ssize_t seq_read_common(struct seq_file *m, char *kbuf, char __user *ubuf, size_t len,
			       loff_t *ppos)
{
	size_t done = 0;
	ssize_t n = 0;

	if (!len)
		return 0;
	mutex_lock(&m->lock);
	/* As Linux: the rest of an earlier filling first, then at most one filling more. */
	for (;;) {
		bool filled = false;

		n = seq_prepare(m, *ppos, len - done, &filled);
		if (n <= 0)
			break;
		n = seq_take(m, kbuf ? kbuf + done : NULL, ubuf + done, len - done);
		if (n < 0)
			break;
		*ppos += n;
		done += n;
		if (filled || done == len || m->count)
			break;
	}
	mutex_unlock(&m->lock);
	return done ? (ssize_t)done : n;
}

ssize_t seq_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return seq_read_common(file->private_data, NULL, buf, len, ppos);
}

ssize_t seq_read_kernel(struct file *file, char *buf, size_t len, loff_t *ppos)
{
	return seq_read_common(file->private_data, buf, NULL, len, ppos);
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	loff_t err = -EINVAL;

	mutex_lock(&m->lock);
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	if ((whence == SEEK_SET || whence == SEEK_CUR) && offset >= 0) {
		err = offset;
		if (offset != m->read_pos) {
			int ret;

			ret = seq_traverse(m, offset);
			if (ret)
				err = ret;
		}
		file->f_pos = err < 0 ? 0 : err;
	}
	mutex_unlock(&m->lock);
	return err;
}

/* ---- printing ---- */

static void seq_set_overflow(struct seq_file *m)
{
	m->count = m->size;
}

static void seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (len >= m->size - m->count) {
		seq_set_overflow(m);
		return;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	size_t room = m->size - m->count;
	va_list args;
	int n;

	if (!room)
		return;
	va_start(args, fmt);
	n = vsnprintf(m->buf + m->count, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		seq_set_overflow(m);
	else
		m->count += n;
}

void seq_setwidth(struct seq_file *m, size_t width)
{
	m->pad_until = m->count + width;
}

void seq_pad(struct seq_file *m, char c)
{
	while (m->count < m->pad_until && !seq_has_overflowed(m))
		seq_putc(m, ' ');
	if (c)
		seq_putc(m, c);
}

void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	for (; *s; s++) {
		unsigned char c = *s;

		if (strchr(esc, c)) {
			seq_putc(m, '\\');
			seq_putc(m, '0' + (c >> 6));
			seq_putc(m, '0' + (c >> 3 & 7));
			seq_putc(m, '0' + (c & 7));
		} else {
			seq_putc(m, c);
		}
	}
}

int seq_path(struct seq_file *m, const struct path *path, const char *esc)
{
	char *page = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL);
	char *name;

	if (!page) {
		seq_set_overflow(m);
		return -ENOMEM;
	}
	name = d_path(path, page, PATH_MAX_KERNEL);
	if (!IS_ERR(name))
		seq_escape(m, name, esc);
	kfree(page);
	return PTR_ERR_OR_ZERO(name);
}
