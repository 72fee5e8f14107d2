"""Page tables as the trace tells of them, in both kernels: the entries are those of /proc/self/pagemap, and those of large pages among them."""
import json
import os
import re
import shutil
import subprocess

import pytest
from machine import MAPIX, PAE, ROOT, compiled, execute
import tracefile  # machine knows where
import tracestory
import vmrun

PAGE = 4096
LARGE = 0x40000000  # where the program's large pages are, and its small ones
SMALL = 0x80000000
STAY = (0, 5, 6)  # the large pages that are there in the end
NX = 1 << 63

PROGRAM = r"""
    #define _GNU_SOURCE
    #include <fcntl.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    #include <unistd.h>
    static void entries(int fd, char *p, size_t pages)
    {
        static uint64_t e[16384];
        pread(fd, e, pages * 8, (uintptr_t)p / 4096 * 8);
        for (size_t i = 0; i < pages; i++)
            if (e[i] >> 63)
                printf("%lx %llx\n", (long)p + i * 4096, e[i] & ((1ULL << 55) - 1));
    }
    static char *area(long at, size_t size, int advice)
    {
        char *p = mmap((void *)at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        madvise(p, size, advice);
        return p;
    }
    int main(int argc, char **argv)
    {
        size_t huge = atol(argv[1]) << 20;
        int fd = open("/proc/self/pagemap", O_RDONLY);
        char *p = area(0x40000000, 8 * huge, MADV_HUGEPAGE), *small = area(0x80000000, 64 * 4096, MADV_NOHUGEPAGE);
        p[5 * 4096] = 1; /* it stays */
        p[huge] = 1;     /* it loses two pages */
        madvise(p + huge + 3 * 4096, 2 * 4096, MADV_DONTNEED);
        p[2 * huge + 4096] = 1; /* it moves */
        mremap(p + 2 * huge, huge, huge, MREMAP_MAYMOVE | MREMAP_FIXED, p + 6 * huge);
        p[3 * huge] = 1; /* it goes */
        munmap(p + 3 * huge, huge);
        p[4 * huge] = 1; /* the child copies a page of it */
        if (!fork()) {
            p[4 * huge + 9 * 4096] = 2;
            _exit(0);
        }
        wait(NULL);
        madvise(p + 5 * huge, huge, MADV_NOHUGEPAGE); /* it is made of small ones */
        p[5 * huge] = p[5 * huge + 3 * 4096] = 1;
        madvise(p + 5 * huge, huge, MADV_HUGEPAGE);
        madvise(p + 5 * huge, huge, 25); /* MADV_COLLAPSE */
        small[0] = small[63 * 4096] = 1;
        (void)*(volatile char *)(small + 5 * 4096);
        entries(fd, p, 8 * huge / 4096);
        entries(fd, small, 64);
        return 0;
    }
"""


class Traced:
    """A run of the program in one of the kernels: its records, their text, and what it read of itself."""

    def __init__(self, folder, options, **more):
        self.pae = PAE or "--pae" in options
        self.mib = 2 if self.pae else 4
        self.pages = self.mib << 20 >> 12  # in a large page
        self.path = folder / "records"
        (folder / "overlay").mkdir()
        program = compiled(str(folder / "overlay"), "tables", PROGRAM)
        enable = "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"  # on little memory there are none at first
        self.result = execute("/bin/sh", "-c", f"{enable}; exec {program} {self.mib}", overlay=str(folder / "overlay"),
                              program=(MAPIX, "trace", *options, "--save", str(self.path)), **more)
        assert self.result.status == 0, self.result
        self.pagemap = {int(address, 16): int(frame, 16) for address, frame in re.findall(r"^([0-9a-f]{8}) ([0-9a-f]+)$", self.result.err, re.M)}
        self.reader = tracefile.Reader()
        self.events = self.reader.feed(self.path.read_bytes())

    def space(self):
        """The program's address space before it ends."""
        story = tracestory.Story()
        for event in self.events:
            if event.kind == "sched_process_exit" and event.pid == story.root:
                return story.world.space_of(story.root)
            story.take(event)
        raise AssertionError("it does not end")

    def first(self, number):
        """The number of the first page of large page NUMBER."""
        return LARGE // PAGE + number * self.pages


@pytest.fixture(scope="module", params=[("--pae",)] if PAE else [(), ("--pae",)], ids=lambda options: "PAE" if options else "plain")
def traced(request, tmp_path_factory):
    if not os.path.exists(vmrun.kernel(bool(request.param))):
        pytest.skip("make pae-kernels builds this kernel")
    return Traced(tmp_path_factory.mktemp("tables"), request.param)


