"""No call keeps the processor: tests/bench/latency.c measures each with input that makes it long, by a clock that counts instructions."""
import os
import re
import shutil

import pytest

from machine import build, execute

LIMIT_US = 10000
CALLS = 49  # what tests/bench/latency_calls.h has at least
# Instructions are nanoseconds: a processor of 1,000 MIPS, on any host.
CLOCK = "-icount shift=0,sleep=off"


def latency(tmp_path, *arguments, kernel=None):
    shutil.copy(build("tests", "bench", "latency"), tmp_path)
    command = f"/latency {' '.join(arguments)}"
    if kernel:
        os.environ["MAPIX_KERNEL"] = kernel
        command = f"echo {LIMIT_US // 1000} > /proc/sys/debug/latency_warn_ms; {command}"
    try:
        result = execute("/bin/sh", "-c", command, overlay=str(tmp_path), mem="512M", timeout=900, qemu=CLOCK)
    finally:
        if kernel:
            del os.environ["MAPIX_KERNEL"]
    assert result.status == 0, result
    return result.out


def test_a_real_time_task_wakes_in_time(tmp_path):
    figures = {name: int(us) for name, us in re.findall(r"^(.+): (-?\d+) us$", latency(tmp_path, "250"), re.M)}
    assert len(figures) >= CALLS
    assert not {name: us for name, us in figures.items() if not 0 < us <= LIMIT_US}


@pytest.mark.parametrize("calls", ["mappings", "exec", "maps"])
def test_the_debug_kernel_names_nobody(tmp_path, calls):
    """On the kernel that checks itself everything takes longer, and it tells who keeps the processor."""
    out = latency(tmp_path, "-l", "250", calls, kernel=build("debug", "kernel.elf"))
    assert re.search(r" us$", out, re.M), out
    assert "latency:" not in out, out
