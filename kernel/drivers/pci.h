/*
 * The PCI bus: which devices there are, and their configuration space.
 */
#ifndef KERNEL_DRIVERS_PCI_H
#define KERNEL_DRIVERS_PCI_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"
#include <linux/pci.h>

#define PCI_NUM_BARS 6

/* A range of ports or of physical memory that the device answers to. */
struct pci_bar {
	u64 start, size; /* size 0: not there */
	bool io;	 /* ports */
};

struct pci_dev {
	u8 bus, devfn;
	u16 vendor, device, subsystem_vendor, subsystem_device;
	u32 class;   /* class << 16 | subclass << 8 | programming interface */
	u8 hdr_type; /* without the multi-function bit */
	u8 irq;	     /* line of the interrupt controller, as the firmware wired it; 0: none */
	struct pci_bar bar[PCI_NUM_BARS];
	struct list_head list;
};
extern struct list_head pci_devices;

/* Look at all buses. Once at boot, after the slab allocator. */
void pci_init(void);
/* The next device of this kind after `from` (NULL: from the start); PCI_ANY_ID matches all. NULL:
 * no more. */
#define PCI_ANY_ID 0xffff
struct pci_dev *pci_get_device(u16 vendor, u16 device, struct pci_dev *from);

/* Configuration space; `where` is a multiple of the access's size. */
u8 pci_read_config_byte(const struct pci_dev *dev, int where);
u16 pci_read_config_word(const struct pci_dev *dev, int where);
u32 pci_read_config_dword(const struct pci_dev *dev, int where);
void pci_write_config_word(const struct pci_dev *dev, int where, u16 value);
void pci_write_config_dword(const struct pci_dev *dev, int where, u32 value);

/* Where in configuration space the device's first capability of this kind is, or the next one
   behind `at`; 0: there is none. */
u8 pci_find_capability(const struct pci_dev *dev, u8 id);
u8 pci_find_next_capability(const struct pci_dev *dev, u8 at, u8 id);

/* Let the device answer to its ports and memory / read and write memory by itself. */
void pci_enable_device(struct pci_dev *dev);
void pci_set_master(struct pci_dev *dev);

#endif
