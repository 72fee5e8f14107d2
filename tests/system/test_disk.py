"""Disks that fail, and the disk in memory."""
import hashlib
import os
import shutil

import mbr
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


def named(size_kib):
    """A shell command that finds the disk of that size, and makes it /dev/disk/0."""
    return f"D=$(awk '$3 == {size_kib} {{print $4}}' /proc/partitions); mkdir -p /dev/disk; ln -sf /dev/$D /dev/disk/0"


@needs_busybox
@pytest.mark.parametrize("form", ["", ",disable-legacy=on", ",disable-modern=on", ",write-cache=off", ",write-cache=off,config-wce=off",
                                  ",seg-max-adjust=off,queue-size=128", ",num-queues=1,queue-size=16"])
def test_forms_of_virtio(mapix, tmp_path, scratch, form):
    qemu = f"-drive file={scratch},format=raw,if=none,id=scratch -device virtio-blk-pci,addr=0x10,drive=scratch{form}"
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; /tests/disk; echo $?; dmesg | grep -c 'leaving for legacy'; cat /sys/block/$D/cache_type",
                   overlay=overlay_of(tmp_path, "disk"), qemu=qemu)
    assert "not ok" not in result.out and "skip" not in result.out, result
    assert result.out.split("\n")[-4:-1] == ["0", "1" if "modern" in form else "0",
                                             "write through" if "write-cache=off" in form else "write back"], result


# ---- a disk that fails ----

def failing(path, *rules, name="scratch"):
    """QEMU's options for a disk with blkdebug's rules."""
    text = "".join(f",file.inject-error.{n}.{key}={value}" for n, rule in enumerate(rules) for key, value in rule.items())
    return (f"-drive if=none,id={name},format=raw,rerror=report,werror=report,file.driver=blkdebug,file.image.filename={path}{text} "
            f"-device virtio-blk-pci,addr=0x10,drive={name}")


@needs_busybox
def test_a_write_that_fails(mapix, tmp_path, scratch):
    """One bad sector in the middle of what is written by one request: fsync says so, once, and all else is on the disk."""
    before = scratch.read_bytes()
    data = os.urandom(64 * 1024)
    (tmp_path / "data").write_bytes(data)
    bad = (1 * MIB + 20 * 1024) // 512
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; exec 5<>/dev/$D; dd if=/data of=/dev/$D bs=64k seek=16 conv=notrunc,fsync 2>&1 | grep -o 'put.output error'; "
                   "dd if=/data of=/dev/$D bs=512 count=1 seek=0 conv=notrunc,fsync 2>/dev/null; echo $?; dmesg | grep 'I/O error'; "
                   "cmp /data /dev/$D 2>&1 | grep -c differ", overlay=tmp_path,
                   qemu=failing(scratch, {"event": "none", "iotype": "write", "errno": 5, "sector": bad}))
    lines = result.out.split("\n")
    assert lines[:2] == ["put/output error", "0"], result
    assert sum("I/O error, dev" in line for line in lines) == 1, result  # of the merged ones only the bad one is told
    page = bad * 512 // 4096 * 4096
    want = bytearray(before)
    want[:512] = data[:512]
    want[MIB:MIB + len(data)] = data
    want[page:page + 4096] = before[page:page + 4096]
    assert scratch.read_bytes() == want


@needs_busybox
def test_a_write_that_fails_once(mapix, tmp_path, scratch):
    """A request with several bios is tried again, bio by bio, so a single failure is not noticed."""
    data = os.urandom(64 * 1024)
    (tmp_path / "data").write_bytes(data)
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; dd if=/data of=/dev/$D bs=64k seek=16 conv=notrunc,fsync 2>/dev/null; echo $?; "
                   "dmesg | grep -c 'I/O error'", overlay=tmp_path,
                   qemu=failing(scratch, {"event": "none", "iotype": "write", "errno": 5, "once": "on", "sector": 2048 + 40}))
    assert result.out == "0\n0\n", result
    assert scratch.read_bytes()[MIB:MIB + len(data)] == data


@needs_busybox
def test_a_read_that_fails(mapix, scratch):
    """Only the page of the bad sector cannot be read; a file system's block beside it can."""
    bad = 4096 // 512 * 10 + 1
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; for n in 9 10 11; do dd if=/dev/$D of=/tmp/x bs=4k skip=$n count=1 2>/dev/null; echo $?; done; "
                   "dd if=/dev/$D of=/tmp/x bs=64k count=1 2>/dev/null; wc -c </tmp/x",
                   qemu=failing(scratch, {"event": "none", "iotype": "read", "errno": 5, "sector": bad}))
    assert result.out.split() == ["0", "1", "0", "40960"], result


