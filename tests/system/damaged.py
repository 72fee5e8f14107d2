"""Damaged images that are mounted writable, walked, written to and unmounted: no panic, no hang.

Images with a tree of files are spoiled, each by a seed of its own. Of every two one is repaired by `e2fsck -y` first: what it
held then must be there afterwards, and it must be sound. The others may be anything; the machine must live.

    damaged.py [--images N] [--first SEED]: the long run
"""
import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile

from machine import BUILD, build, execute
from powercut import tool

PROGRAM = build("tests", "disk", "walk")
PER_MACHINE = 20
SHAPES = (["-b", "1024", "-I", "128"], ["-b", "4096", "-I", "256"], ["-b", "1024", "-I", "256", "-O", "^filetype"], ["-b", "2048", "-r", "0"])


def make_tree(tree):
    """Files of every depth of indirection, folders of several blocks, links."""
    rng = random.Random(1)
    for folder in "", "sub", "sub/deep", "many":
        os.makedirs(os.path.join(tree, folder), exist_ok=True)
        for n in range(8):
            with open(os.path.join(tree, folder, f"file{n}"), "wb") as f:
                f.write(rng.randbytes(rng.choice((10, 3000, 20000, 50000))))
    for n in range(60):
        with open(os.path.join(tree, "many", f"a-file-with-a-rather-long-name-that-takes-room-{n}"), "w") as f:
            f.write(str(n))
    with open(os.path.join(tree, "sparse"), "wb") as f:
        f.write(b"begin")
        f.seek(3 << 20)
        f.write(b"end")
    os.symlink("file1", os.path.join(tree, "short"))
    os.symlink("x" * 90, os.path.join(tree, "long"))
    os.link(os.path.join(tree, "file2"), os.path.join(tree, "sub", "hard"))


def spoil(path, rng):
    """A few bytes of the metadata, or whole pieces of it; never the whole beginning, which would not be mounted."""
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        meta = len(data) // 5
        for _ in range(rng.choice((1, 3, 10, 40))):
            at = rng.randrange(1024, len(data)) if rng.random() < 0.3 else rng.randrange(2048, meta)
            kind = rng.randrange(5)
            if kind == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 2:  # a number: of a block, of an inode, a size
                at &= ~3
                data[at:at + 4] = rng.choice((0, 1, 2, 11, rng.randrange(4000), rng.randrange(1 << 32), 0xffffffff)).to_bytes(4, "little")
            elif kind == 3:
                data[at:at + 16] = rng.randbytes(16)
            else:  # a piece from elsewhere
                other = rng.randrange(1024, len(data) - 128)
                data[at:at + 128] = data[other:other + 128]
        f.seek(0)
        f.write(data[:os.path.getsize(path)])


def contents(image, folder):
    """{path: what it is} of an image, but for what was made in the machine."""
    found = {}
    with tempfile.TemporaryDirectory(dir=folder) as tree:
        tool("debugfs", "-R", f"rdump / {tree}", image)
        for base, folders, files in os.walk(tree):
            for name in folders + files:
                path = os.path.join(base, name)
                short = os.path.relpath(path, tree)
                if short.split("/")[0] in ("ours", "lost+found"):
                    continue
                if os.path.islink(path):
                    found[short] = os.readlink(path)
                elif os.path.isfile(path):
                    with open(path, "rb") as f:
                        found[short] = hashlib.sha256(f.read()).hexdigest()
                else:
                    found[short] = "folder"
    return found


def run(folder, first, images=PER_MACHINE):
    """One machine with so many images. What is wrong, a list of lines."""
    tree, overlay = os.path.join(folder, "tree"), os.path.join(folder, "overlay")
    os.makedirs(overlay, exist_ok=True)
    shutil.copy(PROGRAM, overlay)
    make_tree(tree)
    qemu, arguments, held, mounted = [], [], {}, 0
    for n in range(images):
        rng = random.Random(first + n)
        path = os.path.join(folder, f"image{n}")
        tool("mke2fs", "-q", "-F", "-t", "ext2", *SHAPES[(first + n) // 2 % len(SHAPES)], "-d", tree, path, "4M")
        spoil(path, rng)
        repaired = n % 2 and tool("e2fsck", "-fy", path).returncode & ~3 == 0 and tool("e2fsck", "-fn", path).returncode == 0
        if repaired:
            held[n] = contents(path, folder)
        qemu.append(f"-drive file={path},format=raw,if=virtio")
        arguments.append(f"/dev/vd{chr(ord('c') + n)}:{'repaired' if repaired else 'damaged'}")
    result = execute("/walk", *arguments, overlay=overlay, qemu=" ".join(qemu), timeout=300, mem="64M")
    if result.status:
        return [f"images from {first}: the machine ended with {result.status}", result.out[-1500:], result.err[-3000:]]
    lines = dict(line.split(" ", 1) for line in result.out.split("\n") if " " in line)
    wrong = [f"image {first}: no word of {a}" for a in arguments if a.split(":")[0] not in lines]
    for n, before in held.items():
        path, line = os.path.join(folder, f"image{n}"), lines.get(arguments[n].split(":")[0], "")
        mounted += line == "done"
        # a repaired image may be nearly full or have features that are refused
        if line != "done" and not ("ENOSPC" in line or line.startswith("mount:")):
            wrong.append(f"image {first + n}: {line}")
        check = tool("e2fsck", "-fn", path)
        if check.returncode:
            wrong.append(f"image {first + n}: e2fsck -fn ends with {check.returncode}\n{check.stdout}")
        after = contents(path, folder)
        wrong += [f"image {first + n}: {name}: lost, or not as it was" for name, what in before.items() if after.get(name) != what]
    if held and not mounted:
        wrong.append(f"images from {first}: none could be used\n{result.out}")
    return wrong


def main():
    p = argparse.ArgumentParser(description="Many damaged images.")
    p.add_argument("--images", type=int, default=2000, help="how many (%(default)s)")
    p.add_argument("--first", type=int, default=1000, help="the first seed (%(default)s)")
    args = p.parse_args()
    bad = 0
    for first in range(args.first, args.first + args.images, PER_MACHINE):
        with tempfile.TemporaryDirectory(dir=os.path.join(BUILD, "tmp")) as folder:
            wrong = run(folder, first)
        bad += bool(wrong)
        print("\n".join(wrong) if wrong else f"images from {first}: good", flush=True)
    print(f"{args.images} damaged images: {bad} machines with something wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
