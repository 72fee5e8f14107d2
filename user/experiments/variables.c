/*
 * Where the 24 kinds of variables live: local or global, uninitialised, zero or non-zero, plain,
 * static, const or static const. For each its address, section, and VMA.
 */
#include "experiment.h"

/* From the linker: where .bss begins and where it ends. */
extern char __bss_start[], end[];

int g_uninit;
static int g_uninit_static;
const int g_uninit_const;
static const int g_uninit_static_const;

int g_zero = 0;
static int g_zero_static = 0;
const int g_zero_const = 0;
static const int g_zero_static_const = 0;

int g_value = 1;
static int g_value_static = 2;
const int g_value_const = 3;
static const int g_value_static_const = 4;

static const char *section(unsigned long address, const struct vma *v)
{
	if (strcmp(v->name, "[stack]") == 0)
		return "stack";
	if (address >= (unsigned long)__bss_start && address < (unsigned long)end)
		return ".bss";
	return v->perms[1] == 'w' ? ".data" : ".rodata";
}

static void show(const char *scope, const char *value, const char *kind, unsigned long address)
{
	struct vma v;

	if (!find_vma(address, &v)) {
		printf("%-7s %-14s %-13s %08lx  (nowhere)\n", scope, value, kind, address);
		return;
	}
	printf("%-7s %-14s %-13s %08lx  %-8s %s %s\n", scope, value, kind, address,
	       section(address, &v), v.perms, v.name);
}

static void show_globals(void)
{
	show("global", "uninitialised", "plain", (unsigned long)&g_uninit);
	show("global", "uninitialised", "static", (unsigned long)&g_uninit_static);
	show("global", "uninitialised", "const", (unsigned long)&g_uninit_const);
	show("global", "uninitialised", "static const", (unsigned long)&g_uninit_static_const);
	show("global", "zero", "plain", (unsigned long)&g_zero);
	show("global", "zero", "static", (unsigned long)&g_zero_static);
	show("global", "zero", "const", (unsigned long)&g_zero_const);
	show("global", "zero", "static const", (unsigned long)&g_zero_static_const);
	show("global", "non-zero", "plain", (unsigned long)&g_value);
	show("global", "non-zero", "static", (unsigned long)&g_value_static);
	show("global", "non-zero", "const", (unsigned long)&g_value_const);
	show("global", "non-zero", "static const", (unsigned long)&g_value_static_const);
}

static void show_locals(void)
{
	int uninit;
	static int uninit_static;
	const int uninit_const;
	static const int uninit_static_const;
	int zero = 0;
	static int zero_static = 0;
	const int zero_const = 0;
	static const int zero_static_const = 0;
	int value = 1;
	static int value_static = 2;
	const int value_const = 3;
	static const int value_static_const = 4;

	show("local", "uninitialised", "plain", (unsigned long)&uninit);
	show("local", "uninitialised", "static", (unsigned long)&uninit_static);
	show("local", "uninitialised", "const", (unsigned long)&uninit_const);
	show("local", "uninitialised", "static const", (unsigned long)&uninit_static_const);
	show("local", "zero", "plain", (unsigned long)&zero);
	show("local", "zero", "static", (unsigned long)&zero_static);
	show("local", "zero", "const", (unsigned long)&zero_const);
	show("local", "zero", "static const", (unsigned long)&zero_static_const);
	show("local", "non-zero", "plain", (unsigned long)&value);
	show("local", "non-zero", "static", (unsigned long)&value_static);
	show("local", "non-zero", "const", (unsigned long)&value_const);
	show("local", "non-zero", "static const", (unsigned long)&value_static_const);
}

int main(int argc, char **argv)
{
	begin(argv);
	printf("%-7s %-14s %-13s %-8s  %-8s %-4s %s\n", "scope", "value", "kind", "address",
	       "section", "", "VMA");
	show_globals();
	show_locals();
	return 0;
}
