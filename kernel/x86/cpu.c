/*
 * Identifies the processor and sets its control registers.
 */
#include "kernel/x86/cpu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"

int irq_nesting;

#define CPUID_VENDOR	     0
#define CPUID_FEATURES	     1
#define CPUID_EXT_MAX	     0x80000000
#define CPUID_EXT_FEATURES   0x80000001
#define CPUID_EXT_BRAND	     0x80000002
#define CPUID_EXT_BRAND_LAST 0x80000004
#define FAMILY_EXTENDED	     15
#define FAMILY_P6	     6
#define FIRST_MODEL_WITH_PAT 15

struct cpuinfo_x86 boot_cpu_data;

static const char *const feature_names[32] = {
	"fpu",	"vme",	"de",	"pse", "tsc",  "msr", "pae",   "mce", "cx8",	 "apic", NULL,
	"sep",	"mtrr", "pge",	"mca", "cmov", "pat", "pse36", "pn",  "clflush", NULL,	 "dts",
	"acpi", "mmx",	"fxsr", "sse", "sse2", "ss",  "ht",    "tm",  "ia64",	 "pbe",
};
static const char *const feature_names_ecx[32] = {
	"pni",	  "pclmulqdq",	"dtes64", "monitor", "ds_cpl",
	"vmx",	  "smx",	"est",	  "tm2",     "ssse3",
	"cid",	  "sdbg",	"fma",	  "cx16",    "xtpr",
	"pdcm",	  NULL,		"pcid",	  "dca",     "sse4_1",
	"sse4_2", "x2apic",	"movbe",  "popcnt",  "tsc_deadline_timer",
	"aes",	  "xsave",	NULL,	  "avx",     "f16c",
	"rdrand", "hypervisor",
};
/* Those that the first leaf does not have. */
static const char *const feature_names_ext[32] = {
	[11] = "syscall", [19] = "mp",	     [X86_FEATURE_EXT_NX] = "nx",
	[22] = "mmxext",  [25] = "fxsr_opt", [26] = "pdpe1gb",
	[27] = "rdtscp",  [29] = "lm",	     [30] = "3dnowext",
	[31] = "3dnow",
};
const char *const *const x86_cap_flags = feature_names;
const char *const *const x86_cap_flags_ecx = feature_names_ecx;
const char *const *const x86_cap_flags_ext = feature_names_ext;

/* What the leaves from 0x80000000 on say, which old processors lack. */
static void read_extended(struct cpuinfo_x86 *c)
{
	u32 max, leaf, eax, unused, words[12];

	cpuid(CPUID_EXT_MAX, &max, &unused, &unused, &unused);
	if (max >= CPUID_EXT_FEATURES && max <= CPUID_EXT_MAX + 0xffff)
		cpuid(CPUID_EXT_FEATURES, &eax, &unused, &unused, &c->features_ext);
	if (max < CPUID_EXT_BRAND_LAST || max > CPUID_EXT_MAX + 0xffff) {
		strscpy(c->model_name, "i686", sizeof(c->model_name));
		return;
	}
	for (leaf = 0; leaf < 3; leaf++)
		cpuid(CPUID_EXT_BRAND + leaf, &words[4 * leaf], &words[4 * leaf + 1],
		      &words[4 * leaf + 2], &words[4 * leaf + 3]);
	memcpy(c->model_name, words, sizeof(words));
	c->model_name[sizeof(words)] = '\0';
}

static void identify_cpu(struct cpuinfo_x86 *c)
{
	u32 eax, ebx, vendor[3];

	cpuid(CPUID_VENDOR, &c->cpuid_level, &vendor[0], &vendor[2], &vendor[1]);
	memcpy(c->vendor, vendor, sizeof(vendor));
	cpuid(CPUID_FEATURES, &eax, &ebx, &c->features_ecx, &c->features);
	c->stepping = eax & 0xf;
	c->model = eax >> 4 & 0xf;
	c->family = eax >> 8 & 0xf;
	if (c->family >= FAMILY_P6)
		c->model |= (eax >> 16 & 0xf) << 4;
	if (c->family == FAMILY_EXTENDED)
		c->family += eax >> 20 & 0xff;
	/* early P6 models have an erratum in the page attribute table: as in Linux, the flag is
	   hidden */
	if (c->family == FAMILY_P6 && c->model < FIRST_MODEL_WITH_PAT)
		c->features &= ~BIT(X86_FEATURE_PAT);
	read_extended(c);
}

void cpu_init(void)
{
	static const struct {
		int feature;
		const char *name;
	} needed[] = {{X86_FEATURE_FPU, "an FPU"},
		      {X86_FEATURE_PSE, "4 MiB pages (PSE)"},
		      {X86_FEATURE_TSC, "a time stamp counter (TSC)"},
		      {X86_FEATURE_FXSR, "FXSAVE (FXSR)"}};
	unsigned long cr4 = read_cr4();
	unsigned int i;

	identify_cpu(&boot_cpu_data);
	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!cpu_has(needed[i].feature))
			panic("This processor lacks %s", needed[i].name);
	}
	cr4 |= X86_CR4_PSE | X86_CR4_OSFXSR;
	if (cpu_has(X86_FEATURE_XMM))
		cr4 |= X86_CR4_OSXMMEXCPT;
	if (cpu_has(X86_FEATURE_PGE))
		cr4 |= X86_CR4_PGE;
	write_cr4(cr4);
	/* NE: FPU errors as exception 16. TS: the first FPU instruction traps (fpu.c). WP: the
	   kernel respects read-only pages, as copy-on-write needs. AM: programs may ask for
	   alignment checks. */
	write_cr0((read_cr0() & ~(X86_CR0_EM | X86_CR0_CD | X86_CR0_NW)) | X86_CR0_WP | X86_CR0_NE |
		  X86_CR0_MP | X86_CR0_TS | X86_CR0_AM);
	pr_info("CPU: %s, family %u, model %u, stepping %u\n", boot_cpu_data.model_name,
		boot_cpu_data.family, boot_cpu_data.model, boot_cpu_data.stepping);
}
