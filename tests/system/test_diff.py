"""Random memory calls, signals, faults and file calls on Mapix and on Debian's i386 Linux give the same answers; and the comparison can tell when they do not."""
import os
import re
import subprocess
import sys

import pytest

from machine import ROOT, build

SEEDS = 150
SIGNAL_SEEDS = 25
FILE_SEEDS = 60
FETCH_TIME = 300


@pytest.fixture(scope="module")
def reference():
    """The reference kernel with its modules, fetched if they are not there yet."""
    if not os.path.exists(build("ref", "modules")):
        fetch = subprocess.run([os.path.join(ROOT, "scripts", "fetch-linux"), build("ref")], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=FETCH_TIME)
        if fetch.returncode:
            pytest.skip("the reference kernel cannot be fetched: " + fetch.stdout.strip().split("\n")[-1])


def difftest(*arguments, kernel=None):
    environment = dict(os.environ)
    if kernel:
        environment["MAPIX_KERNEL"] = kernel
    return subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts", "difftest"), "--timeout", "600", *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment)


def test_same_answers(reference):
    result = difftest("--seeds", str(SEEDS))
    assert result.returncode == 0, result.stdout[-6000:]
    assert re.search(rf"^{SEEDS} seeds of 250 calls: 0 differ$", result.stdout, re.M)


def test_same_answers_checked(reference):
    """Other seeds, on the kernel that checks every address space after each change."""
    result = difftest("--first", "100000", "--seeds", "25", kernel=build("debug", "kernel.elf"))
    assert result.returncode == 0, result.stdout[-6000:]


@pytest.mark.parametrize("mode", ["pressure", "huge", "uffd"])
def test_same_answers_of_more_calls(reference, mode):
    result = difftest("--mode", mode, "--seeds", "30")
    assert result.returncode == 0, result.stdout[-6000:]
    assert re.search(r"^30 seeds of 250 calls: 0 differ$", result.stdout, re.M)


@pytest.mark.parametrize("persona", ["240000", "440000"], ids=["legacy-layout", "read-implies-exec"])
def test_same_answers_of_another_personality(reference, persona):
    result = difftest("--seeds", "25", "--persona", persona)
    assert result.returncode == 0, result.stdout[-6000:]


def test_a_difference_is_reported(reference):
    """One side pretends that its 40th call gave another result."""
    result = difftest("--seeds", "2", "--mutate", "40", "--show", "1")
    assert result.returncode == 1
    assert "2 seeds of 250 calls: 2 differ: 0 1" in result.stdout
    shown = result.stdout.split("---- seed 0:")[1]
    assert re.search(r"^- .* = ", shown, re.M) and re.search(r"^\+ .* = ", shown, re.M), result.stdout


def test_same_signals(reference):
    result = difftest("--signals", "--seeds", str(SIGNAL_SEEDS))
    assert result.returncode == 0, result.stdout[-6000:]
    assert re.search(rf"^{SIGNAL_SEEDS} seeds of 250 calls: 0 differ$", result.stdout, re.M)


def test_a_different_signal_is_reported(reference):
    """One side pretends another result, of one call in each process after the first."""
    result = difftest("--signals", "--seeds", "1", "--mutate", "20", "--show", "0")
    assert result.returncode == 1
    assert "1 seeds of 250 calls: 1 differ: 0" in result.stdout, result.stdout


def test_same_files(reference):
    result = difftest("--files", "--seeds", str(FILE_SEEDS))
    assert result.returncode == 0, result.stdout[-6000:]
    assert re.search(rf"^{FILE_SEEDS} seeds of 300 calls: 0 differ$", result.stdout, re.M)


def test_same_files_checked(reference):
    """Other seeds, on the kernel that checks itself."""
    result = difftest("--files", "--first", "100000", "--seeds", "15", kernel=build("debug", "kernel.elf"))
    assert result.returncode == 0, result.stdout[-6000:]


def test_a_different_file_is_reported(reference):
    result = difftest("--files", "--seeds", "2", "--mutate", "40", "--show", "0")
    assert result.returncode == 1
    assert "2 seeds of 300 calls: 2 differ: 0 1" in result.stdout, result.stdout


def test_a_dead_machine_is_reported(reference, tmp_path):
    """A kernel that is no kernel: every seed differs, and it is said why."""
    (tmp_path / "kernel.elf").write_bytes(b"nothing that boots")
    result = difftest("--seeds", "1", "--show", "1", kernel=str(tmp_path / "kernel.elf"))
    assert result.returncode == 1
    assert "1 differ: 0" in result.stdout and "Mapix ended with status" in result.stdout, result.stdout
