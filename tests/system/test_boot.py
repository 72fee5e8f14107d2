"""The ways to start: GRUB and QEMU's -kernel, little memory and much, the root file system on a disk or in RAM."""
import os
import re
import shutil
import subprocess

import pytest
from machine import PROMPT, ROOT, build


@pytest.mark.parametrize("mem", [16, 128, 3072])
def test_grub_iso_boots_to_a_prompt(console, mem):
    machine = console("-boot", "d", "-cdrom", build("mapix.iso"), mem=f"{mem}M")
    machine.expect(PROMPT, 60)
    assert machine.run("echo $((6 * 7))") == "42"
    total = int(re.search(r"MemTotal: +(\d+) kB", machine.run("cat /proc/meminfo")).group(1))
    assert mem * 0.85 < total / 1024 < mem
    assert machine.run("echo one two | grep -c one; /experiments/malloc >/dev/null; echo $?") == "1\n0"


@pytest.mark.parametrize("mem, least, most", [("16M", 8, 16), ("128M", 110, 128), ("3G", 2900, 3072)])
def test_memory_sizes(mapix, mem, least, most):
    """meminfo tells of the memory there is, and most of it is free."""
    result = mapix("/bin/cat", "/proc/meminfo", mem=mem)
    assert result.status == 0, result
    figures = {name: int(kb) for name, kb in re.findall(r"^(\w+): +(\d+) kB$", result.out, re.M)}
    assert least * 1024 <= figures["MemTotal"] <= most * 1024, result
    assert figures["MemFree"] <= figures["MemTotal"]
    assert figures["MemFree"] >= figures["MemTotal"] * 0.6, result
    assert figures["MemAvailable"] <= figures["MemTotal"]
    if mem == "3G":
        assert figures["HighTotal"] > 1024 * 1024, result
        assert figures["HighTotal"] + figures["LowTotal"] == figures["MemTotal"]


def test_root_in_a_boot_module(mapix):
    result = mapix("/bin/cat", "/proc/mounts", append="root=/dev/ram0", qemu=f"-initrd {build('root.img')}")
    assert result.status == 0, result
    assert re.search(r"^/dev/(ram0|root) / ext2 ", result.out, re.M), result


def test_root_in_a_module_of_grub(console, tmp_path):
    """The second entry of the ISO's menu: GRUB loads the root file system, and there is no disk at all."""
    boot = tmp_path / "iso" / "boot"
    (boot / "grub").mkdir(parents=True)
    with open(os.path.join(ROOT, "scripts", "grub.cfg")) as f:
        (boot / "grub" / "grub.cfg").write_text(f.read().replace("set default=0", "set default=1"))
    shutil.copy(build("iso", "boot", "kernel.elf"), boot)
    shutil.copy(build("root.img"), boot)
    subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "--compress=no", "--fonts=", "--locales=", "--themes=",
                    "--install-modules=normal iso9660 biosdisk multiboot part_msdos", "-o", tmp_path / "image.iso", tmp_path / "iso"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    machine = console("-boot", "d", "-cdrom", str(tmp_path / "image.iso"), disk=False)
    machine.expect(PROMPT, 60)
    assert "/dev/root on / type ext2 (rw" in machine.run("mount")
    assert "root=/dev/ram0" in machine.run("cat /proc/cmdline")


def test_meagre_loader(console, tmp_path):
    """No mem_lower and mem_upper, one unnamed module, a map that calls ROMs and screen usable: tests/boot/loader.asm."""
    loader = str(tmp_path / "loader")
    subprocess.run(["nasm", "-f", "elf32", os.path.join(ROOT, "tests", "boot", "loader.asm"), "-o", loader + ".o"], check=True)
    subprocess.run(["i686-linux-gnu-ld", "-m", "elf_i386", "-Ttext", "0x3000000", loader + ".o", "-o", loader], check=True)
    machine = console("-kernel", loader, "-initrd", f"{build('iso', 'boot', 'kernel.elf')},{build('root.img')}",
                      "-append", "root=/dev/ram0 console=ttyS0", mem="128M", disk=False)
    machine.expect(r"\[mem 0x000000000-0x0000fffff\] usable", 30)
    machine.expect(PROMPT, 120)
    total = int(re.search(r"MemTotal: +(\d+)", machine.run("cat /proc/meminfo")).group(1))
    assert (120 << 10) - os.path.getsize(build("root.img")) // 1024 < total < 128 << 10
    # half of it in a file: what is no memory would stop the machine
    size = 32 << 20
    assert machine.run("mount -o remount,size=50% tmpfs /tmp") == ""
    assert machine.run(f"head -c {size} /dev/zero >/tmp/f; wc -c /tmp/f", 300) == f"{size} /tmp/f"


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
