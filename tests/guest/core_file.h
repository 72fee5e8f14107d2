/*
 * Reading a core file: its headers, the memory that it holds, and its notes.
 */
#ifndef TESTS_GUEST_CORE_FILE_H
#define TESTS_GUEST_CORE_FILE_H

#include "tmpdir.h"
#include <elf.h>
#include <sys/mman.h>

#define PAGE 4096

static char *core;
static size_t core_size;

__attribute__((unused)) static int core_exists(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISREG(st.st_mode);
}

static void load_core(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	core_size = st.st_size;
	core = mmap(NULL, core_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(core != MAP_FAILED);
	close(fd);
}

static Elf32_Ehdr *core_ehdr(void)
{
	return (Elf32_Ehdr *)core;
}

static Elf32_Phdr *core_phdr(int i)
{
	return (Elf32_Phdr *)(core + core_ehdr()->e_phoff) + i;
}

/* The PT_LOAD that begins at addr. */
static Elf32_Phdr *load_at(const void *addr)
{
	for (int i = 1; i < core_ehdr()->e_phnum; i++)
		if (core_phdr(i)->p_vaddr == (Elf32_Addr)addr)
			return core_phdr(i);
	CHECK_FAIL("no PT_LOAD begins at %p", addr);
}

/* What the core holds of a place in memory, or NULL. */
static const void *dumped(const void *addr)
{
	Elf32_Addr a = (Elf32_Addr)addr;

	for (int i = 1; i < core_ehdr()->e_phnum; i++) {
		Elf32_Phdr *p = core_phdr(i);

		if (a >= p->p_vaddr && a < p->p_vaddr + p->p_filesz)
			return core + p->p_offset + (a - p->p_vaddr);
	}
	return NULL;
}

struct note {
	Elf32_Word type, size;
	const char *name, *data;
};

/* The nth note of the file. 0: there are fewer. */
static int get_note(unsigned n, struct note *note)
{
	const char *p = core + core_phdr(0)->p_offset, *end = p + core_phdr(0)->p_filesz;

	for (;; n--) {
		const Elf32_Nhdr *h = (const Elf32_Nhdr *)p;

		if (p >= end)
			return 0;
		note->type = h->n_type;
		note->size = h->n_descsz;
		note->name = p + sizeof(*h);
		note->data = note->name + ((h->n_namesz + 3) & ~3U);
		p = note->data + ((h->n_descsz + 3) & ~3U);
		if (!n)
			return 1;
	}
}

/* The nth note of a type, which has `size` bytes (0: any). */
__attribute__((unused)) static const void *find_note(Elf32_Word type, unsigned nth, size_t size)
{
	struct note note;

	for (unsigned i = 0; get_note(i, &note); i++) {
		if (note.type != type || nth--)
			continue;
		if (size)
			CHECK_EQ(note.size, size);
		return note.data;
	}
	return NULL;
}

#endif
