"""Damaged ext2 images by the hundred: spoiled from a seed, and used by tests/disk/corrupt.c inside.

Each image comes twice: as it was spoiled, to be walked and written to (the kernel must live, and say EUCLEAN or EIO with a message);
and repaired by e2fsck, to be read and added to: then e2fsck must find nothing, and what it held must be as it was.
The images stand one behind the other on a disk, the store; the program copies each into a partition of another one, the slot.

    corrupt.py [--images N] [--first SEED] [--linux] [--keep FOLDER]: the long run; --linux: on Linux, to compare
"""
import argparse
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import mbr

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")
PROGRAM = os.path.join(BUILD, "tests", "disk", "corrupt")
SIZE = 2 << 20
HEAD = 65536
MAX_IMAGES = 4096
SLOT_AT = 128  # sectors; as many stand behind it
PER_BOOT = 50
MOST_READ = 512 << 10
ROOT_INO = 2
DIRECTORY, REGULAR, SYMLINK = 4, 8, 10
SHAPES = (["-b", "1024", "-I", "128", "-N", "128"], ["-b", "1024", "-I", "256", "-g", "512", "-N", "128"], ["-b", "4096", "-I", "256", "-N", "128"],
          ["-b", "2048", "-I", "128", "-N", "128", "-O", "^sparse_super,^resize_inode"], ["-b", "1024", "-r", "0", "-O", "none", "-N", "128"])


def tool(name, *arguments, **options):
    """One of e2fsprogs, wherever it stands."""
    return subprocess.run([name, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=120, env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}, **options)


