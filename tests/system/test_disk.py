"""Disks that fail, and the disk in memory."""
import os
import shutil

import pytest
from machine import MAPIX, PROMPT, ROOT, build, execute, needs_busybox
from test_diff import reference  # noqa: F401, a fixture
from test_ext2_corrupt import Image

MIB = 1 << 20


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    for name in "good", "bad":
        (folder / name).write_bytes(os.urandom(11000))
    return folder


def test_bad_sector(mapix, tmp_path, tree):
    """A sector that cannot be read: EIO for what stands there, and for nothing else."""
    image = Image(str(tmp_path / "image"), str(tree))
    sector = image.block(image.number("bad"), 9) // 512
    disk = (f"-drive if=virtio,readonly=on,format=raw,file.driver=blkdebug,file.image.filename={image.path},"
            f"file.inject-error.0.event=read_aio,file.inject-error.0.errno=5,file.inject-error.0.sector={sector}")
    result = mapix("/bin/sh", "-c", "mkdir /tmp/m; mount -o ro -t ext2 /dev/vdc /tmp/m; cat /tmp/m/good >/tmp/good; echo $?; "
                   "cat /tmp/m/bad >/tmp/bad; echo $?; wc -c /tmp/good /tmp/bad; dmesg | grep I/O", qemu=disk)
    lines = result.out.split("\n")
    assert lines[0] == "0" and "1" in lines[1:3], result
    assert "11000 /tmp/good" in result.out, result
    # the page before the one with the bad sector was read
    assert "8192 /tmp/bad" in result.out, result
    assert "I/O error, dev vdc, sector" in result.out, result


def test_ram_disk(console):
    """The root file system as the boot module, with no other disk."""
    machine = console("-kernel", build("kernel.elf"), "-initrd", build("root.img"), "-append", "root=/dev/ram0 console=ttyS0 loglevel=4",
                      disk=False)
    machine.expect(PROMPT, 30)
    assert "/dev/root on / type ext2 (rw" in machine.run("mount")
    with open(build("root", "bin", "ls"), "rb") as f:
        size = len(f.read())
    assert machine.run("wc -c /bin/ls") == f"{size} /bin/ls"
    assert "ram0" in machine.run("ls /dev")


@needs_busybox
def test_large_file_is_whole(mapix, tmp_path):
    """Direct, indirect and doubly indirect blocks, with a hole between."""
    lines = [f"{n:07d}\n" for n in range(900000)]
    with open(tmp_path / "large", "wb") as f:
        f.write("".join(lines[:400000]).encode())
        f.seek(1 << 20, os.SEEK_CUR)
        f.write("".join(lines[400000:]).encode())
    result = mapix("/bin/sh", "-c", "wc -c /large; grep -c 77 /large; tail -n 1 /large", overlay=tmp_path)
    assert result.out.split() == [str(900000 * 8 + (1 << 20)), "/large", str(sum("77" in line for line in lines)), "0899999"], result


def test_disk_figures(mapix, tmp_path):
    """/proc/vmstat counts the KiB that come from disks; dropped caches have to be read again."""
    (tmp_path / "file").write_bytes(os.urandom(1 << 20))
    figure = "grep '^pgpgin' /proc/vmstat"
    result = mapix("/bin/sh", "-c", f"{figure}; cat /file >/dev/null; {figure}; cat /file >/dev/null; {figure}; "
                   f"echo 3 >/proc/sys/vm/drop_caches; cat /file >/dev/null; {figure}", overlay=tmp_path)
    first, second, third, fourth = (int(line.split()[1]) for line in result.out.split("\n") if line)
    assert second - first >= 1024, result
    assert third - second < 256, result
    assert fourth - third >= 1024, result


# ---- disks that are written to ----

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)


@pytest.fixture(params=["mapix", "linux"])
def program(request):
    if request.param == "mapix":
        return (MAPIX, "exec")
    request.getfixturevalue("reference")
    return LINUX


@pytest.fixture
def scratch(tmp_path):
    """A disk of random bytes, whose end is within a page."""
    path = tmp_path / "scratch"
    path.write_bytes(os.urandom(8 * MIB + 512))
    return path


def overlay_of(tmp_path, *programs):
    """A folder with guest tests, to be laid over the root file system."""
    (tmp_path / "over" / "tests").mkdir(parents=True)
    for name in programs:
        shutil.copy(build("tests", "guest", name), tmp_path / "over" / "tests")
    return tmp_path / "over"


@pytest.mark.parametrize("test", ["disk", "partition"])
def test_guest_tests_on_a_disk(program, tmp_path, scratch, test):
    result = execute(f"/tests/{test}", program=program, overlay=overlay_of(tmp_path, test), disks=(scratch,))
    assert result.status == 0 and "skip" not in result.out and result.out.count("ok ") >= 7, result


def test_a_disk_keeps_what_was_synced(mapix, tmp_path, scratch):
    """fsync, sync and the last close bring it to the image; what lies around it stays."""
    before = scratch.read_bytes()
    for name, call in ("fsync", "conv=notrunc,fsync"), ("close", "conv=notrunc"):
        data = os.urandom(3000)
        (tmp_path / name).write_bytes(data)
        result = mapix("/bin/sh", "-c", f"dd if=/{name} of=/dev/disk/0 bs=1000 seek=77 {call} 2>/dev/null; echo $?; kill -9 $$", overlay=tmp_path,
                       disks=(scratch,))
        assert result.out == "0\n", result
        assert scratch.read_bytes() == before[:77000] + data + before[80000:]


def test_requests_are_merged_and_counted(mapix, scratch):
    """Pages that follow each other are written by few requests; a flush is one of its own."""
    stat = "cat /sys/block/$(basename $(readlink -f /dev/disk/0))/stat"
    result = mapix("/bin/sh", "-c", f"exec 5<>/dev/disk/0; {stat}; dd if=/dev/zero of=/dev/disk/0 bs=64k count=64 conv=notrunc,fsync 2>/dev/null; {stat}",
                   disks=(scratch,))
    before, after = ([int(n) for n in line.split()] for line in result.out.splitlines())
    delta = [b - a for a, b in zip(before, after)]
    assert delta[6] == 4 * MIB // 512, result  # sectors written
    assert delta[4] <= 64 and delta[5] >= 900 and delta[4] + delta[5] == 1024, result
    assert after[8] == 0 and delta[15] >= 1, result
