/*
 * Events of memory management, counted.
 */
#include "mm/phys/vmstat.h"

unsigned long vm_event_counters[NR_VM_EVENTS];
