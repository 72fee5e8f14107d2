"""Programs that do their worst on small machines: the machine goes on, and what they took comes back."""
import os
import re

import pytest
from machine import build, execute


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    """The guest programs in /tests, and a file that is larger than the smallest machine's memory in /data."""
    folder = tmp_path_factory.mktemp("robust")
    (folder / "tests").mkdir()
    for name in ("fuzz", "stress", "oom", "exhaust", "trap", "runner"):
        os.link(build("tests", "guest", name), folder / "tests" / name)
    with open(folder / "data", "wb") as f:
        for i in range(24 * 1024):
            f.write(b"%07d\n" % i * 128)
    return folder


@pytest.fixture(autouse=True)
def self_checking(monkeypatch):
    monkeypatch.setenv("MAPIX_KERNEL", build("debug", "kernel.elf"))


def run(overlay, command, mem, timeout=120):
    result = execute("/bin/sh", "-c", command, overlay=overlay, mem=mem, timeout=timeout)
    assert "not ok" not in result.out, result.out
    assert result.status == 0, (result.status, result.out[-2000:], result.err[-4000:])
    return result.out


def test_stress_with_high_memory(overlay):
    run(overlay, "/tests/stress", "3G")


@pytest.mark.parametrize("program", ["oom", "exhaust", "stress", "trap"])
def test_nothing_is_lost_with_16m(overlay, program):
    out = run(overlay, f"/tests/runner --leaks /tests/{program}", "16M")
    assert "@@ leak" not in out
    assert f"@@ end /tests/{program} 0" in out


@pytest.mark.parametrize("fail", [0, 1, 2])
def test_random_calls(overlay, fail):
    """Other numbers than the guest test's, and with allocations that fail."""
    run(overlay, f"FUZZ_SEED={100 + fail} FUZZ_FAIL={fail} FUZZ_BURSTS=12 FUZZ_CALLS=200 /tests/fuzz", "16M")


def test_file_larger_than_memory(overlay):
    """The page cache gives its pages back while the file is read, three times over, by two at once."""
    out = run(overlay, "wc -l </data; wc -c </data & wc -l </data; wait; tail -n 1 /data; free", "16M")
    numbers = re.findall(r"\d+", out.split("Mem:")[0])
    lines = 24 * 1024 * 128
    assert numbers.count(str(lines)) == 2 and str(lines * 8) in numbers and "%07d" % (24 * 1024 - 1) in numbers


def test_mapped_file_larger_than_memory(overlay):
    """Reclaim takes pages out of the mappings that show them."""
    assert "ok map_more_than_memory" in run(overlay, "/tests/oom map_more_than_memory", "16M")


def test_many_programs_at_once_with_16m(overlay):
    command = "i=0; while [ $i -lt 20 ]; do (ls -l /bin /dev | sort | uniq | wc -l >/dev/null) & i=$((i+1)); done; wait; echo done"
    assert "done" in run(overlay, command, "16M")


def test_the_shell_survives_its_fork_bomb(overlay):
    """Root's processes are limited by the machine only; the others get EAGAIN or ENOMEM meanwhile."""
    out = run(overlay, "/tests/oom fork_bomb exponential_fork_bomb one_touches_all_memory; echo still here", "16M")
    assert "still here" in out
