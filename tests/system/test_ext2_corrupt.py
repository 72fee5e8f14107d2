"""Damaged ext2 images as further disks: a message and an error, and the kernel goes on.

Each case makes a small image by mke2fs and spoils a few bytes of it. All of them hang on one machine as vdc, vdd ...; a shell
script inside mounts and reads each, and says what it saw. Cases without expectations are random damage: there the
only claim is that the machine lives and that the next disk is as good as ever.
"""
import os
import random
import struct
import subprocess

import pytest
from machine import compiled, execute

BLOCK = 1024
INODE = 128
ROOT = 2
S_IFREG = 0o100000


class Image:
    """An ext2 image whose structures can be found and spoiled."""

    def __init__(self, path, tree):
        self.path = path
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-b", str(BLOCK), "-I", str(INODE), "-d", tree, path, "2M"], check=True,
                       env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with open(path, "rb") as f:
            self.bytes = bytearray(f.read())
        self.inodes_per_group, = struct.unpack_from("<I", self.bytes, 1024 + 40)

    def save(self):
        with open(self.path, "wb") as f:
            f.write(self.bytes)

    def put(self, at, fmt, value):
        struct.pack_into("<" + fmt, self.bytes, at, value)

    def get(self, at, fmt):
        return struct.unpack_from("<" + fmt, self.bytes, at)[0]

    def super(self, offset, fmt, value):
        self.put(1024 + offset, fmt, value)

    def inode(self, ino):
        """The byte where inode `ino` stands."""
        group, index = divmod(ino - 1, self.inodes_per_group)
        return self.get(2 * BLOCK + 32 * group + 8, "I") * BLOCK + index * INODE

    def block(self, ino, n=0):
        """The byte where block n (one of the twelve direct ones, or 12: the indirect one) of a file stands."""
        return self.get(self.inode(ino) + 40 + 4 * n, "I") * BLOCK

    def entry(self, name, directory=ROOT):
        """The byte where the entry `name` of a directory stands."""
        at = start = self.block(directory)
        while at < start + BLOCK:
            rec_len, length = self.get(at + 4, "H"), self.get(at + 6, "B")
            if self.bytes[at + 8:at + 8 + length] == name.encode():
                return at
            at += rec_len
        raise KeyError(name)

    def number(self, name, directory=ROOT):
        return self.get(self.entry(name, directory), "I")


CASES = {}


def case(mounts=True, **expected):
    """A function that spoils an image. mounts: whether mount works; the others: what the commands below must give."""
    def add(function):
        CASES[function.__name__] = (function, mounts, expected)
        return function
    return add


@case(hello="ok", big="ok", ls="ok", link="ok")
def whole(image):
    pass


@case(mounts=False)
def no_magic(image):
    image.super(56, "H", 0)


@case(mounts=False)
def extents(image):
    image.super(96, "I", 0x42)


@case(mounts=False)
def larger_than_the_disk(image):
    image.super(4, "I", 1 << 30)


@case(mounts=False)
def no_inodes_per_group(image):
    image.super(40, "I", 0)


@case(mounts=False)
def inode_table_elsewhere(image):
    image.put(2 * BLOCK + 8, "I", 0xfffffff0)


@case(mounts=False)
def root_is_a_file(image):
    image.put(image.inode(ROOT), "H", S_IFREG | 0o755)


