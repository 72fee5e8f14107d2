"""Disks that fail, that are full, and that shrink: the error reaches who asked, and the rest goes on.

Inside, tests/disk/calls.c makes the calls; QEMU's blkdebug lets reads and writes of one sector fail, once or always.
"""
import json
import os
import re
import socket
import subprocess
import time

import pytest
from machine import MAPIX, build
from powercut import tool
from test_ext2_corrupt import BLOCK, Image

SECTOR = 512
CALLS = build("tests", "disk", "calls")
BIG = 40960


class Disk:
    """An image with some files, whose blocks are known, and the ways in which it fails."""

    def __init__(self, folder, size=None):
        tree = folder / "tree"
        tree.mkdir()
        for name in "good", "bad":
            (tree / name).write_bytes(bytes([ord(name[0])]) * BIG)
        subprocess.run(["cp", CALLS, tree / "program"], check=True)
        self.folder = folder
        self.image = Image(str(folder / "image"), str(tree))
        self.rules = []

    def sector(self, name, block):
        """Where block `block` of the file stands."""
        if block < 12:
            return self.image.block(self.image.number(name), block) // SECTOR
        indirect = self.image.block(self.image.number(name), 12)
        return self.image.get(indirect + 4 * (block - 12), "I") * BLOCK // SECTOR

    def fails(self, event, sector=None, once=False):
        kind = event.split("_")[0]
        rule = {"event": event, "iotype": kind, "errno": 5, "once": "on" if once else "off"}
        if kind == "flush":
            rule["state"] = 2
        if sector is not None:
            rule["sector"] = sector
        self.rules.append(rule)

    def options(self):
        errors = "".join(f",file.inject-error.{n}.{key}={value}" for n, rule in enumerate(self.rules) for key, value in rule.items())
        if "state" in errors:  # not the first flush, which belongs to the mount
            errors += ",file.set-state.0.event=flush_to_disk,file.set-state.0.state=1,file.set-state.0.new_state=2"
        return (f"-drive if=none,id=failing,format=raw,file.driver=blkdebug,file.image.filename={self.image.path}{errors},"
                "rerror=report,werror=report -device virtio-blk-pci,drive=failing,addr=0x10")

    def start(self, *commands, qemu="", mem="64M"):
        overlay = self.folder / "overlay"
        overlay.mkdir(exist_ok=True)
        subprocess.run(["cp", CALLS, overlay], check=True)
        # an emulated machine answers at once: who waits for a disk that fails has hung
        return subprocess.Popen([MAPIX, "exec", "--patient", "--timeout=120", f"--mem={mem}", f"--overlay={overlay}",
                                 f"--qemu={self.options()} {qemu}", "--", "/calls", *commands],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *commands, mount=True, sound=True, **options):
        """The results of the commands; afterwards the image is sound."""
        around = ["mount /dev/vdc /mnt"] if mount else []
        process = self.start(*around, *commands, *(["umount /mnt"] if mount else []), **options)
        out, err = process.communicate()
        assert process.returncode == 0, (out + err).decode(errors="replace")
        results = answers(out)
        if mount:
            assert results[0] == "0" and results[-1] == "0", out.decode()
            results = results[1:-1]
        if sound:
            self.check()
        return results

    def check(self):
        checked = tool("e2fsck", "-fn", self.image.path)
        assert checked.returncode == 0, checked.stdout

    def dump(self, name):
        """The file, as the host reads it."""
        target = str(self.folder / "dumped")
        tool("debugfs", "-R", f"dump /{name} {target}", self.image.path)
        with open(target, "rb") as f:
            return f.read()


