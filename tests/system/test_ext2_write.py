"""File systems of several kinds are written to inside, and looked at from outside: e2fsck finds nothing, debugfs the contents."""
import hashlib
import os
import re
import subprocess

import pytest
from machine import build, compiled, execute

ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}
KINDS = {
    "1k": ["-b", "1024"],
    "2k": ["-b", "2048", "-I", "128"],
    "4k": ["-b", "4096"],
    "revision 0": ["-b", "1024", "-r", "0"],
    "no types, no copies": ["-b", "1024", "-O", "none"],
    "meta_bg": ["-b", "1024", "-O", "meta_bg,^resize_inode"],
    "small groups": ["-b", "1024", "-g", "1024"],
}
# Files that grow, shrink and move, names that come and go, in one directory that grows to several blocks.
LOAD = r"""
cd /mnt && mkdir t && cd t || exit 1
for i in $(seq 1 300); do echo $i > file-with-a-rather-long-name-$i; done
for i in $(seq 1 3 300); do rm file-with-a-rather-long-name-$i; done
for i in $(seq 2 3 300); do mv file-with-a-rather-long-name-$i n$i; done
mkdir -p x/y/z; mv x/y w; mv w/z x; rmdir w
dd if=/bin/busybox of=big bs=64k 2>/dev/null; cp big big2; truncate -s 1000000 big; truncate -s 300000 big2; truncate -s 3456789 big2
dd if=/bin/busybox of=sparse bs=1k count=3 seek=100000 2>/dev/null
mkfifo fifo; mknod device c 300 400; ln -s short s; ln -s $(seq -s- 1 60) long; ln n2 second
mv n2 n5; cp /bin/busybox old; cp /bin/busybox new; truncate -s 5000 new; mv new old; touch x/z/f; chown 100000:70000 x/z/f; chmod 4751 x/z/f
"""


def tool(*command, status=0):
    result = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace")
    assert status is None or result.returncode == status, result.stdout
    return result.stdout


def make(path, *options, size="24M"):
    tool("mke2fs", "-q", "-F", "-t", "ext2", *options, str(path), size)
    return str(path)


def check(image):
    tool("e2fsck", "-fn", image)


def debugfs(image, command):
    return tool("debugfs", "-R", command, image).split("\n", 1)[-1]


def contents(image, path, folder):
    target = os.path.join(folder, "dump")
    debugfs(image, f"dump {path} {target}")
    with open(target, "rb") as f:
        return f.read()


@pytest.mark.parametrize("kind", KINDS)
def test_load(kind, tmp_path):
    image = make(tmp_path / "disk", *KINDS[kind])
    result = execute("sh", "-c", LOAD + "sha1sum big big2 old; cat n5; readlink long; ls | wc -l", disks=[image])
    lines = result.out.split("\n")
    assert result.status == 0 and len(lines) > 6, result
    check(image)
    for line, name in zip(lines, ("big", "big2", "old")):
        assert hashlib.sha1(contents(image, "/t/" + name, tmp_path)).hexdigest() == line.split()[0]
    assert lines[3] == "2" and lines[4] == "-".join(map(str, range(1, 61))) and lines[5] == "209"
    assert contents(image, "/t/n5", tmp_path) == b"2\n"
    names = debugfs(image, "ls -p /t")
    assert names.count("file-with-a-rather-long-name-") == 100 and "/new/" not in names and len(re.findall(r"/n\d+/", names)) == 99
    found = debugfs(image, "stat /t/x/z/f")
    assert re.search(r"Mode: +0?4751", found) and re.search(r"User: 100000 +Group: 70000", found), found
    assert "Links: 2" in debugfs(image, "stat /t/n5") and debugfs(image, "stat /t/n5") == debugfs(image, "stat /t/second")
    assert re.search(r"300:400|Device.*300", debugfs(image, "stat /t/device")), debugfs(image, "stat /t/device")


def field(image, name):
    return re.search(rf"(?m)^{re.escape(name)}: +(.*)$", tool("dumpe2fs", "-h", image)).group(1)


