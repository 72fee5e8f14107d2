/*
 * NX: the bit of a page-table entry that forbids execution. It exists only with PAE, on a processor
 * that has it; noexec=off leaves it unused.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/printk.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pgtable-types.h"
#include "libc/include/string.h"

#define MSR_EFER    0xc0000080 /* extended features of the processor */
#define EFER_NX	    (1 << 11)
#define VALUE_BYTES 8

#if MAPIX_PAE
pteval_t page_nx;
#endif

static bool switched_off(void)
{
	char value[VALUE_BYTES];

	return cmdline_get("noexec", value, sizeof(value)) >= 0 && !strcmp(value, "off");
}

void nx_init(void)
{
	if (!cpu_has_nx()) {
		pr_notice("Notice: NX (Execute Disable) protection missing in CPU!\n");
	} else if (!_PAGE_NX) {
		pr_notice("Notice: NX (Execute Disable) protection cannot be enabled: non-PAE "
			  "kernel!\n");
	} else if (switched_off()) {
		pr_info("NX (Execute Disable) protection: disabled by kernel command line "
			"option\n");
		boot_cpu_data.features_ext &= ~BIT(X86_FEATURE_EXT_NX);
	} else {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NX);
		set_page_nx(_PAGE_NX);
		pr_info("NX (Execute Disable) protection: active\n");
	}
}