def answers(out):
    return [line.split(": ", 1)[1] for line in out.decode(errors="replace").replace("\r\n", "\n").split("\n") if ": " in line]


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def test_bad_sector_is_read(disk):
    """read, a mapping and msync of what can't be read; everything else is there."""
    disk.fails("read_aio", disk.sector("bad", 9))
    assert disk.run("open 0 /mnt/bad rw", "pread 0 0 4096", "pread 0 8192 4096", "pread 0 8192 4096", "pread 0 12288 4096",
                    "map 0 0 0 40960", "load 0 0", "load 0 9000", "store 0 9000 1", "load 0 20000",
                    "open 1 /mnt/good r", "pread 1 0 40960") == [
        "0", f"sum {98 * 4096} 4096", "EIO", "EIO", f"sum {98 * 4096} 4096",
        "0", "98", "SIGBUS", "SIGBUS", "98", "0", f"sum {103 * 40960} 40960"]


def test_a_read_that_fails_once(disk):
    disk.fails("read_aio", disk.sector("bad", 9), once=True)
    assert disk.run("open 0 /mnt/bad r", "pread 0 8192 4096", "pread 0 8192 4096")[1:] in (
        ["EIO", f"sum {98 * 4096} 4096"], [f"sum {98 * 4096} 4096"] * 2)  # read-ahead may meet it first


def test_a_program_that_cannot_be_read(disk):
    """Its first page: it is not run. A later one: it dies of SIGBUS."""
    disk.fails("read_aio", disk.sector("program", 0))
    assert disk.run("exec /mnt/program", "open 0 /mnt/good r") == ["errno 5 32256", "0"]


def test_text_that_cannot_be_read(disk):
    for block in range(4, 400):
        disk.fails("read_aio", disk.sector("program", block))
    assert disk.run("exec /mnt/program", "open 0 /mnt/good r") == ["7", "0"]