@case(mounts=False)
def truncated_disk(image):
    del image.bytes[len(image.bytes) // 2:]


@case(ls="error", hello="error")
def entry_of_length_zero(image):
    image.put(image.entry("hello") + 4, "H", 0)


@case(ls="error", hello="error")
def entry_beyond_its_block(image):
    image.put(image.entry("hello") + 4, "H", 0xfffc)


@case(ls="error", hello="error", sub="error")
def entry_with_a_wild_inode(image):
    image.put(image.entry("hello"), "I", 0x7fffffff)


@case(hello="error", big="ok")
def entry_with_a_reserved_inode(image):
    image.put(image.entry("hello"), "I", 7)


@case(hello="error", big="ok")
def deleted_inode(image):
    at = image.inode(image.number("hello"))
    image.put(at + 26, "H", 0)
    image.put(at + 20, "I", 1)


@case(hello="error", big="ok")
def wild_block(image):
    image.put(image.inode(image.number("hello")) + 40, "I", 0xdeadbeef)


@case(hello="ok", big="error")
def wild_indirect_block(image):
    image.put(image.inode(image.number("big")) + 40 + 4 * 12, "I", 0x80000000)


@case(hello="ok", big="error")
def garbage_in_the_indirect_block(image):
    at = image.block(image.number("big"), 12)
    image.bytes[at:at + 40] = b"\xa5" * 40


@case(hello="ok", link="error")
def link_without_end(image):
    image.put(image.inode(image.number("link")) + 4, "I", 0x7fffffff)


@case(hello="ok", sub="error")
def directory_of_odd_size(image):
    image.put(image.inode(image.number("sub")) + 4, "I", 1000)


@case(hello="ok", sub="any")
def directory_in_itself(image):
    image.put(image.entry("deep", image.number("sub")), "I", ROOT)


def scatter(seed):
    def spoil(image):
        rng = random.Random(seed)
        for _ in range(40):
            image.bytes[rng.choice((1024 + rng.randrange(1024), rng.randrange(64 * BLOCK)))] = rng.randrange(256)
    return spoil


for number in range(3):
    CASES[f"random_{number}"] = (scatter(number), None, {})

SCRIPT = """
mkdir /tmp/m
for d in %s; do
    if mount -o ro -t ext2 /dev/$d /tmp/m 2>/tmp/out; then
        echo "$d mount 0"
        /list /tmp/m >/tmp/out 2>&1; echo "$d ls $?"
        cat /tmp/m/hello >/tmp/out 2>&1; echo "$d hello $?"
        cat /tmp/m/big >/tmp/out 2>&1; echo "$d big $?"
        readlink /tmp/m/link >/tmp/out 2>&1; echo "$d link $?"
        /list /tmp/m/sub >/tmp/out 2>&1; echo "$d sub $?"
        ls -lR /tmp/m >/tmp/out 2>&1
        umount /tmp/m; echo "$d umount $?"
    else
        echo "$d mount 1"
    fi
done
cat /etc/alive
dmesg | grep EXT2-fs
"""

# unlike the ls of some, it says when a directory cannot be read to its end
LIST = r"""
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	DIR *dir = opendir(argv[1]);
	struct dirent *entry;

	errno = dir ? 0 : errno;
	while (dir && (entry = readdir(dir)))
		puts(entry->d_name);
	return errno != 0;
}
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """(what each case printed, the kernel's messages)."""
    folder = tmp_path_factory.mktemp("corrupt")
    tree, overlay = folder / "tree", folder / "overlay"
    (tree / "sub" / "deep").mkdir(parents=True)
    (tree / "hello").write_text("hello\n")
    (tree / "big").write_bytes(bytes(range(256)) * 400)
    (tree / "link").symlink_to("a" * 80)
    (overlay / "etc").mkdir(parents=True)
    (overlay / "etc" / "alive").write_text("still alive\n")
    devices, qemu = {}, []
    for n, (name, (spoil, _, _)) in enumerate(CASES.items()):
        image = Image(str(folder / name), str(tree))
        spoil(image)
        image.save()
        devices[name] = "vd" + chr(ord("c") + n)
        qemu.append(f"-drive file={folder / name},format=raw,if=virtio,readonly=on")
    (overlay / "script").write_text(SCRIPT % " ".join(devices.values()))
    compiled(overlay, "list", LIST)
    result = execute("/bin/sh", "/script", overlay=overlay, qemu=" ".join(qemu))
    assert result.status == 0 and "still alive" in result.out, result
    return devices, result.out


@pytest.mark.parametrize("name", CASES)
def test_corrupt(seen, name):
    devices, out = seen
    device = devices[name]
    _, mounts, expected = CASES[name]
    said = {line.split()[1]: "ok" if line.split()[2] == "0" else "error"
            for line in out.split("\n") if line.startswith(device + " ")}
    if mounts is not None:
        assert said["mount"] == ("ok" if mounts else "error"), out
    for what, result in expected.items():
        assert result in (said[what], "any"), f"{what}: {said[what]}\n{out}"
    if mounts is False or "error" in expected.values():
        assert f"EXT2-fs ({device}): error: " in out, out
    assert said.get("umount", "ok") == "ok"
