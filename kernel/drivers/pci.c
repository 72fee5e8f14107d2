/*
 * The PCI bus, by configuration mechanism 1: a register number goes to one port, the value is read
 * or written at another. The firmware has given the devices their addresses; they are only read
 * here.
 */
#include "kernel/core/printk.h"
#include "kernel/drivers/resource.h"
#include "kernel/drivers/pci.h"
#include "kernel/x86/cpu.h"
#include "mm/phys/slab.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000U
#define NO_DEVICE      0xffff
#define MULTI_FUNCTION 0x80
#define NR_SLOTS       32
#define NR_FUNCTIONS   8
#define NR_IRQ_LINES   16

LIST_HEAD(pci_devices);

static u16 select_register(u8 bus, u8 devfn, int where)
{
	outl(CONFIG_ENABLE | (u32)bus << 16 | (u32)devfn << 8 | (where & ~3), CONFIG_ADDRESS);
	return CONFIG_DATA + (where & 3);
}

u8 pci_read_config_byte(const struct pci_dev *dev, int where)
{
	unsigned long flags;
	u8 value;

	local_irq_save(flags);
	value = inb(select_register(dev->bus, dev->devfn, where));
	local_irq_restore(flags);
	return value;
}

u16 pci_read_config_word(const struct pci_dev *dev, int where)
{
	unsigned long flags;
	u16 value;

	local_irq_save(flags);
	value = inw(select_register(dev->bus, dev->devfn, where));
	local_irq_restore(flags);
	return value;
}

u32 pci_read_config_dword(const struct pci_dev *dev, int where)
{
	unsigned long flags;
	u32 value;

	local_irq_save(flags);
	value = inl(select_register(dev->bus, dev->devfn, where));
	local_irq_restore(flags);
	return value;
}

void pci_write_config_word(const struct pci_dev *dev, int where, u16 value)
{
	unsigned long flags;

	local_irq_save(flags);
	outw(value, select_register(dev->bus, dev->devfn, where));
	local_irq_restore(flags);
}

void pci_write_config_dword(const struct pci_dev *dev, int where, u32 value)
{
	unsigned long flags;

	local_irq_save(flags);
	outl(value, select_register(dev->bus, dev->devfn, where));
	local_irq_restore(flags);
}

/* Size of the range behind a base address register: written with ones it shows which bits it
   decodes. The device must not decode meanwhile. */
static u32 bar_mask(struct pci_dev *dev, int where)
{
	u32 old = pci_read_config_dword(dev, where), mask;

	pci_write_config_dword(dev, where, ~0U);
	mask = pci_read_config_dword(dev, where);
	pci_write_config_dword(dev, where, old);
	return mask;
}

/* Fill bar[i]; returns how many registers it takes. */
static int read_bar(struct pci_dev *dev, int i)
{
	struct pci_bar *bar = &dev->bar[i];
	int where = PCI_BASE_ADDRESS_0 + i * 4;
	u32 value = pci_read_config_dword(dev, where), mask = bar_mask(dev, where);
	u64 wide_mask;

	if (!mask || mask == ~0U)
		return 1;
	if (value & PCI_BASE_ADDRESS_SPACE_IO) {
		bar->io = true;
		bar->start = value & PCI_BASE_ADDRESS_IO_MASK & 0xffff;
		mask &= (u32)PCI_BASE_ADDRESS_IO_MASK & 0xffff;
		bar->size = mask & -mask;
		return 1;
	}
	bar->start = value & (u32)PCI_BASE_ADDRESS_MEM_MASK;
	wide_mask = mask & (u32)PCI_BASE_ADDRESS_MEM_MASK;
	if ((value & PCI_BASE_ADDRESS_MEM_TYPE_MASK) != PCI_BASE_ADDRESS_MEM_TYPE_64 ||
	    i + 1 == PCI_NUM_BARS) {
		bar->size = wide_mask & -wide_mask;
		return 1;
	}
	bar->start |= (u64)pci_read_config_dword(dev, where + 4) << 32;
	wide_mask |= (u64)bar_mask(dev, where + 4) << 32;
	bar->size = wide_mask & -wide_mask;
	return 2;
}

