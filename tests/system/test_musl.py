"""Programs built with musl, static and dynamic: another C library, with habits of its own, on the same kernel."""
import os

import musl
import pytest
from machine import ROOT, execute
from test_diff import reference  # noqa: F401, a fixture

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    musl.fetched()
    return musl.overlay(tmp_path_factory.mktemp("musl"))


@pytest.fixture(scope="module")
def reports(overlay):
    return musl.run(overlay, "--leaks")


@pytest.mark.parametrize("program, case", musl.cases(), ids=lambda name: name)
def test_case(reports, program, case):
    reports[program].check(case)


def test_no_leak(reports):
    assert {name: report.leaks for name, report in reports.items() if report.leaks} == {}


@pytest.mark.parametrize("kind", musl.KINDS)
def test_start_as_on_linux(overlay, reference, kind):  # noqa: F811
    """Arguments, auxiliary vector and maps, line by line, with allocations, threads and a library loaded by dlopen."""
    command, options = (f"/tests/start-{kind}", "one", "two words"), dict(overlay=overlay, append="norandmaps")
    theirs = execute(*command, program=LINUX, **options)
    ours = execute(*command, **options)
    assert theirs.status == 3, theirs
    assert ours.status == 3, ours
    assert ours.out.split("\n") == theirs.out.split("\n")
    assert "[stack]" in ours.out and ("/lib/ld-musl-i386.so.1" in ours.out) == (kind == "dynamic")
    assert ("twice 21 is 42, twice again 1" in ours.out) == (kind == "dynamic"), ours
