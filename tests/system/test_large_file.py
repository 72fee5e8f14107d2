"""A file larger than memory is read, written, mapped and stored to with 16 MiB of RAM, and the disk is sound afterwards."""
import os
import re
import subprocess

import guest
import pytest
import vmrun
from machine import ROOT, build, execute

with open(os.path.join(ROOT, "tests", "guest", "mapped_large.c")) as f:
    CASES = re.findall(r"^TEST\((\w+)\)", f.read(), re.M)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    (folder / "tests").mkdir()
    os.link(build("tests", "guest", "mapped_large"), folder / "tests" / "mapped_large")
    disk = vmrun.make_disk(str(folder / "disk"))
    result = execute("/tests/mapped_large", overlay=folder, mem="16M", timeout=600, disks=(disk,))
    said = guest.Report()
    said.lines = result.out.split("\n")
    said.trouble = repr(result)
    said.disk = subprocess.run(["e2fsck", "-fn", disk], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})
    return said


@pytest.mark.parametrize("case", CASES)
def test_file_larger_than_memory(report, case):
    report.check(case)


def test_disk_is_sound(report):
    assert report.disk.returncode == 0, report.disk.stdout
