"""Our C library beside glibc: the programs of tests/libc/, built with both, print the same, and the tools keep to it."""
import glob
import os
import shutil

import pytest
from machine import ROOT, build, execute, needs_busybox

NAMES = sorted(os.path.basename(path)[:-2] for path in glob.glob(os.path.join(ROOT, "tests", "libc", "*.c")))


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each program printed, by its file's name: all in one machine."""
    folder = tmp_path_factory.mktemp("libc")
    programs = NAMES + [name + "-glibc" for name in NAMES]
    for name in programs:
        shutil.copy(build("tests", "libc", name), folder)
    script = "".join(f"echo '@@ {name}'; /{name} </dev/null; echo \"status $?\"; " for name in programs)
    result = execute("/bin/sh", "-c", script, overlay=folder)
    assert result.status == 0, result
    parts = (part.partition("\n") for part in result.out.split("@@ ")[1:])
    return {name: text for name, _, text in parts}


@pytest.mark.parametrize("name", NAMES)
def test_same_as_glibc(printed, name):
    theirs, ours = printed[name + "-glibc"], printed[name]
    assert theirs.endswith("status 0\n") and len(theirs.split("\n")) > 20, theirs
    assert ours == theirs


@needs_busybox
def test_the_rest_is_left_for_the_next(mapix):
    """A program that stops early gives what it has read ahead of a file back."""
    result = mapix("/bin/sh", "-c", "seq 1 5 >/tmp/f; (head -n 1; cat) </tmp/f; (head -n 2; head -n 1) </tmp/f")
    assert (result.out, result.status) == ("1\n2\n3\n4\n5\n1\n2\n3\n", 0), result
