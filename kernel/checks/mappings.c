/*
 * Mappings made by hand, for checks of what works on them, and how they are shown.
 */
#include "kernel/checks/mappings.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define LOWEST	0x10000000UL
#define HIGHEST 0x40000000UL

unsigned long any_place(void)
{
	return check_random_page(LOWEST, HIGHEST);
}

struct vm_area_struct *put_vma(struct mm_struct *mm, unsigned long start, unsigned long pages,
			       unsigned long flags)
{
	struct vm_area_struct *vma, *prev;

	vma = vm_area_alloc(mm, start, start + pages * P, flags | MAY, start >> PAGE_SHIFT);
	EXPECT(vma, "no memory for the check");
	down_write(&mm->mmap_sem);
	find_vma_prev(mm, start, &prev);
	vma_link(mm, vma, prev);
	vm_stat_account(mm, vma->vm_flags, pages);
	if (flags & VM_LOCKED)
		mm->locked_vm += pages;
	up_write(&mm->mmap_sem);
	if (flags & VM_ACCOUNT)
		EXPECT(!security_vm_enough_memory(pages), "no memory for the check");
	return vma;
}

struct vm_area_struct *vma_at(const struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap;

	while (vma && vma->vm_end <= addr)
		vma = vma->vm_next;
	return vma && vma->vm_start <= addr ? vma : NULL;
}

void touch(unsigned long addr, int value)
{
	EXPECT_EQ(check_text("the check stores %d at %#lx", value, addr),
		  put_user(value, (int __user *)addr), 0);
}

int peek(unsigned long addr)
{
	int value = -1;

	return get_user(value, (int __user *)addr) ? -EFAULT : value;
}

/* ---- what is seen ---- */

static char letter(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_EXEC	  ? 'x'
	       : vma->vm_flags & VM_WRITE ? 'w'
	       : vma->vm_flags & VM_READ  ? 'r'
					  : '-';
}

const char *picture(const struct mm_struct *mm, unsigned long base, int pages)
{
	static char text[3 * PICTURE_PAGES + 1];
	unsigned long end = base + min(pages, PICTURE_PAGES) * P;
	char *at = text;

	for (; base < end; base += P) {
		const struct vm_area_struct *vma = vma_at(mm, base);

		if (vma && vma->vm_start == base)
			*at++ = '[';
		*at++ = vma ? letter(vma) : '.';
		if (vma && vma->vm_end == base + P)
			*at++ = ']';
	}
	*at = '\0';
	return text;
}

void expect_picture(const char *call, const struct mm_struct *mm, unsigned long base, int pages,
		    const char *wanted)
{
	const char *is = picture(mm, base, pages);

	EXPECT(!strcmp(is, wanted), "the pages after %s: wanted %s, seen %s", call, wanted, is);
}

const char *flag_names(unsigned long flags)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} names[] = {
		{VM_READ, "READ"},	 {VM_WRITE, "WRITE"},	    {VM_EXEC, "EXEC"},
		{VM_SHARED, "SHARED"},	 {VM_MAYREAD, "MAYREAD"},   {VM_MAYWRITE, "MAYWRITE"},
		{VM_MAYEXEC, "MAYEXEC"}, {VM_MAYSHARE, "MAYSHARE"}, {VM_GROWSDOWN, "GROWSDOWN"},
		{VM_LOCKED, "LOCKED"},	 {VM_ACCOUNT, "ACCOUNT"},   {VM_NORESERVE, "NORESERVE"},
	};
	const char *text = "";

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			text = check_text("%s%s%s", text, *text ? " " : "", names[i].name);
	return text;
}

void check_all(struct mm_struct *mm)
{
	down_read(&mm->mmap_sem);
	mm_check(mm);
	up_read(&mm->mmap_sem);
}

struct accounts accounts(const struct mm_struct *mm)
{
	return (struct accounts){mm->total_vm, mm->data_vm, mm->locked_vm, vm_memory_committed()};
}

void expect_accounts(const char *call, const struct mm_struct *mm, struct accounts then,
		     struct accounts wanted)
{
	struct accounts now = accounts(mm);

	EXPECT_EQ(check_text("pages that %s adds to total_vm", call), now.total - then.total,
		  wanted.total);
	EXPECT_EQ(check_text("pages that %s adds to data_vm", call), now.data - then.data,
		  wanted.data);
	EXPECT_EQ(check_text("pages that %s adds to locked_vm", call), now.locked - then.locked,
		  wanted.locked);
	EXPECT_EQ(check_text("pages that %s charges (Committed_AS)", call),
		  now.charged - then.charged, wanted.charged);
}
