/*
 * The registers of a virtio 1.0 device: in memory, in places that capabilities in the PCI
 * configuration space name. All numbers are little-endian, as the processor's are.
 */
#include "kernel/drivers/io.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/virtio.h"
#include "mm/layout.h"
#include "mm/phys/pgtable.h"
#include <linux/errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#define COMMON(vdev, field) ((vdev)->common + offsetof(struct virtio_pci_common_cfg, field))

static u8 modern_get_status(struct virtio_device *vdev)
{
	return ioread8(COMMON(vdev, device_status));
}

/* After a reset the device says when it is done. */
static void modern_set_status(struct virtio_device *vdev, u8 status)
{
	iowrite8(status, COMMON(vdev, device_status));
	while (!status && modern_get_status(vdev))
		;
}

static u64 modern_get_features(struct virtio_device *vdev)
{
	u64 low, high;

	iowrite32(0, COMMON(vdev, device_feature_select));
	low = ioread32(COMMON(vdev, device_feature));
	iowrite32(1, COMMON(vdev, device_feature_select));
	high = ioread32(COMMON(vdev, device_feature));
	return low | high << 32;
}

static void modern_set_features(struct virtio_device *vdev)
{
	iowrite32(0, COMMON(vdev, guest_feature_select));
	iowrite32(vdev->features, COMMON(vdev, guest_feature));
	iowrite32(1, COMMON(vdev, guest_feature_select));
	iowrite32(vdev->features >> 32, COMMON(vdev, guest_feature));
}

static u16 modern_queue_size(struct virtio_device *vdev, u16 index)
{
	if (index >= ioread16(COMMON(vdev, num_queues)))
		return 0;
	iowrite16(index, COMMON(vdev, queue_select));
	return ioread16(COMMON(vdev, queue_size));
}

static int modern_set_queue(struct virtio_device *vdev, struct virtqueue *vq)
{
	u64 bell;

	iowrite16(vq->index, COMMON(vdev, queue_select));
	bell = (u64)ioread16(COMMON(vdev, queue_notify_off)) * vdev->notify_multiplier;
	if (bell + sizeof(u16) > vdev->notify_len)
		return -EINVAL;
	vq->notify_addr = vdev->notify + bell;
	iowrite16(vq->vring.num, COMMON(vdev, queue_size));
	iowrite32(virt_to_phys(vq->vring.desc), COMMON(vdev, queue_desc_lo));
	iowrite32(0, COMMON(vdev, queue_desc_hi));
	iowrite32(virt_to_phys(vq->vring.avail), COMMON(vdev, queue_avail_lo));
	iowrite32(0, COMMON(vdev, queue_avail_hi));
	iowrite32(virt_to_phys(vq->vring.used), COMMON(vdev, queue_used_lo));
	iowrite32(0, COMMON(vdev, queue_used_hi));
	iowrite16(1, COMMON(vdev, queue_enable));
	return 0;
}

static void modern_notify(struct virtqueue *vq)
{
	iowrite16(vq->index, vq->notify_addr);
}

static u8 modern_read_isr(struct virtio_device *vdev)
{
	return ioread8(vdev->isr);
}

/* What the device does not have is 0. */
static u32 modern_read_config(struct virtio_device *vdev, unsigned int offset, unsigned int size)
{
	const char *at = vdev->config + offset;

	if (offset + size > vdev->config_len)
		return 0;
	return size == 1 ? ioread8(at) : size == 2 ? ioread16(at) : ioread32(at);
}

static u8 modern_generation(struct virtio_device *vdev)
{
	return ioread8(COMMON(vdev, config_generation));
}

static void modern_release(struct virtio_device *vdev)
{
	char **const maps[] = {&vdev->common, &vdev->isr, &vdev->config, &vdev->notify};

	for (unsigned int i = 0; i < ARRAY_SIZE(maps); i++) {
		if (*maps[i])
			iounmap(*maps[i]);
		*maps[i] = NULL;
	}
}

static const struct virtio_config_ops modern_ops = {
	.get_status = modern_get_status,
	.set_status = modern_set_status,
	.get_features = modern_get_features,
	.set_features = modern_set_features,
	.queue_size = modern_queue_size,
	.set_queue = modern_set_queue,
	.notify = modern_notify,
	.read_isr = modern_read_isr,
	.read_config = modern_read_config,
	.generation = modern_generation,
	.release = modern_release,
};

/* ---- finding the registers ---- */

/* The capability of this type, or 0. */
static u8 find_capability(const struct pci_dev *pci, u8 type)
{
	u8 at = pci_find_capability(pci, PCI_CAP_ID_VNDR);

	while (at && pci_read_config_byte(pci, at + VIRTIO_PCI_CAP_CFG_TYPE) != type)
		at = pci_find_next_capability(pci, at, PCI_CAP_ID_VNDR);
	return at;
}

/* Map the registers that a capability names, at least `min` bytes. 0, -ENODEV or -ENOMEM. */
static int map_capability(struct virtio_device *vdev, u8 type, u32 min, char **map, u32 *len)
{
	const struct pci_dev *pci = vdev->pci;
	u8 at = find_capability(pci, type), nr;
	const struct pci_bar *bar;
	u32 offset, length;

	if (!at)
		return -ENODEV;
	nr = pci_read_config_byte(pci, at + VIRTIO_PCI_CAP_BAR);
	offset = pci_read_config_dword(pci, at + VIRTIO_PCI_CAP_OFFSET);
	length = pci_read_config_dword(pci, at + VIRTIO_PCI_CAP_LENGTH);
	if (nr >= PCI_NUM_BARS || length < min)
		return -ENODEV;
	bar = &pci->bar[nr];
	if (bar->io || offset > bar->size || length > bar->size - offset || !bar->start ||
	    bar->start + bar->size > 1ULL << 32)
		return -ENODEV;
	*map = ioremap(bar->start + offset, length);
	if (len)
		*len = length;
	return *map ? 0 : -ENOMEM;
}

int virtio_pci_modern_probe(struct virtio_device *vdev)
{
	u8 notify = find_capability(vdev->pci, VIRTIO_PCI_CAP_NOTIFY_CFG);
	int err;

	if (!notify)
		return -ENODEV;
	vdev->notify_multiplier =
		pci_read_config_dword(vdev->pci, notify + VIRTIO_PCI_NOTIFY_CAP_MULT);
	err = map_capability(vdev, VIRTIO_PCI_CAP_COMMON_CFG, sizeof(struct virtio_pci_common_cfg),
			     &vdev->common, NULL);
	if (!err)
		err = map_capability(vdev, VIRTIO_PCI_CAP_ISR_CFG, 1, &vdev->isr, NULL);
	if (!err)
		err = map_capability(vdev, VIRTIO_PCI_CAP_DEVICE_CFG, 1, &vdev->config,
				     &vdev->config_len);
	if (!err)
		err = map_capability(vdev, VIRTIO_PCI_CAP_NOTIFY_CFG, sizeof(u16), &vdev->notify,
				     &vdev->notify_len);
	if (err) {
		modern_release(vdev);
		return err;
	}
	vdev->ops = &modern_ops;
	return 0;
}