def test_the_stream_says_how_many_levels_there_are(traced):
    assert traced.reader.levels == (3 if traced.pae else 2)
    assert ("with PAE" in traced.reader.kernel) == traced.pae
    top = "page-directory-pointer table" if traced.pae else "page directory"
    assert f"a new address space, empty; its {top} is in frame 0x" in traced.result.out


def test_pages_are_those_of_pagemap(traced):
    """The trace knows which page is where, after large pages have come, moved, gone and been split."""
    space = traced.space()
    assert len(traced.pagemap) == 5 * traced.pages - 2 + 3
    told = {page * PAGE: frame for page, (frame, _) in space.pages.items() if LARGE <= page * PAGE < LARGE + (8 * traced.mib << 20) or 0 <= page * PAGE - SMALL < 64 * PAGE}
    assert told == traced.pagemap
    assert space.large == {traced.first(number): traced.pages for number in STAY}


def test_large_pages_are_told_in_words(traced):
    start, what = LARGE + (traced.mib << 20), f"a large page of {traced.mib} MiB of an anonymous mapping"
    expected = (f"{what}: one entry of the page directory maps 40000000-{start:08x}, frames 0x{traced.pagemap[LARGE]:x}-0x{traced.pagemap[start - PAGE]:x}",
                f"{what} is split: instead of the one entry, a page table with {traced.pages} maps {start:08x}-{start + (traced.mib << 20):08x}",
                f"{what} moves with its frames: from {traced.first(2) * PAGE:08x} to {traced.first(6) * PAGE:08x}",
                f"{traced.pages} pages of an anonymous mapping go: {traced.first(3) * PAGE:08x}-{traced.first(4) * PAGE:08x}")
    places = [traced.result.out.find(text) for text in expected]
    assert -1 not in places and places[0] < places[1] and places[2] < places[3], traced.result.out
    assert f"2 pages of an anonymous mapping go: {start + 3 * PAGE:08x}-{start + 5 * PAGE:08x}" in traced.result.out


def entries_that_go(traced):
    """(frame, entry) of each page that was mapped and goes."""
    none = tracefile.abi()["none"]
    return [(event.frame, event.pte_high << 32 | event.pte) for event in traced.events if event.kind == "zap" and event.frame != none]


def test_entries_are_whole(traced):
    """The frame stands in the entry; with PAE the bit that forbids execution too, for data."""
    gone = entries_that_go(traced)
    assert len(gone) > 20 and all(frame == (entry & ~NX) >> 12 for frame, entry in gone), gone
    assert {bool(entry & NX) for _, entry in gone} == ({True, False} if traced.pae else {False})


def test_frames_above_4_gib(tmp_path):
    """Frame and entry of a page that only PAE can map."""
    if not os.path.exists(vmrun.kernel(True)):
        pytest.skip("make pae-kernels builds this kernel")
    traced = Traced(tmp_path, ("--pae",), mem="6G")
    assert max(traced.pagemap.values()) >= 1 << 20
    assert {page * PAGE: frame for page, (frame, _) in traced.space().pages.items()}.items() >= traced.pagemap.items()
    gone = entries_that_go(traced)
    assert any(frame >= 1 << 20 for frame, _ in gone) and all(frame == (entry & ~NX) >> 12 for frame, entry in gone), gone


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_the_pages_panel_under_node(traced, tmp_path):
    """What the panel shows for each address, and where: as pagemap and the arithmetic of the format have it."""
    page, data, pagemap = tmp_path / "page.html", tmp_path / "trace.json", tmp_path / "pagemap.json"
    made = subprocess.run([MAPIX, "trace", "--read", str(traced.path), "--html", str(page)], stderr=subprocess.PIPE, text=True)
    assert (made.returncode, made.stderr) == (0, "")  # and it is known which kernel it is of
    data.write_text(re.search(r'<script type="application/json" id="trace">(.*?)</script>', page.read_text(), re.S).group(1))
    pagemap.write_text(json.dumps({"levels": 3 if traced.pae else 2, "entries": sorted(traced.pagemap.items()), "large": [traced.first(number) * PAGE for number in STAY]}))
    result = subprocess.run(["node", "--test", os.path.join(ROOT, "tests", "trace", "pagetables.test.mjs")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, env={**os.environ, "TRACE": str(data), "PAGEMAP": str(pagemap)})
    assert result.returncode == 0, result.stdout
