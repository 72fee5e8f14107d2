/*
 * Files whose text is made up when they are read (procfs): the producer prints records into a
 * buffer, and this part cuts them into the pieces that read(2) and pread(2) ask for.
 */
#ifndef KERNEL_FS_SEQ_FILE_H
#define KERNEL_FS_SEQ_FILE_H

#include "kernel/fs/fs.h"

struct seq_operations;

struct seq_file {
	char *buf;
	size_t size;	  /* of buf */
	size_t pad_until; /* column that seq_pad fills up to, as an offset in buf */
	size_t from;	  /* first byte of buf that was not read yet */
	size_t count;	  /* bytes of buf not read yet; while printing: bytes in buf */
	loff_t index;	  /* position of the iterator: which record comes next */
	loff_t read_pos;  /* offset in the file's text that `from` stands for */
	struct mutex lock;
	const struct seq_operations *op;
	struct file *file;
	void *private; /* the producer's */
};

struct seq_operations {
	/* The record at *pos, NULL behind the last, or ERR_PTR. Takes whatever lock the walk needs,
	   one that sleeps: others run between two records. stop is always called afterwards,
	   whatever start returned. */
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	/* The record after v; must advance *pos. */
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	/* Print one record. 0, SEQ_SKIP (forget what it printed) or -errno. Called again for the
	   same record with a larger buffer if its text did not fit. */
	int (*show)(struct seq_file *m, void *v);
};
#define SEQ_SKIP	1
#define SEQ_START_TOKEN ((void *)1)

/* For file_operations.open. `op` must live as long as the file. 0 or -ENOMEM. m is
 * file->private_data. */
int seq_open(struct file *file, const struct seq_operations *op);
/* A file that is one record: show(m, NULL) prints all of it; `data` becomes m->private. */
int seq_open_show(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
/* file_operations.release for both kinds of open; m->private is the caller's to free before. */
int seq_release(struct inode *inode, struct file *file);
/* file_operations.held_pages: the buffer. */
unsigned long seq_held_pages(const struct file *file);
/* file_operations.read: bytes or -errno. Takes m->lock; sleeps. */
ssize_t seq_read(struct file *file, char __user *buf, size_t len, loff_t *ppos);
/* The same into kernel memory (sendfile). */
ssize_t seq_read_kernel(struct file *file, char *buf, size_t len, loff_t *ppos);
/* file_operations.llseek: SEEK_SET and SEEK_CUR. The position, or -errno. Takes m->lock. */
loff_t seq_lseek(struct file *file, loff_t offset, int whence);

/* Printing. What does not fit is dropped and marks the buffer as overflowed; show is then run
 * again. */
void seq_printf(struct seq_file *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
/* Fill the line with blanks up to seq_setwidth's column, then c unless it is 0. */
void seq_setwidth(struct seq_file *m, size_t width);
void seq_pad(struct seq_file *m, char c);
/* A string with the characters of `esc` as \ooo. */
void seq_escape(struct seq_file *m, const char *s, const char *esc);
/* The path seen from current's root, escaped likewise; 0 or -errno (the buffer is then full). */
int seq_path(struct seq_file *m, const struct path *path, const char *esc);

static inline bool seq_has_overflowed(const struct seq_file *m)
{
	return m->count == m->size;
}

#endif
