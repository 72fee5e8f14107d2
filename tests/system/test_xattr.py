"""Extended attributes on a disk that Linux and Mapix change in turns."""
import pytest
from machine import MAPIX, build, execute, needs_busybox
from test_diff import reference  # noqa: F401, a fixture
from test_user_disk import LINUX, e2fs, is_clean

pytestmark = needs_busybox
OURS = (MAPIX, "exec")


def xattrs(program, image, what):
    with open(build("tests", "disk", "xattrs"), "rb") as f:
        binary = f.read()
    overlay = image.parent / "overlay"
    overlay.mkdir(exist_ok=True)
    (overlay / "xattrs").write_bytes(binary)
    (overlay / "xattrs").chmod(0o755)
    result = execute("/xattrs", what, program=program, overlay=overlay, disks=(image,))
    assert (result.err, result.status) == ("", 0), result
    assert is_clean(image) is True
    return result.out


@pytest.mark.parametrize("block_size, inode_size", [(1024, 128), (4096, 256)])
def test_shared_blocks(reference, tmp_path, block_size, inode_size):  # noqa: F811
    """What Linux has shared among inodes is read, and a change of one does not change the others."""
    images = [tmp_path / "ours", tmp_path / "theirs"]
    made = e2fs("mke2fs", "-q", "-F", "-t", "ext2", "-b", str(block_size), "-I", str(inode_size), str(images[0]), "16M")
    assert made.returncode == 0, made.stdout
    first = xattrs(LINUX, images[0], "make")
    images[1].write_bytes(images[0].read_bytes())
    assert xattrs(OURS, images[0], "show") == first
    ours, theirs = xattrs(OURS, images[0], "change"), xattrs(LINUX, images[1], "change")
    assert ours == theirs and "BAD" not in ours
    assert xattrs(LINUX, images[0], "show") == ours
    shown = e2fs("debugfs", "-R", "ea_list /s5", str(images[0])).stdout
    assert "user.shared (700)" in shown and "user.in (5)" in shown
