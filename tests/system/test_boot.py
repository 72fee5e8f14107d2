"""The ways to start: GRUB and QEMU's -kernel, little memory and much, the root file system on a disk or in RAM."""
import re

import pytest
from machine import PROMPT, build


def test_grub_iso_boots_to_a_prompt(console):
    machine = console("-boot", "d", "-cdrom", build("mapix.iso"))
    machine.expect(PROMPT, 60)
    assert machine.run("echo $((6 * 7)) || expr 6 \\* 7; echo end") .endswith("end")


@pytest.mark.parametrize("mem, least, most", [("16M", 8, 16), ("128M", 110, 128), ("3G", 2900, 3072)])
def test_memory_sizes(mapix, mem, least, most):
    """meminfo tells of the memory there is, and most of it is free."""
    result = mapix("/bin/cat", "/proc/meminfo", mem=mem)
    assert result.status == 0, result
    figures = {name: int(kb) for name, kb in re.findall(r"^(\w+): +(\d+) kB$", result.out, re.M)}
    assert least * 1024 <= figures["MemTotal"] <= most * 1024, result
    assert figures["MemFree"] <= figures["MemTotal"]
    assert figures["MemFree"] >= figures["MemTotal"] * 0.6, result
    if mem == "3G":
        assert figures["HighTotal"] > 1024 * 1024, result
        assert figures["HighTotal"] + figures["LowTotal"] == figures["MemTotal"]


def test_root_in_a_boot_module(mapix):
    result = mapix("/bin/cat", "/proc/mounts", append="root=/dev/ram0", qemu=f"-initrd {build('root.img')}")
    assert result.status == 0, result
    assert re.search(r"^/dev/(ram0|root) / ext2 ", result.out, re.M), result


def test_no_root_file_system(console):
    """The panic names what was tried and what there is."""
    machine = console("-kernel", build("kernel.elf"), "-append", "root=/dev/nonesuch console=ttyS0")
    machine.expect(r"Kernel panic.*", 30)
    assert "nonesuch" in machine.seen
    assert "vda" in machine.seen


def test_no_disk_at_all(console):
    machine = console("-kernel", build("kernel.elf"), "-append", "root=/dev/vda console=ttyS0", disk=False)
    machine.expect(r"Kernel panic.*", 30)
    assert "vda" in machine.seen


def test_damaged_root_file_system(console, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(b"\xa5" * (1 << 20))
    machine = console("-kernel", build("kernel.elf"), "-append", "root=/dev/vda console=ttyS0",
                      "-drive", f"file={image},format=raw,if=virtio", disk=False)
    machine.expect(r"Kernel panic.*", 30)
