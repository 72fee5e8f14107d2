/*
 * What the kernel puts at the top of the stack of a new program: argc, the pointers to the
 * arguments and to the environment, the auxiliary vector, and at the very top the strings.
 */
#include "experiment.h"
#include <elf.h>

static char *sample_args[] = {"arguments", "one", "two words", NULL};
static char *sample_env[] = {"COLOR=blue", "SIZE=small", NULL};

static unsigned long top; /* the end of the stack's VMA */

static void show(const char *what, const void *address, const char *text)
{
	printf("  top - %4lu  %-22s %s\n", top - (unsigned long)address, what, text);
}

static void show_strings(const char *what, char **list)
{
	for (int i = 0; list[i]; i++) {
		char name[24], text[64];

		snprintf(name, sizeof(name), "%s[%d]", what, i);
		snprintf(text, sizeof(text), "\"%.60s\"", list[i]);
		show(name, list[i], text);
	}
}

static const Elf32_auxv_t *find_auxv(char **envp)
{
	while (*envp)
		envp++;
	return (const Elf32_auxv_t *)(envp + 1);
}

static unsigned long auxv_value(const Elf32_auxv_t *a, unsigned long type)
{
	for (; a->a_type != AT_NULL; a++) {
		if (a->a_type == type)
			return a->a_un.a_val;
	}
	return 0;
}

static void show_auxv(const Elf32_auxv_t *a)
{
	const char *name = (const char *)auxv_value(a, AT_EXECFN);
	const char *platform = (const char *)auxv_value(a, AT_PLATFORM);

	printf("the auxiliary vector says:\n");
	printf("  AT_PAGESZ   %lu\n", auxv_value(a, AT_PAGESZ));
	printf("  AT_PHENT    %lu\n", auxv_value(a, AT_PHENT));
	printf("  AT_PHDR     %08lx in %s\n", auxv_value(a, AT_PHDR),
	       vma_name((void *)auxv_value(a, AT_PHDR)));
	printf("  AT_ENTRY    %08lx in %s\n", auxv_value(a, AT_ENTRY),
	       vma_name((void *)auxv_value(a, AT_ENTRY)));
	printf("  AT_UID      %lu\n", auxv_value(a, AT_UID));
	printf("  AT_SECURE   %lu\n", auxv_value(a, AT_SECURE));
	printf("  AT_RANDOM   16 bytes in %s\n", vma_name((void *)auxv_value(a, AT_RANDOM)));
	printf("  AT_PLATFORM \"%s\" in %s\n", platform ? platform : "", vma_name(platform));
	printf("  AT_EXECFN   \"%s\" in %s\n", name ? name : "", vma_name(name));
}

int main(int argc, char **argv, char **envp)
{
	const Elf32_auxv_t *auxv;
	struct vma stack;
	const char *name;

	/* the first time with the environment that we got, the second with the one shown here */
	if (argc == 1)
		execve("/proc/self/exe", sample_args, sample_env);
	auxv = find_auxv(envp);
	name = (const char *)auxv_value(auxv, AT_EXECFN);
	if (!find_vma((unsigned long)argv, &stack))
		fail("the stack");
	top = stack.end;
	printf("the stack, %s, ends at %08lx; from there downwards:\n", stack.name, top);
	show("4 zero bytes", (void *)(top - 4), *(int *)(top - 4) == 0 ? "yes" : "no");
	show("the program's file name", name, name);
	show_strings("envp", envp);
	show_strings("argv", argv);
	printf("in order, from low to high: argv %s envp %s auxv %s strings\n",
	       (void *)argv < (void *)envp ? "<" : ">", (void *)envp < (void *)auxv ? "<" : ">",
	       (void *)auxv < (void *)argv[0] ? "<" : ">");
	printf("argc stands right below argv: %d; NULL ends argv: %s; NULL ends envp: %s\n",
	       ((int *)argv)[-1], argv[argc] == NULL ? "yes" : "no",
	       (char **)auxv - 1 > envp && ((char **)auxv)[-1] == NULL ? "yes" : "no");
	show_auxv(auxv);
	return 0;
}
