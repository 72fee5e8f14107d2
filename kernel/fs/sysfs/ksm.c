/*
 * /sys/kernel/mm/ksm: what ksmd does, and how it is told what to do.
 */
#include "kernel/fs/sysfs/internal.h"
#include "kernel/lib/kstrtox.h"
#include "mm/ksm.h"
#include <linux/errno.h>

#define KSM_SHOW(name, which)                                                         \
	static int name##_show(struct seq_file *m, const struct block_device *unused) \
	{                                                                             \
		seq_printf(m, "%lu\n", ksm_value(which));                             \
		return 0;                                                             \
	}
#define KSM_STORE(name, which)                                                               \
	static int name##_store(const struct block_device *unused, const char *text)         \
	{                                                                                    \
		unsigned int value;                                                          \
                                                                                             \
		return kstrtouint(text, 10, &value) ? -EINVAL : ksm_set_value(which, value); \
	}
#define KSM_VALUE(name, which) KSM_SHOW(name, which) KSM_STORE(name, which)

KSM_SHOW(full_scans, KSM_FULL_SCANS)
KSM_VALUE(max_page_sharing, KSM_MAX_PAGE_SHARING)
KSM_SHOW(pages_shared, KSM_PAGES_SHARED)
KSM_SHOW(pages_sharing, KSM_PAGES_SHARING)
KSM_VALUE(pages_to_scan, KSM_PAGES_TO_SCAN)
KSM_SHOW(pages_unshared, KSM_PAGES_UNSHARED)
KSM_SHOW(pages_volatile, KSM_PAGES_VOLATILE)
KSM_VALUE(run, KSM_RUN)
KSM_VALUE(sleep_millisecs, KSM_SLEEP_MILLISECS)
KSM_SHOW(stable_node_chains, KSM_STABLE_NODE_CHAINS)
KSM_VALUE(stable_node_chains_prune_millisecs, KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS)
KSM_SHOW(stable_node_dups, KSM_STABLE_NODE_DUPS)
KSM_SHOW(use_zero_pages, KSM_USE_ZERO_PAGES)

/* Yes or no, as Linux reads it: by the first letter, or "on" and "off". */
static int use_zero_pages_store(const struct block_device *unused, const char *text)
{
	char c = text[0] | 0x20, next = text[0] ? text[1] | 0x20 : 0;

	if (c == 'y' || text[0] == '1' || (c == 'o' && next == 'n'))
		return ksm_set_value(KSM_USE_ZERO_PAGES, true);
	if (c == 'n' || text[0] == '0' || (c == 'o' && next == 'f'))
		return ksm_set_value(KSM_USE_ZERO_PAGES, false);
	return -EINVAL;
}

#define READ_ONLY(NAME)                            \
	{                                          \
		.name = #NAME, .show = NAME##_show \
	}
#define WRITABLE(NAME)                                                    \
	{                                                                 \
		.name = #NAME, .show = NAME##_show, .store = NAME##_store \
	}

const struct sysfs_entry sysfs_ksm[NR_KSM_ENTRIES] = {
	READ_ONLY(full_scans),
	WRITABLE(max_page_sharing),
	READ_ONLY(pages_shared),
	READ_ONLY(pages_sharing),
	WRITABLE(pages_to_scan),
	READ_ONLY(pages_unshared),
	READ_ONLY(pages_volatile),
	WRITABLE(run),
	WRITABLE(sleep_millisecs),
	READ_ONLY(stable_node_chains),
	WRITABLE(stable_node_chains_prune_millisecs),
	READ_ONLY(stable_node_dups),
	WRITABLE(use_zero_pages),
};
