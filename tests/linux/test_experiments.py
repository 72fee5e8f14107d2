"""The experiments without randomisation: Mapix prints what Linux prints, addresses and maps included.

What differs of necessity is taken out: device and inode numbers, the frame numbers and process ids that the programs print.
"""
import glob
import os
import re
import shutil
import tempfile

import pytest
from machine import MAPIX, ROOT, build, execute
from test_user_disk import is_clean
from vmrun import make_disk

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)
SWAP = "--swap=512M"  # when it is half full, Linux gives up the slot of a page that is read again
KINDS = ("experiments", "experiments-glibc")
NAMES = [os.path.basename(p)[:-2] for p in sorted(glob.glob(os.path.join(ROOT, "user", "experiments", "*.c")))]
MAPS_LINE = re.compile(r"^([0-9a-f]{8}-[0-9a-f]{8} [r-][w-][x-][ps] [0-9a-f]{8}) [0-9a-f]{2,}:[0-9a-f]{2,} +\d+ *(.*)$")


def plain(line):
    line = MAPS_LINE.sub(r"\1 \2", line)
    line = re.sub(r"\b((?:frame|pfn|PFN|pid|PID)\W{0,3}) *(?:0x)?[0-9a-f]+", r"\1 *", line)
    return line


def outputs(text):
    """{path: lines} from what the runner printed."""
    found = {}
    for path, body, status in re.findall(r"^@@ begin (\S+)\n(.*?)^@@ end \1 (\d+)$", text, re.S | re.M):
        lines = [plain(line) for line in body.split("\n")]
        found[path] = lines + ["status " + status]
    return found


@pytest.fixture(scope="module")
def both():
    """What all experiments print, on Mapix and on Linux, each in one boot."""
    paths = [f"/{kind}/{name}" for kind in KINDS for name in NAMES]
    with tempfile.TemporaryDirectory(dir=build()) as overlay:
        for kind in KINDS:
            shutil.copytree(build("root", kind), os.path.join(overlay, kind))
        for shared in "lib", os.path.join("usr", "lib"):  # for programs that are linked dynamically
            shutil.copytree(build("root", shared), os.path.join(overlay, shared))
        os.mkdir(os.path.join(overlay, "tests"))
        shutil.copy(build("tests", "guest", "runner"), os.path.join(overlay, "tests"))
        options = dict(overlay=overlay, append="norandmaps", timeout=300)
        ours = execute("/tests/runner", *paths, program=(MAPIX, "exec", SWAP), **options)
        theirs = execute("/tests/runner", *paths, program=(*LINUX, SWAP), **options)
    return outputs(ours.out), outputs(theirs.out), ours, theirs


OF_A_FILE = ("sharedfile", "fourkinds", "oneframe")


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_file_on_a_disk(tmp_path, both, kind):
    """The same on ext2 as in memory, but for the file's name; and the disk is left clean."""
    shutil.copytree(build("root", kind), tmp_path / "overlay" / kind)
    script = " ".join(f"echo '@@ begin /{kind}/{name}'; /{kind}/{name} /mnt/{name}; echo '@@ end /{kind}/{name}' $?;" for name in OF_A_FILE)
    for program, in_memory in ((MAPIX, "exec"), both[0]), (LINUX, both[1]):
        image = make_disk(str(tmp_path / os.path.basename(program[0])))
        result = execute("/bin/sh", "-c", script, overlay=tmp_path / "overlay", append="norandmaps", disks=(image,), program=program)
        found = outputs(result.out)
        for name in OF_A_FILE:
            assert found.get(f"/{kind}/{name}") == in_memory[f"/{kind}/{name}"], result
        assert is_clean(image) is True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_experiment(both, kind, name):
    ours, theirs, our_result, linux_result = both
    path = f"/{kind}/{name}"
    assert path in theirs, linux_result
    assert path in ours, our_result
    assert ours[path] == theirs[path]
