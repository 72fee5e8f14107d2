/*
 * What the kernel tells of itself: kallsyms and modules; iomem and ioports; vmallocinfo.
 */
#include "kernel/core/panic.h"
#include "kernel/drivers/resource.h"
#include "kernel/fs/proc/internal.h"
#include "mm/phys/vmalloc.h"

#define SYMBOL_SIZE 96

/* ---- kallsyms: the symbols, with addresses for readers that may see them ---- */

static void *kallsyms_start(struct seq_file *m, loff_t *pos)
{
	unsigned long addr;
	char type;

	return *pos < ~0U && kallsyms_symbol(*pos, &addr, &type) ? m : NULL;
}

static void *kallsyms_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return kallsyms_start(m, pos);
}

static void kallsyms_stop(struct seq_file *m, void *v)
{
}

static int kallsyms_show(struct seq_file *m, void *v)
{
	unsigned long addr;
	char type;
	const char *name = kallsyms_symbol(m->index, &addr, &type);

	if (!file_opener_has_cap(m->file, CAP_SYSLOG))
		addr = 0;
	seq_printf(m, "%08lx %c %s\n", addr, type, name);
	return 0;
}

static const struct seq_operations kallsyms_op = {
	.start = kallsyms_start,
	.next = kallsyms_next,
	.stop = kallsyms_stop,
	.show = kallsyms_show,
};

static int kallsyms_open(struct inode *inode, struct file *file)
{
	keep_opener_caps(file);
	return seq_open(file, &kallsyms_op);
}

const struct file_operations proc_kallsyms_operations = {
	.open = kallsyms_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.write = proc_no_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

/* All of the kernel is in one piece: there are none. */
int modules_proc_show(struct seq_file *m, void *v)
{
	return 0;
}

/* ---- iomem, ioports ---- */

#define MAX_DEPTH      5 /* no line is indented further */
#define DEPTH_INDENT   2
#define PORT_DIGITS    4
#define ADDRESS_DIGITS 8

static int show_resources(struct seq_file *m, const struct resource *root, int digits)
{
	bool addresses = file_opener_has_cap(m->file, CAP_SYS_ADMIN);

	for (const struct resource *r = root->child; r; r = next_resource(r)) {
		int depth = 0;

		for (const struct resource *p = r->parent; p != root && depth < MAX_DEPTH;
		     p = p->parent)
			depth++;
		seq_printf(m, "%*s%0*llx-%0*llx : %s\n", depth * DEPTH_INDENT, "", digits,
			   addresses ? r->start : 0ULL, digits, addresses ? r->end : 0ULL, r->name);
	}
	return 0;
}

int iomem_proc_show(struct seq_file *m, void *v)
{
	return show_resources(m, &iomem_resource, ADDRESS_DIGITS);
}

int ioports_proc_show(struct seq_file *m, void *v)
{
	return show_resources(m, &ioport_resource, PORT_DIGITS);
}

/* ---- vmallocinfo: one line for each area, with its guard page ---- */

/* The position is a page of the vmalloc area. */
static bool area_at(loff_t *pos, struct vmalloc_info *info)
{
	const unsigned long pages = (VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT;

	if (*pos < 0 || *pos >= pages)
		return false;
	if (!vmalloc_next(VMALLOC_START + ((unsigned long)*pos << PAGE_SHIFT), info))
		return false;
	*pos = (info->start - VMALLOC_START) >> PAGE_SHIFT;
	return true;
}

static void *vmallocinfo_start(struct seq_file *m, loff_t *pos)
{
	struct vmalloc_info info;

	return area_at(pos, &info) ? m : NULL;
}

static void *vmallocinfo_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct vmalloc_info info;

	if (!area_at(pos, &info))
		return NULL;
	*pos += info.size >> PAGE_SHIFT;
	return area_at(pos, &info) ? m : NULL;
}

static int vmallocinfo_show(struct seq_file *m, void *v)
{
	char symbol[SYMBOL_SIZE];
	struct vmalloc_info info;
	loff_t pos = m->index;

	if (!area_at(&pos, &info))
		return SEQ_SKIP;
	seq_printf(m, "0x%08lx-0x%08lx %7ld %s", info.start, info.start + info.size,
		   (long)info.size, sprint_symbol(symbol, sizeof(symbol), info.caller));
	if (info.nr_pages)
		seq_printf(m, " pages=%lu vmalloc\n", info.nr_pages);
	else
		seq_printf(m, " phys=0x%08llx ioremap\n", info.phys);
	return 0;
}

static const struct seq_operations vmallocinfo_op = {
	.start = vmallocinfo_start,
	.next = vmallocinfo_next,
	.stop = kallsyms_stop,
	.show = vmallocinfo_show,
};

static int vmallocinfo_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &vmallocinfo_op);
}

const struct file_operations proc_vmallocinfo_operations = {
	.open = vmallocinfo_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.write = proc_no_write,
	.llseek = seq_lseek,
	.release = seq_release,
};
