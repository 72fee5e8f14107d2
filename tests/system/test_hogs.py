"""A user takes all memory, by pages, pipes, memfds, tmpfs, page tables, mappings or names: root's shell works on, and the hog is found."""
import os
import re

import guest
import pytest
from machine import ROOT, build, execute

SIZES = ("16M", "64M", "128M") if os.environ.get("FULL") else ("16M",)  # `make yield` sets FULL=1
CLOCK = "-icount shift=2"  # four nanoseconds an instruction: a busy host hardly changes what the shell takes

with open(os.path.join(ROOT, "tests", "guest", "hogs.c")) as f:
    KINDS = re.findall(r"^TEST\((\w+)\)", f.read(), re.M)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What the program said on each machine, one boot for each."""
    folder = tmp_path_factory.mktemp("hogs")
    (folder / "tests").mkdir()
    os.link(build("tests", "guest", "hogs"), folder / "tests" / "hogs")
    said = {}

    def of(mem):
        if mem not in said:
            result = execute("/tests/hogs", overlay=folder, mem=mem, timeout=600, qemu=CLOCK)
            said[mem] = guest.Report()
            said[mem].lines = result.out.split("\n")
            said[mem].trouble = repr(result)
        return said[mem]
    return of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mem", SIZES)
def test_root_works_on(reports, mem, kind):
    reports(mem).check(kind)