class Image:
    """An ext2 image whose structures can be found, read and spoiled."""

    def __init__(self, data):
        self.bytes = bytearray(data)
        self.block_size = 1024 << min(self.get(1024 + 24, "I"), 2)
        self.blocks = self.get(1024 + 4, "I")
        self.first_block = self.get(1024 + 20, "I")
        self.per_group = self.get(1024 + 32, "I")
        self.inodes_per_group = self.get(1024 + 40, "I")
        self.inodes = self.get(1024, "I")
        self.inode_size = self.get(1024 + 88, "H") if self.get(1024 + 76, "I") else 128
        self.groups = -(-(self.blocks - self.first_block) // self.per_group)
        self.table = (self.first_block + 1) * self.block_size

    def put(self, at, fmt, value):
        size = struct.calcsize(fmt)
        self.bytes[at:at + size] = struct.pack("<" + fmt, value & (1 << 8 * size) - 1)

    def get(self, at, fmt):
        return struct.unpack_from("<" + fmt, self.bytes, at)[0]

    def group(self, n):
        return self.table + 32 * n

    def inode(self, ino):
        """The byte where inode `ino` stands."""
        group, index = divmod(ino - 1, self.inodes_per_group)
        return self.get(self.group(group) + 8, "I") * self.block_size + index * self.inode_size

    def used(self):
        """The inodes that something uses."""
        return [ino for ino in (ROOT_INO, *range(11, self.inodes + 1)) if self.get(self.inode(ino) + 26, "H")]

    def kind(self, ino):
        return self.get(self.inode(ino), "H") >> 12

    def size(self, ino):
        at = self.inode(ino)
        return self.get(at + 4, "I") | (self.get(at + 108, "I") << 32 if self.kind(ino) == REGULAR else 0)

    def has_map(self, ino):
        """Does the inode have blocks, and not a short symbolic link or a device?"""
        at, kind = self.inode(ino), self.kind(ino)
        xattr = self.block_size // 512 if self.get(at + 104, "I") else 0
        return kind in (DIRECTORY, REGULAR) or kind == SYMLINK and self.get(at + 28, "I") > xattr

    def map(self, ino):
        """(block of the file -> block of the disk, the blocks full of numbers)."""
        data, indirect, per = {}, [], self.block_size // 4

        def add(number, logical, level):
            if number and level == 0:
                data[logical] = number
            elif number:
                indirect.append(number)
                for n in range(per):
                    add(self.get(number * self.block_size + 4 * n, "I"), logical + n * per ** (level - 1), level - 1)

        start, at = 0, self.inode(ino) + 40
        for n in range(15) if self.has_map(ino) else ():
            level = max(0, n - 11)
            add(self.get(at + 4 * n, "I"), start, level)
            start += per ** level
        return data, indirect

    def block(self, number):
        return self.bytes[number * self.block_size:(number + 1) * self.block_size]

    def content(self, ino):
        """What tells whether a file is as it was: its size and the blocks that are not zeros."""
        size, zeros = self.size(ino), bytes(self.block_size)
        parts = {}
        for n, number in self.map(ino)[0].items():
            part = bytes(self.block(number)[:max(0, size - n * self.block_size)])
            if part != zeros[:len(part)]:
                parts[n] = zlib.crc32(part)
        return size, parts

    def checksum(self, ino):
        """As the program inside makes it: of the whole file, if that is not too long."""
        size = self.size(ino)
        if size > MOST_READ:
            return None
        data, _ = self.map(ino)
        blocks = (self.block(data[n]) if n in data else bytes(self.block_size) for n in range(-(-size // self.block_size)))
        return zlib.crc32(b"".join(blocks)[:size])

    def entries(self, ino):
        """(byte, inode, name) for each entry of a directory."""
        for _, number in sorted(self.map(ino)[0].items()):
            at = number * self.block_size
            while at < (number + 1) * self.block_size:
                rec_len, length = self.get(at + 4, "H"), self.get(at + 6, "B")
                yield at, self.get(at, "I"), bytes(self.bytes[at + 8:at + 8 + length])
                at += max(rec_len, 8)

    def tree(self):
        """All names, {(directory, name): inode}, and {inode: content} of what they are."""
        names, contents, left, seen = {}, {}, [ROOT_INO], set()
        while left:
            directory = left.pop()
            seen.add(directory)
            for _, ino, name in self.entries(directory):
                if not ino or name in (b".", b".."):
                    continue
                names[directory, name] = ino
                if self.kind(ino) == DIRECTORY and ino not in seen:
                    left.append(ino)
                elif self.kind(ino) in (REGULAR, SYMLINK) and ino not in contents:
                    contents[ino] = self.content(ino) if self.has_map(ino) else self.get(self.inode(ino) + 4, "I")
        return names, contents


# ---- the sound image ----

def fill(tree):
    for name in ("sub/deep/deeper", "many", "attributes"):
        os.makedirs(os.path.join(tree, name))
    files = {"hello": b"hello\n", "big": bytes(range(256)) * 1300, "sub/middle": b"middle" * 3000, "sub/deep/file": b"x" * 100,
             "attributes/small": b"s", "attributes/large": b"l" * 5000, "empty": b""}
    files.update({"many/" + "name" * 12 + str(n): b"" if n % 9 else b"%d" % n * 50 for n in range(60)})
    for name, data in files.items():
        with open(os.path.join(tree, name), "wb") as f:
            f.write(data)
    with open(os.path.join(tree, "sparse"), "wb") as f:
        for at in (0, 20 << 10, 1 << 20, 80 << 20):
            f.seek(at)
            f.write(b"part" * 300)
    os.symlink("hello", os.path.join(tree, "short"))
    os.symlink("h" * 200, os.path.join(tree, "sub", "long"))
    os.link(os.path.join(tree, "hello"), os.path.join(tree, "sub", "again"))
    os.mkfifo(os.path.join(tree, "fifo"))


def sound(folder):
    """One sound image of each shape, as bytes."""
    tree = os.path.join(folder, "tree")
    fill(tree)
    images = []
    for n, shape in enumerate(SHAPES):
        path = os.path.join(folder, f"sound{n}")
        made = tool("mke2fs", "-q", "-F", "-t", "ext2", *shape, "-d", tree, path, f"{SIZE >> 10}k")
        assert made.returncode == 0, made.stdout
        commands = os.path.join(folder, "commands")
        with open(commands, "w", encoding="utf-8") as f:
            f.write("ea_set attributes/small user.name value\n"
                    f"ea_set attributes/large user.name {'v' * 300}\nea_set attributes/large user.other {'w' * 400}\n"
                    "mknod null c 1 3\n")
        tool("debugfs", "-w", "-f", commands, path)
        tool("e2fsck", "-fyD", path)
        with open(path, "rb") as f:
            images.append(f.read())
    return images


# ---- damage ----

WILD = (0, 1, 2, 7, 8, 0x7f, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff)


def wild(image, rng):
    """A number that may be a bad one."""
    return rng.choice((rng.choice(WILD), rng.randrange(image.blocks), rng.randrange(1, 64), rng.getrandbits(32)))


def metadata(image):
    """Blocks that are not data of files."""
    found = {1024 // image.block_size, image.first_block + 1}
    for n in range(image.groups):
        bitmaps_and_table = [image.get(image.group(n) + 4 * i, "I") for i in range(3)]
        table = -(-image.inodes_per_group * image.inode_size // image.block_size)
        found.update(bitmaps_and_table, range(bitmaps_and_table[2], bitmaps_and_table[2] + table))
    for ino in image.used():
        data, indirect = image.map(ino)
        found.update(indirect, data.values() if image.kind(ino) == DIRECTORY else (), filter(None, [image.get(image.inode(ino) + 104, "I")]))
    return sorted(found)


def of_kind(image, rng, *kinds):
    return rng.choice([ino for ino in image.used() if image.kind(ino) in kinds and image.has_map(ino)])


def random_bytes(image, rng):
    number = rng.choice(metadata(image))
    for _ in range(rng.choice((1, 4, 40))):
        image.bytes[number * image.block_size + rng.randrange(image.block_size)] = rng.getrandbits(8)


def random_bits(image, rng):
    number = rng.choice(metadata(image))
    for _ in range(rng.choice((1, 2, 8))):
        image.bytes[number * image.block_size + rng.randrange(image.block_size)] ^= 1 << rng.randrange(8)


def swapped_blocks(image, rng):
    a, b = rng.choice(metadata(image)[2:]), rng.choice((*metadata(image)[2:], rng.randrange(image.first_block + 2, image.blocks)))
    size = image.block_size
    a_bytes, b_bytes = image.block(a), image.block(b)
    image.bytes[a * size:(a + 1) * size], image.bytes[b * size:(b + 1) * size] = b_bytes, a_bytes


def zeroed_block(image, rng):
    number = rng.choice(metadata(image)[2:])
    image.bytes[number * image.block_size:(number + 1) * image.block_size] = bytes([rng.choice((0, 0, 255))]) * image.block_size


def counts(image, rng):
    at, fmt = rng.choice(((1024 + 12, "I"), (1024 + 16, "I"), (1024 + 8, "I"), *((image.group(rng.randrange(image.groups)) + n, "H") for n in (12, 14, 16))))
    image.put(at, fmt, wild(image, rng))


def bitmaps(image, rng):
    for n in range(image.groups):
        number = image.get(image.group(n) + rng.choice((0, 4)), "I")
        value = rng.choice((0, 0, 255, rng.getrandbits(8)))
        image.bytes[number * image.block_size:(number + 1) * image.block_size] = bytes([value]) * image.block_size


def inode_field(image, rng):
    at = image.inode(rng.choice(image.used()))
    offset, fmt = rng.choice(((0, "H"), (0, "H"), (4, "I"), (4, "I"), (20, "I"), (26, "H"), (26, "H"), (28, "I"), (32, "I"), (104, "I"),
                              (104, "I"), (108, "I"), (128 % image.inode_size, "H")))
    image.put(at + offset, fmt, rng.choice((wild(image, rng), image.get(at + offset, fmt) + rng.choice((-1, 1)))))


def inode_type(image, rng):
    at = image.inode(rng.choice(image.used()))
    image.put(at, "H", rng.choice((1, 2, 4, 6, 8, 10, 12, 0, 15)) << 12 | 0o644)


def block_pointer(image, rng):
    """A block of a file that is metadata, another file's, or none at all."""
    at = image.inode(of_kind(image, rng, DIRECTORY, REGULAR, SYMLINK))
    image.put(at + 40 + 4 * rng.choice((0, 0, 1, 5, 11, 12, 12, 13, 13, 14)), "I", rng.choice((wild(image, rng), rng.choice(metadata(image)), image.blocks)))


def indirect_pointer(image, rng):
    """Blocks of numbers that hold themselves, each other, metadata or garbage."""
    maps = [numbers for numbers in (image.map(ino)[1] for ino in image.used()) if numbers]
    numbers = rng.choice(maps)
    for _ in range(rng.choice((1, 3, 50))):
        number = rng.choice(numbers)
        to = rng.choice((number, rng.choice(numbers), rng.choice(rng.choice(maps)), rng.choice(metadata(image)), wild(image, rng)))
        image.put(number * image.block_size + 4 * rng.choice((0, 1, 2, rng.randrange(image.block_size // 4))), "I", to)


def directory_entry(image, rng):
    for _ in range(rng.choice((1, 1, 3))):
        at = rng.choice(list(image.entries(of_kind(image, rng, DIRECTORY))) or [(image.table, 0, b"")])[0]
        what = rng.randrange(7)
        if what == 0:
            image.put(at + 4, "H", rng.choice((0, 1, 4, 7, 8, 12, image.block_size, image.block_size - 4, 0xfffc, 0xffff, rng.getrandbits(16))))
        elif what == 1:
            image.put(at + 6, "B", rng.choice((0, 255, rng.getrandbits(8))))
        elif what == 2:
            image.put(at, "I", rng.choice((wild(image, rng), image.inodes, image.inodes + 1)))
        elif what == 3:
            image.put(at + 7, "B", rng.getrandbits(8))
        elif what == 4:
            image.put(at + 8, "B", rng.choice((0, ord("/"), ord("."), rng.getrandbits(8))))
        elif what == 5:
            image.put(at, "I", rng.choice(image.used()))
        else:
            image.put(at, "I", of_kind(image, rng, DIRECTORY))


def dots(image, rng):
    """No "." or no "..", or another directory's."""
    entries = list(image.entries(of_kind(image, rng, DIRECTORY)))
    at, _, _ = rng.choice(entries[:2])
    if rng.randrange(2):
        image.put(at + 8, "B", ord("x"))
    else:
        image.put(at, "I", rng.choice((0, 1, of_kind(image, rng, DIRECTORY), of_kind(image, rng, REGULAR), image.inodes + 1)))


def descriptor(image, rng):
    at = image.group(rng.randrange(image.groups)) + 4 * rng.randrange(3)
    near = image.get(at, "I") + rng.choice((-3, -2, -1, 1, 2))
    image.put(at, "I", rng.choice((wild(image, rng), rng.choice(metadata(image)), near, image.get(image.group(rng.randrange(image.groups)) + 8, "I"))))


def superblock(image, rng):
    offset, fmt = rng.choice(((0, "I"), (4, "I"), (8, "I"), (12, "I"), (16, "I"), (20, "I"), (24, "I"), (28, "I"), (32, "I"), (36, "I"), (40, "I"),
                              (52, "H"), (54, "H"), (58, "H"), (60, "H"), (62, "H"), (76, "I"), (80, "H"), (84, "I"), (88, "H"), (90, "H"),
                              (92, "I"), (96, "I"), (100, "I"), (204, "B"), (206, "H"), (232, "I"), (256, "I"), (260, "I")))
    old = image.get(1024 + offset, fmt)
    image.put(1024 + offset, fmt, rng.choice((wild(image, rng), old + 1, old - 1, old ^ 1 << rng.randrange(8), old // 2, 3)))


def xattr_block(image, rng):
    blocks = [image.get(image.inode(ino) + 104, "I") for ino in image.used() if image.get(image.inode(ino) + 104, "I")]
    inside = [image.inode(ino) + 128 for ino in image.used() if image.inode_size > 128]
    if blocks and (not inside or rng.randrange(2)):
        start, size = rng.choice(blocks) * image.block_size, image.block_size
    elif inside:
        start, size = rng.choice(inside), image.inode_size - 128
    else:
        return inode_field(image, rng)
    for _ in range(rng.choice((1, 1, 5))):
        at = start + 4 * rng.choice((0, 1, 2, 8, 9, 10, 11, 12, rng.randrange(size // 4)))
        image.put(at, "I", rng.choice((wild(image, rng), image.get(at, "I") ^ 1 << rng.randrange(32))))


def tree_of_hashes(image, rng):
    big = [ino for ino in image.used() if image.kind(ino) == DIRECTORY and image.size(ino) > image.block_size]
    if not big:
        return directory_entry(image, rng)
    ino = rng.choice(big)
    at = image.map(ino)[0][0] * image.block_size
    image.put(at + 4 * rng.choice((3, 6, 7, 8, 9, 10, 11, rng.randrange(image.block_size // 4))), "I", wild(image, rng))
    if rng.randrange(2):
        image.put(image.inode(ino) + 32, "I", rng.choice((0, 0x1000, 0x30)))


DAMAGE = (random_bytes, random_bits, swapped_blocks, zeroed_block, counts, bitmaps, inode_field, inode_field, inode_type, block_pointer, block_pointer,
          indirect_pointer, indirect_pointer, directory_entry, directory_entry, dots, descriptor, superblock, xattr_block, tree_of_hashes)


def damaged(images, seed):
    """(the names of what was done, the bytes) for a seed."""
    rng = random.Random(seed)
    sane = Image(images[seed % len(images)])
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        before = bytes(sane.bytes)
        how = rng.choice(DAMAGE)
        try:
            how(sane, rng)
        except (struct.error, IndexError, RecursionError):  # nothing is found any more in what is so damaged
            sane.bytes[:] = before
            continue
        done.append(how.__name__)
    return "+".join(done), bytes(sane.bytes)


# ---- a run ----

class Item:
    """An image on the store, and what it must still hold."""

    def __init__(self, seed, kind, how, data, names=None, contents=None):
        self.seed, self.kind, self.how, self.data, self.names, self.contents = seed, kind, how, data, names, contents
        self.lines = []
        self.faults = []

    def __str__(self):
        return f"seed {self.seed} ({'damaged' if self.kind == 'd' else 'repaired'}, {self.how})"


def repaired(folder, item):
    """The image as e2fsck repairs it, or None if it cannot."""
    path = os.path.join(folder, "repair")
    with open(path, "wb") as f:
        f.write(item.data)
    for _ in range(3):
        try:
            code = tool("e2fsck", "-fy", path).returncode
        except subprocess.TimeoutExpired:
            return None
        if code in (0, 8):
            break
    if code:
        return None
    with open(path, "rb") as f:
        image = Image(f.read(SIZE).ljust(SIZE, b"\0"))
    if image.get(1024 + 96, "I") & ~0x12 or image.get(1024 + 100, "I") & ~7:  # another kind of file system by now
        return None
    names, contents = image.tree()
    return Item(item.seed, "r", item.how, bytes(image.bytes), names, contents)


def prepared(folder, images, seeds):
    items = []
    for seed in seeds:
        how, data = damaged(images, seed)
        items.append(Item(seed, "d", how, data))
        sound_again = repaired(folder, items[-1])
        if sound_again:
            items.append(sound_again)
    return items


def write_disks(folder, items):
    store, slot = os.path.join(folder, "store"), os.path.join(folder, "slot")
    with open(store, "wb") as f:
        f.write(struct.pack("<II", len(items), SIZE) + "".join(item.kind for item in items).encode().ljust(MAX_IMAGES, b"\0"))
        f.write(struct.pack(f"<{len(items)}I", *(item.seed for item in items)))
        for n, item in enumerate(items):
            f.seek(HEAD + n * SIZE)
            f.write(item.data)
    with open(slot, "wb") as f:
        f.write(b"\x5a" * (SIZE + 2 * SLOT_AT * 512))
    mbr.partition(slot, [(SLOT_AT, SIZE // 512)])
    with open(slot, "rb") as f:
        return store, slot, f.read(SLOT_AT * 512)


SCRIPT = 'exec /corrupt $(readlink -f /dev/disk/0) $(readlink -f /dev/disk/1)1\n'


def guest(folder, disks, linux, kernel):
    overlay = os.path.join(folder, "overlay")
    os.makedirs(overlay, exist_ok=True)
    with open(os.path.join(overlay, "script"), "w", encoding="ascii") as f:
        f.write(SCRIPT)
    if not os.path.exists(os.path.join(overlay, "corrupt")):
        os.link(PROGRAM, os.path.join(overlay, "corrupt")) if os.stat(PROGRAM).st_dev == os.stat(overlay).st_dev else \
            subprocess.run(["cp", PROGRAM, overlay], check=True)
    command = [os.path.join(ROOT, "scripts", "linux-exec")] if linux else [os.path.join(ROOT, "scripts", "mapix"), "exec"]
    command += ["--patient", f"--overlay={overlay}", "--timeout=1500", *(f"--disk={disk}" for disk in disks), "--", "/bin/sh", "/script"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, **({"MAPIX_KERNEL": kernel} if kernel else {})})


def judge_line(item, kind, text):
    """What a line of the program says against the kernel, or None."""
    if kind in "OXHSTBC":
        return f"{kind} {text}"
    if kind in "UM" and text != "0" and (kind == "U" or item.kind == "r"):
        return ("umount" if kind == "U" else "mount") + f" fails: {text}"
    if kind == "F":
        ino, size, crc, error = text.split()
        if error != "0":
            return f"inode {ino} cannot be read: {error}"
        expected = Image(item.data).checksum(int(ino))
        if expected is not None and expected != int(crc, 16):
            return f"inode {ino} of {size} bytes is read wrongly"
    return None


def judge(folder, item, number, store):
    """Collect the faults that an image shows."""
    said = {line[0]: line[2:] for line in item.lines}
    for line in item.lines:
        fault = judge_line(item, line[0], line[2:])
        if fault and (item.kind == "r" or line[0] != "F"):
            item.faults.append(fault)
    if "G" not in said:
        item.faults.append("the machine ended here")
    elif said.get("E", "0") != "0" and said["G"] == "0":
        item.faults.append("an error without a message")
    if item.kind == "d" or item.faults:
        return
    path = os.path.join(folder, "after")
    with open(store, "rb") as f, open(path, "wb") as out:
        f.seek(HEAD + number * SIZE)
        data = f.read(SIZE)
        out.write(data)
    check = tool("e2fsck", "-fn", path)
    if check.returncode:
        item.faults.append("e2fsck: " + check.stdout)
        return
    names, contents = Image(data).tree()
    item.faults += [f"{name} is lost" for name, ino in item.names.items() if names.get(name) != ino]
    item.faults += [f"inode {ino} has changed" for ino, content in item.contents.items() if contents.get(ino) != content]


def run(folder, items, linux=False, kernel=None):
    """Use the images in one machine: each item gets its faults; what else there is to say."""
    store, slot, before = write_disks(folder, items)
    result = guest(folder, (store, slot), linux, kernel)
    item = None
    for line in result.stdout.decode(errors="replace").split("\n"):
        if re.fullmatch(r"I \d+", line):
            item = items[int(line[2:])]
        elif item and re.match(r"[A-Z] ", line):
            item.lines.append(line)
    last = items.index(item) if item else -1
    for number, item in enumerate(items[:last + 1]):
        judge(folder, item, number, store)
    with open(slot, "rb") as f:
        data = f.read()
    if data[:len(before)] != before or data[len(before) + SIZE:] != b"\x5a" * SLOT_AT * 512:
        return "something outside the partition was written to"
    if result.returncode or b"END" not in result.stdout:
        return f"status {result.returncode} after image {last}\n" + result.stdout.decode(errors="replace")[-1500:] + result.stderr.decode(errors="replace")[-3000:]
    return ""


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--images", type=int, default=2000)
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--linux", action="store_true")
    p.add_argument("--verbose", action="store_true")
    p.add_argument("--keep", help="keep the images that show a fault in this folder")
    args = p.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        images = sound(folder)
        for first in range(args.first, args.first + args.images, PER_BOOT):
            items = prepared(folder, images, range(first, min(first + PER_BOOT, args.first + args.images)))
            debug = not args.linux and first // PER_BOOT % 3 == 2 and not os.environ.get("MAPIX_KERNEL")
            wrong = run(folder, items, args.linux, os.path.join(BUILD, "debug", "kernel.elf") if debug else None)
            for item in items:
                if args.verbose:
                    print(item, *item.lines, sep="\n\t")
                if item.faults:
                    bad += 1
                    print(item, *item.faults, sep="\n\t")
                    if args.keep:
                        with open(os.path.join(args.keep, f"{item.seed}{item.kind}"), "wb") as f:
                            f.write(item.data)
            print(f"{first}: {len(items)} images{', the debug kernel' if debug else ''}", wrong, flush=True)
            bad += bool(wrong)
    print(f"{bad} faults")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