@needs_busybox
def test_a_flush_that_fails(mapix, tmp_path, scratch):
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; exec 5<>/dev/$D; for n in 1 2; do dd if=/dev/zero of=/dev/$D bs=4k count=1 conv=notrunc,fsync "
                   "2>&1 | grep -c 'put.output error'; done", qemu=failing(scratch, {"event": "none", "iotype": "flush", "errno": 5, "once": "on"}))
    assert result.out == "1\n0\n", result


# ---- partitions ----

@needs_busybox
def test_file_systems_on_partitions(mapix, tmp_path, tree):
    """A disk with a table made by the host: a file system on a primary and on a logical partition, one of them the root."""
    disk = tmp_path / "disk"
    with open(build("root.img"), "rb") as f:
        root = f.read()
    sectors = len(root) // 512
    small = Image(str(tmp_path / "small"), str(tree))
    with open(small.path, "rb") as f:
        data = f.read()
    at = 4096 + sectors
    with open(disk, "wb") as f:
        f.truncate((at + 64 + len(data) // 512) * 512)
    mbr.partition(disk, [(2048, sectors)], extended=(at, 64 + len(data) // 512), logical=[(at + 64, len(data) // 512)])
    mbr.write(disk, 2048, root)
    mbr.write(disk, at + 64, data)
    result = mapix("/bin/sh", "-c", "for n in 1 5; do mkdir /tmp/$n; mount -o ro -t ext2 /dev/disk/0 /tmp/$n 2>/dev/null && echo whole; "
                   "mount -o ro -t ext2 $(readlink -f /dev/disk/0)$n /tmp/$n; done; wc -c </tmp/5/good; test -x /tmp/1/bin/ls && echo ls; "
                   "exec 5<>/dev/disk/0; grep -c '/dev/vd.[15] ' /proc/mounts", disks=(disk,))
    assert result.out == "11000\nls\n2\n", result


@needs_busybox
def test_root_on_a_partition(console, tmp_path):
    with open(build("root.img"), "rb") as f:
        root = f.read()
    disk = tmp_path / "disk"
    with open(disk, "wb") as f:
        f.truncate(2048 * 512 + len(root))
    mbr.partition(disk, [(2048, len(root) // 512)])
    mbr.write(disk, 2048, root)
    machine = console("-kernel", build("kernel.elf"), "-append", "root=/dev/vda1 console=ttyS0 loglevel=4", "-drive",
                      f"file={disk},format=raw,if=virtio,snapshot=on", disk=False)
    machine.expect(PROMPT, 30)
    assert "/dev/root on / type ext2" in machine.run("mount")
    assert machine.run("echo $(cat /sys/block/vda/vda1/start) $(ls -d /dev/vda1)") == "2048 /dev/vda1"


@needs_busybox
def test_ram_disk_is_written_to(console, tmp_path):
    data = os.urandom(256 * 1024)
    (tmp_path / "module").write_bytes(data)
    machine = console("-kernel", build("kernel.elf"), "-initrd", str(tmp_path / "module"), "-append",
                      "root=/dev/vda console=ttyS0 loglevel=4")
    machine.expect(PROMPT, 30)
    assert machine.run("cat /proc/partitions | grep ram0") == "   1        0        256 ram0"
    assert hashlib.md5(data).hexdigest() in machine.run("md5sum /dev/ram0")
    machine.run("dd if=/dev/zero of=/dev/ram0 bs=1000 count=7 seek=11 conv=notrunc,fsync 2>/dev/null")
    want = data[:11000] + b"\0" * 7000 + data[18000:]
    assert hashlib.md5(want).hexdigest() in machine.run("echo 3 >/proc/sys/vm/drop_caches; md5sum /dev/ram0")


@needs_busybox
def test_a_disk_that_is_write_protected(mapix, scratch):
    """BLKROSET cannot make it writable, and nothing is written to it."""
    before = scratch.read_bytes()
    qemu = f"-drive file={scratch},format=raw,if=none,id=scratch,readonly=on -device virtio-blk-pci,addr=0x10,drive=scratch"
    result = mapix("/bin/sh", "-c", f"{named(8 * 1024)}; cat /sys/block/$D/ro; blockdev --setrw /dev/$D; blockdev --getro /dev/$D; "
                   "echo x 2>&1 >/dev/$D | grep -c 'not permitted'", qemu=qemu)
    assert result.out == "1\n1\n1\n", result
    assert scratch.read_bytes() == before
