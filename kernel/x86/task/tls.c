/*
 * Thread-local storage segments: the checks and descriptors of set_thread_area(2).
 */
#include "kernel/x86/task/tls.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"

#define TYPE_ACCESSED	    0x1
#define TYPE_WRITABLE	    0x2
#define TYPE_CONTENTS_SHIFT 2

/* The two ways to say "no segment": as the manual has it, and all zeros. */
static bool desc_empty(const struct user_desc *info)
{
	return !info->base_addr && !info->limit && !info->contents && info->read_exec_only &&
	       !info->seg_32bit && !info->limit_in_pages && info->seg_not_present && !info->useable;
}
static bool desc_zero(const struct user_desc *info)
{
	return !info->base_addr && !info->limit && !info->contents && !info->read_exec_only &&
	       !info->seg_32bit && !info->limit_in_pages && !info->seg_not_present &&
	       !info->useable;
}

/* Only present 32-bit data segments are allowed. Others would cause faults that the kernel would
   have to handle. */
static bool tls_desc_okay(const struct user_desc *info)
{
	if (desc_empty(info) || desc_zero(info))
		return true;
	return info->seg_32bit && info->contents <= MODIFY_LDT_CONTENTS_STACK &&
	       !info->seg_not_present;
}

static void fill_desc(struct desc_struct *d, const struct user_desc *info)
{
	*d = (struct desc_struct){
		.limit0 = info->limit & 0xffff,
		.base0 = info->base_addr & 0xffff,
		.base1 = info->base_addr >> 16 & 0xff,
		.type = TYPE_ACCESSED | (info->read_exec_only ? 0 : TYPE_WRITABLE) |
			info->contents << TYPE_CONTENTS_SHIFT,
		.s = 1,
		.dpl = USER_RPL,
		.p = !info->seg_not_present,
		.limit1 = info->limit >> 16 & 0xf,
		.avl = info->useable,
		.d = info->seg_32bit,
		.g = info->limit_in_pages,
		.base2 = info->base_addr >> 24,
	};
}

bool tls_entry_free(const struct desc_struct *d)
{
	static const struct desc_struct none;

	return !memcmp(d, &none, sizeof(none));
}

static int get_free_idx(const struct thread_struct *t)
{
	int i;

	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		if (tls_entry_free(&t->tls_array[i]))
			return i + GDT_ENTRY_TLS_MIN;
	}
	return -ESRCH;
}

void load_tls(const struct thread_struct *t)
{
	int i;

	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++)
		gdt_table[GDT_ENTRY_TLS_MIN + i] = t->tls_array[i];
}

int do_set_thread_area(struct task_struct *p, int idx, struct user_desc __user *u_info,
		       int can_allocate)
{
	struct user_desc info;
	struct desc_struct *d;

	if (copy_from_user(&info, u_info, sizeof(info)))
		return -EFAULT;
	if (!tls_desc_okay(&info))
		return -EINVAL;
	if (idx == -1)
		idx = info.entry_number;
	if (idx == -1 && can_allocate) {
		idx = get_free_idx(&p->thread);
		if (idx < 0)
			return idx;
		if (put_user(idx, &u_info->entry_number))
			return -EFAULT;
	}
	if (idx < GDT_ENTRY_TLS_MIN || idx > GDT_ENTRY_TLS_MAX)
		return -EINVAL;
	d = &p->thread.tls_array[idx - GDT_ENTRY_TLS_MIN];
	if (desc_empty(&info) || desc_zero(&info))
		memset(d, 0, sizeof(*d));
	else
		fill_desc(d, &info);
	if (p == current)
		load_tls(&p->thread);
	return 0;
}

void fill_user_desc(struct user_desc *info, const struct desc_struct *d, unsigned int entry_number)
{
	memset(info, 0, sizeof(*info));
	info->entry_number = entry_number;
	info->base_addr = get_desc_base(d);
	info->limit = get_desc_limit(d);
	info->seg_32bit = d->d;
	info->contents = d->type >> TYPE_CONTENTS_SHIFT;
	info->read_exec_only = !(d->type & TYPE_WRITABLE);
	info->limit_in_pages = d->g;
	info->seg_not_present = !d->p;
	info->useable = d->avl;
}

int do_get_thread_area(struct task_struct *p, int idx, struct user_desc __user *u_info)
{
	struct user_desc info;

	if (idx == -1 && get_user(idx, &u_info->entry_number))
		return -EFAULT;
	if (idx < GDT_ENTRY_TLS_MIN || idx > GDT_ENTRY_TLS_MAX)
		return -EINVAL;
	fill_user_desc(&info, &p->thread.tls_array[idx - GDT_ENTRY_TLS_MIN], idx);
	return copy_to_user(u_info, &info, sizeof(info)) ? -EFAULT : 0;
}