static void read_bars(struct pci_dev *dev)
{
	u16 command = pci_read_config_word(dev, PCI_COMMAND);
	int i = 0;

	if (dev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return;
	pci_write_config_word(dev, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	while (i < PCI_NUM_BARS)
		i += read_bar(dev, i);
	pci_write_config_word(dev, PCI_COMMAND, command);
}

static void scan_bus(u8 bus);

/* Ports and memory by the device's address, "0000:00:01.1". */
static void add_bar_resources(const struct pci_dev *dev)
{
	char *name = kasprintf(GFP_KERNEL, "0000:%02x:%02x.%u", dev->bus, dev->devfn >> 3,
			       dev->devfn & 7);

	if (!name)
		return;
	for (int i = 0; i < PCI_NUM_BARS; i++) {
		const struct pci_bar *bar = &dev->bar[i];

		if (bar->start)
			add_resource(bar->io ? &ioport_resource : &iomem_resource, bar->start,
				     bar->size, name);
	}
}

static void add_device(const struct pci_dev *found)
{
	struct pci_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	u8 irq, secondary;

	if (!dev)
		return;
	*dev = *found;
	dev->class = pci_read_config_dword(dev, PCI_CLASS_REVISION) >> 8;
	dev->subsystem_vendor = pci_read_config_word(dev, PCI_SUBSYSTEM_VENDOR_ID);
	dev->subsystem_device = pci_read_config_word(dev, PCI_SUBSYSTEM_ID);
	irq = pci_read_config_byte(dev, PCI_INTERRUPT_LINE);
	if (pci_read_config_byte(dev, PCI_INTERRUPT_PIN) && irq < NR_IRQ_LINES)
		dev->irq = irq;
	read_bars(dev);
	add_bar_resources(dev);
	list_add_tail(&dev->list, &pci_devices);
	pr_info("pci 0000:%02x:%02x.%d: [%04x:%04x] class 0x%06x\n", dev->bus, PCI_SLOT(dev->devfn),
		PCI_FUNC(dev->devfn), dev->vendor, dev->device, dev->class);
	if (dev->hdr_type == PCI_HEADER_TYPE_BRIDGE) {
		secondary = pci_read_config_byte(dev, PCI_SECONDARY_BUS);
		if (secondary > dev->bus) /* buses are numbered downwards: no endless descent */
			scan_bus(secondary);
	}
}

/* True if the slot may have more functions. */
static bool scan_function(u8 bus, u8 devfn)
{
	struct pci_dev dev = {.bus = bus, .devfn = devfn};
	u8 type;

	dev.vendor = pci_read_config_word(&dev, PCI_VENDOR_ID);
	if (dev.vendor == NO_DEVICE || !dev.vendor)
		return PCI_FUNC(devfn) != 0;
	dev.device = pci_read_config_word(&dev, PCI_DEVICE_ID);
	type = pci_read_config_byte(&dev, PCI_HEADER_TYPE);
	dev.hdr_type = type & ~MULTI_FUNCTION;
	add_device(&dev);
	return type & MULTI_FUNCTION || PCI_FUNC(devfn) != 0;
}

static void scan_bus(u8 bus)
{
	for (int slot = 0; slot < NR_SLOTS; slot++) {
		for (int fn = 0; fn < NR_FUNCTIONS; fn++) {
			if (!scan_function(bus, PCI_DEVFN(slot, fn)))
				break;
		}
	}
}

/* Is there a host bridge with mechanism 1? Its address register keeps what is written. */
static bool have_mechanism_1(void)
{
	u32 old = inl(CONFIG_ADDRESS), kept;

	outl(CONFIG_ENABLE, CONFIG_ADDRESS);
	kept = inl(CONFIG_ADDRESS);
	outl(old, CONFIG_ADDRESS);
	return kept == CONFIG_ENABLE;
}

static struct resource config_ports = {
	.start = CONFIG_ADDRESS, .end = CONFIG_DATA + 3, .name = "PCI conf1"};

void pci_init(void)
{
	if (have_mechanism_1()) {
		insert_resource(&ioport_resource, &config_ports);
		scan_bus(0);
	} else {
		pr_info("pci: no bus found\n");
	}
}

struct pci_dev *pci_get_device(u16 vendor, u16 device, struct pci_dev *from)
{
	struct list_head *at = from ? from->list.next : pci_devices.next;

	for (; at != &pci_devices; at = at->next) {
		struct pci_dev *dev = list_entry(at, struct pci_dev, list);

		if ((vendor == PCI_ANY_ID || dev->vendor == vendor) &&
		    (device == PCI_ANY_ID || dev->device == device))
			return dev;
	}
	return NULL;
}

#define MAX_CAPABILITIES 48 /* as many as there is room for: a damaged list may be a circle */

/* The first of the list that begins at this register. */
static u8 find_in_list(const struct pci_dev *dev, int where, u8 id)
{
	for (int n = 0; n < MAX_CAPABILITIES; n++) {
		u8 at = pci_read_config_byte(dev, where) & ~3;

		if (at < PCI_STD_HEADER_SIZEOF)
			return 0;
		if (pci_read_config_byte(dev, at + PCI_CAP_LIST_ID) == id)
			return at;
		where = at + PCI_CAP_LIST_NEXT;
	}
	return 0;
}

u8 pci_find_capability(const struct pci_dev *dev, u8 id)
{
	if (!(pci_read_config_word(dev, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	return find_in_list(dev, PCI_CAPABILITY_LIST, id);
}

u8 pci_find_next_capability(const struct pci_dev *dev, u8 at, u8 id)
{
	return find_in_list(dev, at + PCI_CAP_LIST_NEXT, id);
}

void pci_enable_device(struct pci_dev *dev)
{
	u16 command = pci_read_config_word(dev, PCI_COMMAND);

	pci_write_config_word(dev, PCI_COMMAND, command | PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
}

void pci_set_master(struct pci_dev *dev)
{
	u16 command = pci_read_config_word(dev, PCI_COMMAND);

	pci_write_config_word(dev, PCI_COMMAND, command | PCI_COMMAND_MASTER);
}
