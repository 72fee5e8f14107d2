/*
 * The life of a virtio device up to its start, whichever form its registers have.
 */
#include "kernel/drivers/virtio.h"
#include "kernel/core/printk.h"
#include "kernel/drivers/pci.h"
#include <linux/errno.h>
#include <linux/virtio_config.h>

int virtio_probe(struct virtio_device *vdev, struct pci_dev *pci)
{
	int err;

	*vdev = (struct virtio_device){.pci = pci};
	pci_enable_device(pci);
	pci_set_master(pci);
	err = virtio_pci_modern_probe(vdev);
	if (err != -ENODEV)
		return err;
	pr_info("virtio-pci 0000:%02x:%02x.%d: virtio_pci: leaving for legacy driver\n", pci->bus,
		PCI_SLOT(pci->devfn), PCI_FUNC(pci->devfn));
	return virtio_pci_legacy_probe(vdev);
}

void virtio_release(struct virtio_device *vdev)
{
	vdev->ops->release(vdev);
}

static void add_status(struct virtio_device *vdev, u8 status)
{
	vdev->ops->set_status(vdev, vdev->ops->get_status(vdev) | status);
}

int virtio_start(struct virtio_device *vdev, u64 driver_features)
{
	vdev->ops->set_status(vdev, 0); /* reset */
	add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	add_status(vdev, VIRTIO_CONFIG_S_DRIVER);
	vdev->features = vdev->ops->get_features(vdev) & driver_features;
	vdev->ops->set_features(vdev);
	if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1))
		return 0;
	add_status(vdev, VIRTIO_CONFIG_S_FEATURES_OK);
	return vdev->ops->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -EINVAL;
}

void virtio_driver_ok(struct virtio_device *vdev)
{
	add_status(vdev, VIRTIO_CONFIG_S_DRIVER_OK);
}

void virtio_failed(struct virtio_device *vdev)
{
	vdev->ops->set_status(vdev, 0);
	add_status(vdev, VIRTIO_CONFIG_S_FAILED);
}

u64 virtio_read_config64(struct virtio_device *vdev, unsigned int offset)
{
	u32 low, high;
	u8 before;

	do {
		before = vdev->ops->generation(vdev);
		low = vdev->ops->read_config(vdev, offset, sizeof(u32));
		high = vdev->ops->read_config(vdev, offset + sizeof(u32), sizeof(u32));
	} while (vdev->ops->generation(vdev) != before);
	return low | (u64)high << 32;
}
