/*
 * Events of memory management, counted for /proc/vmstat.
 */
#ifndef MM_PHYS_VMSTAT_H
#define MM_PHYS_VMSTAT_H

enum vm_event {
	PGFAULT,
	PGMAJFAULT,
	PGREUSE,
	PGACTIVATE,
	PGDEACTIVATE,
	PGLAZYFREE,
	PGLAZYFREED,
	PGSCAN_DIRECT,
	PGSTEAL_DIRECT,
	PGROTATED,
	OOM_KILL,
	UNEVICTABLE_PGMLOCKED,
	UNEVICTABLE_PGMUNLOCKED,
	DROP_PAGECACHE,
	DROP_SLAB,
	PGMIGRATE_SUCCESS,
	PGMIGRATE_FAIL,
	COMPACTMIGRATE_SCANNED,
	COMPACTFREE_SCANNED,
	COMPACTISOLATED,
	NR_VM_EVENTS
};
extern unsigned long vm_event_counters[NR_VM_EVENTS];
static inline void count_vm_event(enum vm_event e)
{
	vm_event_counters[e]++;
}

#endif
