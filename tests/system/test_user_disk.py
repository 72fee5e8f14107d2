"""`--disk FILE`: disks that are given to a command, here and on Linux."""
import os
import shutil
import subprocess

import pytest
from machine import MAPIX, ROOT, build, execute, needs_busybox
from test_diff import reference  # noqa: F401, a fixture

pytestmark = needs_busybox

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def e2fs(*command):
    """A program of e2fsprogs; its status."""
    return subprocess.run(command, env={**os.environ, "PATH": PATH}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def is_clean(image):
    checked = e2fs("e2fsck", "-fn", str(image))
    return checked.returncode == 0 or checked.stdout


@pytest.fixture
def image(tmp_path):
    """An ext2 file system with one file, and a name with what QEMU and init have to quote."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").write_text("on the disk\n")
    path = tmp_path / "a,b: c.img"
    made = e2fs("mke2fs", "-q", "-t", "ext2", "-d", str(tmp_path / "tree"), str(path), "8M")
    assert made.returncode == 0, made.stdout
    return path


@pytest.fixture
def plain(tmp_path):
    """No file system, just bytes."""
    path = tmp_path / "plain"
    path.write_bytes(b"plain bytes\n" + b"\0" * (1 << 20))
    return path


@pytest.fixture(params=["mapix", "linux"])
def program(request):
    if request.param == "mapix":
        return (MAPIX, "exec")
    request.getfixturevalue("reference")
    return LINUX


def test_disks_by_number(program, image, plain):
    """The first is mounted, the status is the command's, what it leaves running does not keep the disk."""
    result = execute("/bin/sh", "-c", "cat /mnt/file; head -n 1 /dev/disk/1; grep -c ' /mnt ext2 ' /proc/mounts; echo $(ls /dev/disk); "
                     "cd /mnt; sleep 1000 <file & exit 3", program=program, disks=(image, plain))
    assert (result.out, result.err, result.status) == ("on the disk\nplain bytes\n1\n0 1\n", "", 3), result
    assert is_clean(image) is True


def test_links_lead_to_the_nodes(program, image, plain):
    result = execute("/bin/sh", "-c", "for n in 0 1; do test -b /dev/disk/$n; basename $(readlink -f /dev/disk/$n); done",
                     program=program, disks=(plain, image))
    assert result.out.split() == (["vdc", "vdd"] if program[0] == MAPIX else ["vda", "vdb"]), result


def test_what_is_no_file_system_is_not_mounted(program, image, plain):
    result = execute("/bin/sh", "-c", "grep -c ' /mnt ' /proc/mounts", program=program, disks=(plain, image))
    assert (result.out, result.err, result.status) == ("0\n", "", 1), result


def test_a_damaged_file_system_is_told(program, image):
    """The command runs all the same: it may want to look."""
    with open(image, "r+b") as f:
        f.seek(1024 + 24)
        f.write(b"\xff\xff\xff\xff")  # the size of a block
    result = execute("/bin/sh", "-c", "grep -c ' /mnt ' /proc/mounts; exit 5", program=program, disks=(image,))
    assert (result.out, result.status) == ("0\n", 5), result
    assert "Invalid argument" in result.err and result.err.count("\n") == 1, result


def test_what_is_mounted_below_is_unmounted_first(program, image, tmp_path):
    """Also at a name that /proc/mounts shows with an escape."""
    other = tmp_path / "other"
    shutil.copy(image, other)
    result = execute("/bin/sh", "-c", "mkdir '/tmp/a b'; mount -t ext2 /dev/disk/1 '/tmp/a b' && mount -t tmpfs none '/tmp/a b/lost+found'; "
                     "mount -t tmpfs none /mnt/lost+found; cat '/tmp/a b/file'", program=program, disks=(image, other))
    assert (result.out, result.err, result.status) == ("on the disk\n", "", 0), result
    assert is_clean(image) is True and is_clean(other) is True


@pytest.mark.parametrize("name, said", [("missing", "No such file or directory"), ("folder", "not a file")])
def test_a_disk_that_is_none(tmp_path, name, said):
    (tmp_path / "folder").mkdir()
    for program in (MAPIX, "exec"), LINUX:
        result = execute("/bin/true", program=program, disks=(tmp_path / name,))
        assert result.status == 125 and f"--disk {tmp_path / name}: {said}" in result.err, result


def test_what_is_written_is_there_after_the_command(program, image):
    """On the host, without a sync inside; with the end that the command gives itself, too."""
    result = execute("/bin/sh", "-c", "mkdir /mnt/dir && cp /bin/busybox /mnt/dir && rm /mnt/file && cd /mnt/dir && exit 4", program=program,
                     disks=(image,))
    assert (result.out, result.err, result.status) == ("", "", 4), result
    assert is_clean(image) is True
    assert e2fs("debugfs", "-R", "ls -p /", str(image)).stdout.count("/dir/") == 1
    back = image.parent / "back"
    e2fs("debugfs", "-R", f'dump /dir/busybox "{back}"', str(image))
    with open(build("ref", "busybox"), "rb") as f:
        assert back.read_bytes() == f.read()


def test_a_disk_that_is_written_as_a_device(program, plain, image):
    """Without a file system: the bytes are in the file."""
    result = execute("/bin/sh", "-c", "echo BYTES >/tmp/x; dd if=/tmp/x of=/dev/disk/0 bs=1 seek=6 conv=notrunc 2>/dev/null", program=program,
                     disks=(plain, image))
    assert result.status == 0, result
    with open(plain, "rb") as f:
        assert f.read(13) == b"plain BYTES\n\0"


def test_the_command_powers_off(image):
    """As by the prompt: everything is unmounted."""
    result = execute("/bin/sh", "-c", "echo kept >/mnt/new; poweroff; sleep 60", disks=(image,))
    assert (result.out, result.err, result.status) == ("", "", 0), result
    assert is_clean(image) is True
    assert e2fs("debugfs", "-R", "cat /new", str(image)).stdout.endswith("kept\n")


def test_one_disk_is_not_for_two(image):
    """QEMU says so, and what it says is passed on."""
    with subprocess.Popen([MAPIX, "exec", f"--disk={image}", "--", "/bin/sh", "-c", "echo ready; sleep 60"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE) as first:
        assert first.stdout.readline() == b"ready\n"
        result = execute("/bin/true", disks=(image,))
        first.terminate()
    assert result.status == 125 and 'Failed to get "write" lock' in result.err, result
