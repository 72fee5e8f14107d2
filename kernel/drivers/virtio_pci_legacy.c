/*
 * The registers of a virtio device in their first form: ports in BAR 0.
 */
#include "kernel/drivers/pci.h"
#include "kernel/drivers/virtio.h"
#include "kernel/x86/cpu.h"
#include "mm/layout.h"
#include <linux/errno.h>
#include <linux/virtio_pci.h>

static u8 legacy_get_status(struct virtio_device *vdev)
{
	return inb(vdev->iobase + VIRTIO_PCI_STATUS);
}

static void legacy_set_status(struct virtio_device *vdev, u8 status)
{
	outb(status, vdev->iobase + VIRTIO_PCI_STATUS);
}

static u64 legacy_get_features(struct virtio_device *vdev)
{
	return inl(vdev->iobase + VIRTIO_PCI_HOST_FEATURES);
}

static void legacy_set_features(struct virtio_device *vdev)
{
	outl(vdev->features, vdev->iobase + VIRTIO_PCI_GUEST_FEATURES);
}

static u16 legacy_queue_size(struct virtio_device *vdev, u16 index)
{
	outw(index, vdev->iobase + VIRTIO_PCI_QUEUE_SEL);
	return inw(vdev->iobase + VIRTIO_PCI_QUEUE_NUM);
}

/* The rings lie as vring_init puts them, so one address says it all. */
static int legacy_set_queue(struct virtio_device *vdev, struct virtqueue *vq)
{
	outw(vq->index, vdev->iobase + VIRTIO_PCI_QUEUE_SEL);
	outl(virt_to_phys(vq->vring.desc) >> VIRTIO_PCI_QUEUE_ADDR_SHIFT,
	     vdev->iobase + VIRTIO_PCI_QUEUE_PFN);
	return 0;
}

static void legacy_notify(struct virtqueue *vq)
{
	outw(vq->index, vq->vdev->iobase + VIRTIO_PCI_QUEUE_NOTIFY);
}

static u8 legacy_read_isr(struct virtio_device *vdev)
{
	return inb(vdev->iobase + VIRTIO_PCI_ISR);
}

static u32 legacy_read_config(struct virtio_device *vdev, unsigned int offset, unsigned int size)
{
	u16 port = vdev->iobase + VIRTIO_PCI_CONFIG_OFF(false) + offset;

	return size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
}

/* It does not tell. */
static u8 legacy_generation(struct virtio_device *vdev)
{
	return 0;
}

static void legacy_release(struct virtio_device *vdev)
{
}

static const struct virtio_config_ops legacy_ops = {
	.get_status = legacy_get_status,
	.set_status = legacy_set_status,
	.get_features = legacy_get_features,
	.set_features = legacy_set_features,
	.queue_size = legacy_queue_size,
	.set_queue = legacy_set_queue,
	.notify = legacy_notify,
	.read_isr = legacy_read_isr,
	.read_config = legacy_read_config,
	.generation = legacy_generation,
	.release = legacy_release,
};

int virtio_pci_legacy_probe(struct virtio_device *vdev)
{
	const struct pci_bar *bar = &vdev->pci->bar[0];

	if (!bar->io || !bar->size)
		return -ENODEV;
	vdev->iobase = bar->start;
	vdev->ops = &legacy_ops;
	return 0;
}
