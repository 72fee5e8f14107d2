"""Many files, many names, a file much larger than memory, and one file by every way at once; the disk is looked at from outside.

FULL=1 (`make scale`) takes the full numbers; without, they are what fits in a minute.
"""
import hashlib
import os
import random
import re
import shutil

import pytest
from machine import MAPIX, ROOT, build, execute
from test_diff import reference  # noqa: F401, a fixture
from test_ext2_write import check, contents, make, tool

FULL = bool(os.environ.get("FULL"))
FILES = 10000 if FULL else 1500
LARGE = 600 if FULL else 150  # MiB
NAMES = 20000 if FULL else 5000
OPERATIONS = 100000 if FULL else 2500
LINUX_OPERATIONS = 100000 if FULL else 600  # it waits longer for each fsync
SEED = int(os.environ.get("SEED", "1"))
TIMEOUT = 3600 if FULL else 300
LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)


@pytest.fixture
def programs(tmp_path):
    tree = tmp_path / "programs"
    tree.mkdir()
    for name in "scale", "fsx":
        shutil.copy(build("tests", "disk", name), tree)
    return tree


@pytest.fixture(params=["mapix", "linux"])
def program(request):
    if request.param == "mapix":
        return (MAPIX, "exec")
    request.getfixturevalue("reference")
    return LINUX


def make_tree(root):
    """Files of all sizes, mostly small, a hundred in a folder; {path: hash}."""
    numbers = random.Random(SEED)
    hashes = {}
    for i in range(FILES):
        folder = root / f"d{i // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        data = numbers.randbytes(numbers.choice((0, 10, 1000, 1024, 4096, 5000, numbers.randrange(20000))))
        (folder / f"file-{i}").write_bytes(data)
        hashes[f"d{i // 100}/file-{i}"] = hashlib.sha1(data).hexdigest()
    return hashes


def hashes_of(root):
    return {str(path.relative_to(root)): hashlib.sha1(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}


def test_many_files(tmp_path):
    """From a disk that the host has made to another, and back; the host compares both."""
    wanted = make_tree(tmp_path / "tree" / "in")
    size = f"{FILES // 40 + 16}M"
    first = make(tmp_path / "first", "-b", "1024", "-i", "4096", "-d", str(tmp_path / "tree"), size=size)
    second = make(tmp_path / "second", "-b", "4096", "-i", "4096", size=size)
    result = execute("sh", "-c", "mkdir /tmp/b && mount -t ext2 /dev/disk/1 /tmp/b && cp -a /mnt/in /tmp/b/out && sync && "
                     "echo 3 >/proc/sys/vm/drop_caches && cp -a /tmp/b/out /mnt/back && umount /tmp/b && echo done",
                     disks=[first, second], timeout=TIMEOUT)
    assert result.out == "done\n", result
    for image, name in (second, "out"), (first, "back"):
        check(image)
        tool("debugfs", "-R", f"rdump /{name} {tmp_path}", image)
        assert hashes_of(tmp_path / name) == wanted, name


def test_large_file(tmp_path, programs):
    image = make(tmp_path / "disk", "-b", "4096", size=f"{LARGE + 40}M")
    result = execute("/scale", "large", "/mnt/file", str(LARGE), overlay=programs, mem="64M", disks=[image], timeout=TIMEOUT)
    assert result.out == f"large: {LARGE} MiB\n", result
    check(image)


@pytest.mark.parametrize("block", ["1024", "4096"] if FULL else ["1024"])
def test_many_names(block, tmp_path, programs):
    image = make(tmp_path / "disk", "-b", block, "-N", str(NAMES + 100), size="64M")
    result = execute("/scale", "names", "/mnt/d", str(NAMES), overlay=programs, disks=[image], timeout=TIMEOUT)
    assert result.out == f"names: {NAMES}\n", result
    check(image)
    # inode 0: what was removed at the begin of a block
    names = re.findall(r"(?m)^/[1-9]\d*/\d+/0/0/a-name-of-middle-length-(\d+)/", tool("debugfs", "-R", "ls -p /d", image))
    assert sorted(map(int, names)) == list(range(1, NAMES, 2))


def hash_of(data):
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xffffffff
    return value


def check_files(lines, places, folder):
    """What fsx says of its files is what the host finds in the images."""
    for name, image in places:
        said = [line.split(": ")[1] for line in lines if line.startswith(name + ":")]
        data = contents(image, "/" + os.path.basename(name), folder)
        assert said == [f"{len(data)} {hash_of(data):08x}"], name


def test_one_file_by_every_way(program, tmp_path, programs):
    """On ext2 with small and with large blocks, and on tmpfs; what the program expects is what the host finds."""
    disks = [make(tmp_path / f"disk-{block}", "-b", block, size="24M") for block in ("1024", "4096")]
    operations = OPERATIONS if program[0] == MAPIX else LINUX_OPERATIONS
    runs = " && ".join(f"/fsx {path} {SEED + i} {operations} {kib}" for i, (path, kib) in
                       enumerate((("/mnt/f", 400), ("/tmp/b/f", 700), ("/tmp/f", 300))))
    result = execute("sh", "-c", f"mkdir /tmp/b && mount -t ext2 /dev/disk/1 /tmp/b && {runs}; umount /tmp/b", program=program, overlay=programs,
                     mem="32M" if program[0] == MAPIX else "128M", disks=disks, timeout=TIMEOUT)
    lines = result.out.split("\n")
    assert result.status == 0 and [line.split(":")[0] for line in lines] == ["/mnt/f", "/tmp/b/f", "/tmp/f", ""], result
    for image in disks:
        check(image)
    check_files(lines, (("/mnt/f", disks[0]), ("/tmp/b/f", disks[1])), tmp_path)


@pytest.mark.parametrize("block", ["1024", "4096"] if FULL else ["1024"])
def test_files_in_little_memory(block, tmp_path, programs):
    """Two files that do not fit into memory at a time, while the flusher works without a pause."""
    image = make(tmp_path / "disk", "-b", block, size="32M")
    runs = " ".join(f"/fsx /mnt/{name} {SEED + i} {OPERATIONS // 5} 3000 &" for i, name in enumerate("ab"))
    result = execute("sh", "-c", "cd /proc/sys/vm; echo 10 >dirty_writeback_centisecs; echo 10 >dirty_expire_centisecs; " + runs + " wait",
                     overlay=programs, mem="16M", disks=[image], timeout=TIMEOUT)
    check(image)
    check_files(result.out.split("\n"), (("/mnt/a", image), ("/mnt/b", image)), tmp_path)