@pytest.mark.parametrize("what", ["superblock", "descriptors", "root"])
def test_a_mount_that_fails(disk, what):
    at = {"superblock": 1024, "descriptors": 2048, "root": disk.image.inode(2)}[what]
    disk.fails("read_aio", at // BLOCK * BLOCK // SECTOR)
    assert disk.run("mount /dev/vdc /mnt", "mount /dev/vdc /mnt", mount=False)[0] in ("EIO", "EINVAL")


@pytest.mark.parametrize("how", ["fsync", "fdatasync", "syncfs"])
def test_a_write_that_fails_once(disk, how):
    """Every file that was open hears of it once; what is written afterwards arrives."""
    disk.fails("write_aio", disk.sector("bad", 9), once=True)
    assert disk.run("open 0 /mnt/bad w", "open 1 /mnt/bad r", "open 2 /mnt/good w", "pwrite 0 8192 4096 1", "pwrite 2 0 4096 2",
                    f"{how} 0", "fsync 1", "fsync 0" if how != "syncfs" else "syncfs 0", "fsync 1", "fsync 2",
                    "open 3 /mnt/bad r", "fsync 3",
                    "pwrite 0 8192 4096 3", "fsync 0", "fsync 1")[5:] == [
        "EIO", "EIO", "0", "0", "0", "0", "0", "4096", "EIO" if how == "syncfs" else "0", "0"]
    assert disk.dump("bad")[8192:12288] == b"\3" * 4096
    assert disk.dump("good")[:4097] == b"\2" * 4096 + b"g"


def test_a_store_that_cannot_be_written(disk):
    disk.fails("write_aio", disk.sector("bad", 9), once=True)
    assert disk.run("open 0 /mnt/bad w", "map 0 0 0 40960", "store 0 9000 1", "msync 0", "msync 0", "store 0 9000 4", "msync 0")[2:] == [
        "0", "EIO", "0", "0", "0"]
    assert disk.dump("bad")[9000] == 4


def test_a_sector_that_is_never_written(disk):
    disk.fails("write_aio", disk.sector("bad", 9))
    assert disk.run("open 0 /mnt/bad w", "open 2 /mnt/good w", "pwrite 0 8192 4096 1", "fsync 0", "pwrite 0 8192 4096 1", "fsync 0",
                    "pwrite 2 0 4096 2", "fsync 2", "open 1 /mnt/new wc", "pwrite 1 0 5000 5", "fsync 1")[3:] == [
        "EIO", "4096", "EIO", "4096", "0", "0", "5000", "0"]
    assert disk.dump("new") == b"\5" * 5000


def test_metadata_that_cannot_be_written(disk):
    """The table of inodes: fsync says so, and the machine lives."""
    disk.fails("write_aio", disk.image.inode(disk.image.number("bad")) // BLOCK * BLOCK // SECTOR)
    results = disk.run("open 0 /mnt/bad w", "pwrite 0 60000 10 1", "fsync 0", "sync", "open 1 /mnt/good r", "pread 1 0 10", sound=False)
    assert results[2] == "EIO" and results[5] == f"sum {103 * 10} 10"


def test_a_cache_that_cannot_be_flushed(disk):
    disk.fails("flush_to_disk", once=True)
    results = disk.run("open 0 /mnt/bad w", "pwrite 0 0 10 1", "fsync 0", "pwrite 0 0 10 2", "fsync 0")
    assert results[2] == "EIO" and results[4] == "0", results
    assert disk.dump("bad")[:10] == b"\2" * 10


def test_full(disk):
    """ENOSPC for write, SIGBUS for a store to a hole; nothing is lost, and the room comes back."""
    results = disk.run("statfs /mnt", "open 0 /mnt/sparse wc", "trunc 0 100000", "map 0 0 0 100000", "open 1 /mnt/filler wc", "fill 1 7",
                       "fsync 1", "store 0 50000 1", "pwrite 1 0 10 8", "pwrite 0 4096 10 1", "mkdir /mnt/dir", "load 0 50000",
                       "open 2 /mnt/good w", "pwrite 2 0 10 9", "fsync 2", "statfs /mnt",
                       "trunc 1 0", "store 0 50000 1", "mkdir /mnt/dir", "fsync 0", "unmap 0", "close 0", "close 1",
                       "unlink /mnt/sparse", "unlink /mnt/filler", "sync", "statfs /mnt")
    free = int(results[0].split()[1])
    written = int(results[5].split()[0])
    assert re.fullmatch(r"\d+ bytes, then ENOSPC", results[5]) and written > (free - 20) * BLOCK, results
    assert results[6:15] == ["0", "SIGBUS", "10", "ENOSPC", "ENOSPC", "0", "0", "10", "0"], results
    assert results[15].startswith("free 0 avail 0 "), results
    assert results[16:26] == ["0"] * 10, results
    assert int(results[26].split()[1]) == free - 1, results  # the folder has a block
    assert disk.dump("good")[:11] == b"\t" * 10 + b"g"


def test_room_for_root_alone(disk):
    """What is reserved is not given to users; statfs counts it as free, but not as theirs."""
    tool("tune2fs", "-m", "10", disk.image.path)
    free, avail = (int(n) for n in re.findall(r"\d+", disk.run("statfs /mnt")[0])[:2])
    assert free - avail == 204, (free, avail)


def test_image_that_shrinks_under_a_mapping(disk):
    """What lies behind the end of the disk is gone: SIGBUS, and EIO."""
    path = str(disk.folder / "monitor")
    process = disk.start("mount /dev/vdc /mnt", "open 0 /mnt/bad w", "map 0 0 0 40960", "wait", "drop",
                         "load 0 0", "load 0 20000", "pread 0 20000 10",
                         qemu=f"-qmp unix:{path},server=on,wait=off")
    lines = []
    while not lines or not lines[-1].endswith(b"waiting"):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line.strip())
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        f = s.makefile("rw")
        f.readline()
        for command in ({"execute": "qmp_capabilities"},
                        {"execute": "block_resize", "arguments": {"device": "failing", "size": disk.sector("bad", 10) * SECTOR}}):
            f.write(json.dumps(command) + "\n")
            f.flush()
            while "return" not in (answer := json.loads(f.readline())):
                assert "error" not in answer, answer
    out, err = process.communicate(b"\n")
    assert process.returncode == 0, (out + err).decode(errors="replace")
    assert answers(out)[1:4] == ["98", "SIGBUS", "EIO"], out.decode()
