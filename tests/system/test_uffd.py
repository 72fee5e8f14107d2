"""userfaultfd as the x86-64 Linux has it, with the option uffd=: the guest tests of it, none of which may be skipped then, on both kinds of page tables."""
import os
import re
import shutil

import guest
import pytest
import vmrun
from machine import MAPIX, PAE, build, execute

PROGRAMS = ("uffd_wp", "uffd_wp_pages", "uffd_minor", "uffd_inject")
CASES = {p.name: p.cases for p in guest.programs() if p.name in PROGRAMS}
KERNELS = ("debug",) if PAE else ("debug", "pae")


def run(tmp_path, *command, kernel="debug", append):
    tests = tmp_path / "tree" / "tests"
    tests.mkdir(parents=True)
    for name in ("runner", *PROGRAMS):
        shutil.copy(build("tests", "guest", name), tests)
    pae = ("--pae",) if kernel == "pae" else ()
    return execute(*command, overlay=str(tmp_path / "tree"), append=append, mem="128M", program=(MAPIX, "exec", *pae), timeout=900,
                   disks=[vmrun.make_disk(str(tmp_path / "disk"))])


@pytest.mark.parametrize("others", ["", "mapix.alloc_yield=1 mapix.sleep_yield=1"], ids=["plain", "yield"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_every_case(tmp_path, monkeypatch, kernel, others):
    """On the kernel that checks itself; nothing is lost."""
    image = build("pae", "debug", "kernel.elf") if kernel == "pae" else build("debug", "kernel.elf")
    if not os.path.exists(image):
        pytest.skip("make pae-kernels builds it")
    monkeypatch.setenv("MAPIX_KERNEL", image)
    result = run(tmp_path, "/tests/runner", "--leaks", *(f"/tests/{name}" for name in PROGRAMS), kernel=kernel, append=f"uffd=wp,minor {others}")
    reports = {}
    assert guest.parse(result.out, reports) is None, result
    assert {name: (r.status, r.leaks) for name, r in reports.items()} == {name: (0, []) for name in PROGRAMS}, result
    assert {(name, case): reports[name].of(case) for name in PROGRAMS for case in CASES[name]} \
        == {(name, case): "ok" for name in PROGRAMS for case in CASES[name]}


@pytest.mark.parametrize("option, offered", [("uffd=wp", "uffd_wp"), ("uffd=minor,thing", "uffd_minor")])
def test_one_of_them(tmp_path, option, offered):
    """The other one is not offered, and a word that means nothing is complained of."""
    result = run(tmp_path, "/bin/sh", "-c", "for t in wp minor; do /tests/uffd_$t it_is_offered_or_not | sed s/^/$t:/; done; dmesg", append=option)
    said = dict(re.findall(r"^(wp|minor):(ok|skip) it_is_offered_or_not", result.out, re.M))
    assert said == {name: "ok" if f"uffd_{name}" == offered else "skip" for name in ("wp", "minor")}, result
    assert ("uffd=: there is no mode thing" in result.out) == ("thing" in option), result
