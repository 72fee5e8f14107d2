/* sources: none */
/*
 * The checks on ELF headers: a good one passes, each broken field is refused, and thousands of
 * damaged headers never make the code read outside the table or accept a segment outside user
 * space.
 */
#include "tests/host/hosttest.h"
#define LIBC_STRING_H
#include "kernel/exec/elf_parse.c"

#define LIMIT	 0xc0000000U
#define NR_PHDRS 4

static Elf32_Ehdr good_header(void)
{
	Elf32_Ehdr e = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_entry = 0x08049000,
		.e_phoff = sizeof(Elf32_Ehdr),
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = NR_PHDRS,
	};

	return e;
}

static void good_table(Elf32_Phdr *p)
{
	memset(p, 0, NR_PHDRS * sizeof(*p));
	p[0] = (Elf32_Phdr){PT_LOAD, 0, 0x08048000, 0, 0x500, 0x500, PF_R, 0x1000};
	p[1] = (Elf32_Phdr){PT_LOAD, 0x1000, 0x08049000, 0, 0x2345, 0x2345, PF_R | PF_X, 0x1000};
	p[2] = (Elf32_Phdr){PT_LOAD, 0x4f00, 0x0804df00, 0, 0x100, 0x9000, PF_R | PF_W, 0x1000};
	p[3] = (Elf32_Phdr){PT_GNU_STACK, 0, 0, 0, 0, 0, PF_R | PF_W, 16};
}

static void test_a_good_header_passes(void)
{
	Elf32_Ehdr e = good_header();
	Elf32_Phdr p[NR_PHDRS];

	good_table(p);
	CHECK(elf_check_header(&e) == 0);
	e.e_type = ET_DYN;
	CHECK(elf_check_header(&e) == 0);
	CHECK(elf_phdr_bytes(&e) == sizeof(p));
	CHECK(elf_total_mapping_size(p, NR_PHDRS) == 0x0804df00 + 0x9000 - 0x08048000);
	CHECK(elf_phdr_address(&e, p) == 0x08048000 + sizeof(Elf32_Ehdr));
	CHECK(elf_maximum_alignment(p, NR_PHDRS) == 0x1000);
	CHECK(elf_first_vaddr(p, NR_PHDRS) == 0x08048000);
	CHECK(elf_first_vaddr(p + 2, 1) == 0x0804df00 && elf_first_vaddr(p + 3, 1) == 0);
}

static void test_each_broken_field_is_refused(void)
{
	Elf32_Ehdr e;

#define BROKEN(field, value)                             \
	do {                                             \
		e = good_header();                       \
		e.field = (value);                       \
		CHECK(elf_check_header(&e) == -ENOEXEC); \
	} while (0)
	BROKEN(e_ident[0], 0x7e);
	BROKEN(e_ident[3], 'G');
	BROKEN(e_type, ET_REL);
	BROKEN(e_type, ET_CORE);
	BROKEN(e_machine, EM_X86_64);
	BROKEN(e_phentsize, 31);
	BROKEN(e_phentsize, 0);
	BROKEN(e_phnum, 0);
	BROKEN(e_phnum, ELF_MAX_PHDR_BYTES / sizeof(Elf32_Phdr) + 1);
}

static void test_segments_outside_user_space_are_refused(void)
{
	Elf32_Phdr p = {PT_LOAD, 0, 0x08048000, 0, 0x1000, 0x2000, PF_R, 0x1000};

	CHECK(elf_segment_ok(&p, 0, LIMIT));
	p.p_filesz = 0x2001; /* more in the file than in memory */
	CHECK(!elf_segment_ok(&p, 0, LIMIT));
	p.p_filesz = 0;
	p.p_vaddr = LIMIT - 0x1000;
	CHECK(!elf_segment_ok(&p, 0, LIMIT));
	p.p_memsz = 0x1000;
	CHECK(elf_segment_ok(&p, 0, LIMIT));
	CHECK(!elf_segment_ok(&p, 1, LIMIT));
	p.p_memsz = 0xffffffff;
	CHECK(!elf_segment_ok(&p, 0, LIMIT));
	p.p_vaddr = 0xfffff000;
	p.p_memsz = 0x1000;
	CHECK(!elf_segment_ok(&p, 0, LIMIT));
}

static void test_only_powers_of_two_are_alignments(void)
{
	Elf32_Phdr p[2] = {{.p_type = PT_LOAD, .p_align = 0x3000},
			   {.p_type = PT_NOTE, .p_align = 0x100000}};

	CHECK(elf_maximum_alignment(p, 2) == 0x1000);
	p[0].p_align = 0x200000;
	CHECK(elf_maximum_alignment(p, 2) == 0x200000);
}

/* What the loader relies on, whatever the bytes are. */
static void test_damaged_files_are_survived(void)
{
	int round, i;

	for (round = 0; round < 200000; round++) {
		struct {
			Elf32_Ehdr e;
			Elf32_Phdr p[NR_PHDRS];
		} file;
		unsigned char *bytes = (unsigned char *)&file;
		u32 total;

		file.e = good_header();
		good_table(file.p);
		for (i = 1 + rnd_below(6); i; i--)
			bytes[rnd_below(sizeof(file))] = (unsigned char)rnd();
		if (elf_check_header(&file.e))
			continue;
		CHECK(elf_phdr_bytes(&file.e) == sizeof(Elf32_Phdr) * file.e.e_phnum);
		if (file.e.e_phnum > NR_PHDRS)
			continue; /* the loader would read more of the file */
		total = elf_total_mapping_size(file.p, file.e.e_phnum);
		elf_phdr_address(&file.e, file.p);
		CHECK(__builtin_popcount(elf_maximum_alignment(file.p, file.e.e_phnum)) == 1);
		for (i = 0; i < file.e.e_phnum; i++) {
			const Elf32_Phdr *p = &file.p[i];

			if (p->p_type == PT_LOAD && elf_segment_ok(p, 0, LIMIT))
				CHECK((uint64_t)p->p_vaddr + p->p_memsz <= LIMIT);
		}
		(void)total;
	}
}

int main(void)
{
	run("a_good_header_passes", test_a_good_header_passes);
	run("each_broken_field_is_refused", test_each_broken_field_is_refused);
	run("segments_outside_user_space_are_refused",
	    test_segments_outside_user_space_are_refused);
	run("only_powers_of_two_are_alignments", test_only_powers_of_two_are_alignments);
	run("damaged_files_are_survived", test_damaged_files_are_survived);
	return failures != 0;
}
