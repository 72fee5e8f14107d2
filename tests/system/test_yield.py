"""The guest tests and the testers on a kernel where whatever may sleep does: an allocation, a lock, a copy to the user. What others
do meanwhile must not matter. FULL=1 (`make yield`) takes nearly all programs; without, those whose processes have most in common."""
import os

import guest
import pytest
from machine import build
from test_diff import difftest, reference  # noqa: F401 (a fixture)

YIELD = "mapix.alloc_yield=1 mapix.sleep_yield=1"
# An odd number, so that now one and now another of the allocations in a row has its turn.
RECLAIM = "mapix.alloc_yield=3 mapix.alloc_reclaim=7"
# Under RECLAIM no page of a file stays: so not those that count them, nor those that fill all memory, and a leak cannot be told.
RECLAIMED = ("blkdev", "brk", "clone", "dirs", "exec", "fault", "fork", "madvise", "mmap", "mprotect", "mremap",
             "pipe", "process_vm", "rw", "signal", "threads", "xattr")


# These measure shares of time, or what is shared with processes that come and go meanwhile, or make very many calls; or each case is
# one process that shares nothing, which has nobody to meet.
NOT_YIELDED = ("realtime", "sched", "shared", "ext2_links", "memfd", "garbage", "trap", "vma_bytes")
SHARING = ("clone", "compaction", "fault", "fork", "futex", "hugetlb", "hugetlb_uffd", "hugetlbfs", "ksm", "ksm_swap", "madvise", "mapped",
           "mlock", "mmap", "mprotect", "mremap", "pipe", "poll", "process_vm", "rmap", "robust", "rw", "shm", "signal", "stress", "swap",
           "swap_shmem", "swapon", "thp", "threads", "tty_jobs", "uffd", "uffd_events", "uffd_threads", "wait", "writeback")
assert set(SHARING) <= {p.name for p in guest.programs()}, "a program of SHARING is not there"
FULL = bool(os.environ.get("FULL"))
YIELDED = [p.name for p in guest.programs() if p.name not in NOT_YIELDED and (FULL or p.name in SHARING)]


@pytest.fixture(scope="module")
def yielding():
    return guest.run(append=YIELD, only=YIELDED)


@pytest.fixture(scope="module")
def reclaiming():
    return guest.run(append=RECLAIM, only=RECLAIMED)


def check(report):
    assert report.status is not None, report.trouble
    failed = [line for line in report.lines if line.startswith("not ok")]
    assert (report.status, failed) == (0, [])


@pytest.mark.parametrize("program", YIELDED)
def test_others_run_at_each_sleep(yielding, program):
    check(yielding[program])
    assert yielding[program].leaks == []


@pytest.mark.parametrize("program", RECLAIMED)
def test_memory_is_taken_at_each_sleep(reclaiming, program):
    check(reclaiming[program])


def test_same_answers(reference):  # noqa: F811
    result = difftest("--first", "200000", "--seeds", "25", "--append", YIELD, kernel=build("debug", "kernel.elf"))
    assert result.returncode == 0, result.stdout[-6000:]


def test_same_signals(reference):  # noqa: F811
    result = difftest("--signals", "--first", "1000", "--seeds", "5", "--append", YIELD, kernel=build("debug", "kernel.elf"))
    assert result.returncode == 0, result.stdout[-6000:]