def test_superblock(tmp_path):
    """Mounted for writing it is in use, and says so; after that it is clean, counted and dated."""
    image = make(tmp_path / "disk")
    count = int(field(image, "Mount count"))
    result = execute("sh", "-c", "sync; dd if=/dev/disk/0 bs=1k skip=1 count=1 2>/dev/null | od -An -tu2 -j58 -N2", disks=[image])
    assert result.out.strip() == "0", result  # s_state while it is mounted
    assert field(image, "Filesystem state") == "clean"
    assert int(field(image, "Mount count")) == count + 1
    assert field(image, "Last write time") != "n/a"
    check(image)


def test_counts(tmp_path):
    image = make(tmp_path / "disk")
    free = int(field(image, "Free blocks")), int(field(image, "Free inodes"))
    result = execute("sh", "-c", "cd /mnt; mkdir d; for i in 1 2 3 4 5; do echo > d/$i; done; rm d/3", disks=[image])
    assert result.status == 0, result
    size = int(field(image, "Block size"))
    assert (int(field(image, "Free blocks")), int(field(image, "Free inodes"))) == (free[0] - 5, free[1] - 5), size
    check(image)


def test_index_of_hashes(tmp_path):
    """A directory with an index, as other kernels make it, becomes a plain list when it is changed."""
    tree = tmp_path / "tree" / "d"
    tree.mkdir(parents=True)
    for i in range(500):
        (tree / f"a-name-of-some-length-{i}").write_text("")
    image = make(tmp_path / "disk", "-b", "1024", "-O", "dir_index", "-d", str(tree.parent))
    tool("e2fsck", "-fyD", image, status=None)
    assert "0x1000" in debugfs(image, "stat /d"), "no index"
    result = execute("sh", "-c", "cd /mnt/d; ls | wc -l; rm a-name-of-some-length-77; mv a-name-of-some-length-78 x; echo > new; ls | wc -l",
                     disks=[image])
    assert result.out.split() == ["500", "500"], result
    check(image)
    assert "0x1000" not in debugfs(image, "stat /d")
    # debugfs lists what was removed, too, if it stood first in its block: it has inode 0 then
    names = "".join(line for line in debugfs(image, "ls -p /d").splitlines() if not line.startswith("/0/"))
    assert "/new/" in names and "/x/" in names and "length-77/" not in names and "length-78/" not in names


def set_feature(image, offset, value):
    with open(image, "r+b") as f:
        f.seek(1024 + offset)
        f.write(value.to_bytes(4, "little"))


def test_unknown_features(tmp_path):
    """One that forbids writing to who does not know it: the mount for writing fails, the one for reading does not."""
    image = make(tmp_path / "disk", "-O", "none")
    set_feature(image, 100, 0x40000000)
    result = execute("sh", "-c", "umount /mnt 2>/dev/null; mount -t ext2 /dev/disk/0 /mnt; mount -t ext2 -o ro /dev/disk/0 /mnt && touch /mnt/f;"
                     "mount -o remount,rw /mnt; dmesg | grep -c 'unsupported optional features'", disks=[image])
    assert "Invalid argument" in result.out and result.out.count("Read-only file system") + result.out.count("EROFS") >= 1, result


@pytest.mark.parametrize("policy", ["continue", "remount-ro", "panic"])
def test_errors(policy, tmp_path):
    """A damaged directory, and what errors= makes of it."""
    tree = tmp_path / "tree"
    (tree / "d").mkdir(parents=True)
    image = make(tmp_path / "disk", "-b", "1024", "-d", str(tree))
    block = int(debugfs(image, "blocks /d").split()[0])
    with open(image, "r+b") as f:
        f.seek(block * 1024)
        f.write(b"\xff" * 64)
    result = execute("sh", "-c", f"umount /mnt; mount -t ext2 -o errors={policy} /dev/disk/0 /mnt; ls /mnt/d; touch /mnt/f && echo touched; "
                     "umount /mnt", disks=[image], timeout=60)
    if policy == "panic":
        assert result.status == 125 and "panic forced after error" in result.err, result
        return
    assert ("touched" in result.out) == (policy == "continue"), result
    assert "with errors" in field(image, "Filesystem state"), field(image, "Filesystem state")
    tool("e2fsck", "-fy", image, status=None)
    check(image)


def test_bitmap_that_lies(tmp_path):
    """All blocks free in the bitmap: the inode table and the rest of the file system's own are not given out."""
    image = make(tmp_path / "disk", "-b", "1024", size="6M")
    bitmap = int(re.search(r"Block bitmap at (\d+)", tool("dumpe2fs", image)).group(1))
    with open(image, "r+b") as f:
        f.seek(bitmap * 1024)
        f.write(bytes(700))
    result = execute("sh", "-c", "cp /bin/busybox /mnt/b; ls -l /mnt; dmesg | grep -c 'EXT2-fs'", disks=[image])
    assert "lost+found" in result.out, result
    tool("e2fsck", "-fy", image, status=None)
    check(image)
    assert "lost+found" in debugfs(image, "ls -p /")


WITHOUT_MEMORY = r"""
    #define _GNU_SOURCE
    #include <errno.h>
    #include <fcntl.h>
    #include <stdio.h>
    #include <string.h>
    #include <sys/stat.h>
    #include <unistd.h>

    static int control[2];
    static long failed, unexpected;
    static char bytes[20000], target[150];

    static void fail_after(int kind, int n)
    {
        char text[16];

        pwrite(control[kind], text, sprintf(text, "%d\n", n), 0);
    }

    static long see(long result)
    {
        failed += result < 0 && errno == ENOMEM;
        unexpected += result < 0 && errno != ENOMEM && errno != EEXIST && errno != ENOENT && errno != ENOTEMPTY && errno != EBADF;
        return result;
    }

    static void change_files(int k)
    {
        char a[32], b[32], c[32];
        int fd;

        sprintf(a, "/mnt/d%d", k % 7);
        sprintf(b, "/mnt/d%d/f%d", k % 7, k % 11);
        sprintf(c, "/mnt/d%d/f%d", (k + 1) % 7, k % 5);
        see(mkdir(a, 0755));
        fd = see(open(b, O_CREAT | O_RDWR, 0644));
        see(pwrite(fd, bytes, sizeof(bytes), k % 13 * 30000));
        see(ftruncate(fd, k % 17 * 1000));
        if (k % 9 == 0)
            see(fsync(fd));
        close(fd);
        see(rename(b, c));
        see(link(c, b));
        see(symlink(target, "/mnt/s"));
        see(unlink("/mnt/s"));
        if (k % 4 == 0)
            see(unlink(c));
        if (k % 29 == 0)
            see(rmdir(a));
        fd = see(open("/mnt", O_TMPFILE | O_RDWR, 0600));
        see(write(fd, "x", 1));
        close(fd);
    }

    int main(void)
    {
        int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);

        control[0] = open("/proc/sys/debug/fail_slab_after", O_WRONLY);
        control[1] = open("/proc/sys/debug/fail_page_alloc_after", O_WRONLY);
        memset(target, 'l', sizeof(target) - 1);
        for (int k = 0; k < 600; k++) {
            if (k % 5 == 0)
                write(drop, "3", 1);
            fail_after(k % 2, k / 2 % 60);
            change_files(k);
            fail_after(k % 2, -1);
        }
        printf("%ld %ld\n", failed, unexpected);
        return 0;
    }
"""


@pytest.mark.parametrize("block", ["1024", "4096"])
def test_without_memory(block, tmp_path, monkeypatch):
    """Calls fail in the middle for lack of memory, at every place: nothing is lost, and nothing looks damaged."""
    monkeypatch.setenv("MAPIX_KERNEL", build("debug", "kernel.elf"))
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    program = compiled(str(overlay), "without-memory", WITHOUT_MEMORY)
    image = make(tmp_path / "disk", "-b", block)
    result = execute("sh", "-c", f"{program}; dmesg | grep -c 'EXT2-fs.*error'", overlay=str(overlay), disks=[image])
    failed, unexpected, errors = map(int, result.out.split())
    assert failed > 500 and unexpected == 0 and errors == 0, result
    check(image)
