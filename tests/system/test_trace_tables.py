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

COMMON = r"""
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
"""

PROGRAM = COMMON + r"""
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


# Pages that a pager fills, small and huge, private, and shared by a file; and the huge page of zeros.
PAGER = COMMON + r"""
    #include <linux/userfaultfd.h>
    #include <sys/ioctl.h>
    #include <sys/syscall.h>
    static int fd;
    static void check(long result)
    {
        if (result < 0) {
            perror("pager");
            exit(1);
        }
    }
    static void watch(char *p, size_t size, int mode)
    {
        struct uffdio_register r = {{(long)p, size}, mode};
        check(ioctl(fd, UFFDIO_REGISTER, &r));
    }
    static void copy(char *p, char *from, size_t size)
    {
        struct uffdio_copy c = {(long)p, (long)from, size};
        check(ioctl(fd, UFFDIO_COPY, &c));
    }
    static void zeros(char *p, size_t size)
    {
        struct uffdio_zeropage z = {{(long)p, size}};
        check(ioctl(fd, UFFDIO_ZEROPAGE, &z));
    }
    static void go_on(char *p, size_t size)
    {
        struct uffdio_continue c = {{(long)p, size}};
        check(ioctl(fd, UFFDIO_CONTINUE, &c));
    }
    static char *file(long at, size_t size, int flags, int map)
    {
        int f = memfd_create("f", flags);
        check(ftruncate(f, size));
        *(char *)mmap((void *)0x90000000, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, f, 0) = 1;
        return mmap((void *)at, size, PROT_READ | PROT_WRITE, map | MAP_FIXED, f, 0);
    }
    int main(int argc, char **argv)
    {
        const int both = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR;
        struct uffdio_api api = {UFFD_API, UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS};
        size_t huge = atol(argv[1]) << 20;
        int pagemap = open("/proc/self/pagemap", O_RDONLY);
        char *from = area(0x30000000, huge, MADV_NOHUGEPAGE), *p = area(0x40000000, 8 * 4096, MADV_NOHUGEPAGE);
        char *shared = file(0x48000000, 4 * 4096, 0, MAP_SHARED), *own = file(0x50000000, 2 * huge, MFD_HUGETLB, MAP_PRIVATE);
        char *hugefile = file(0x60000000, 2 * huge, MFD_HUGETLB, MAP_SHARED), *read = area(0x70000000, 2 * huge, MADV_HUGEPAGE);
        for (size_t i = 0; i < huge; i += 4096)
            from[i] = 1;
        fd = syscall(SYS_userfaultfd, O_CLOEXEC);
        check(ioctl(fd, UFFDIO_API, &api));
        watch(p, 8 * 4096, UFFDIO_REGISTER_MODE_MISSING);
        copy(p, from, 3 * 4096);
        zeros(p + 4 * 4096, 2 * 4096);
        p[5 * 4096] = 1;
        watch(shared, 4 * 4096, both);
        go_on(shared, 4096);
        copy(shared + 4096, from, 4096);
        zeros(shared + 2 * 4096, 4096);
        watch(own, 2 * huge, UFFDIO_REGISTER_MODE_MISSING);
        copy(own + huge, from, huge);
        watch(hugefile, 2 * huge, both);
        go_on(hugefile, huge);
        copy(hugefile + huge, from, huge);
        (void)*(volatile char *)(read + 7 * 4096);
        (void)*(volatile char *)(read + huge);
        read[9 * 4096] = 1;
        entries(pagemap, p, 8);
        entries(pagemap, shared, 4);
        entries(pagemap, own, 2 * huge / 4096);
        entries(pagemap, hugefile, 2 * huge / 4096);
        entries(pagemap, read, 2 * huge / 4096);
        return 0;
    }
"""


# Every other page goes, and the others come together.
COMPACTED = COMMON + r"""
    int main(void)
    {
        int pagemap = open("/proc/self/pagemap", O_RDONLY), knob = open("/proc/sys/vm/compact_memory", O_WRONLY);
        char *p = area(0x40000000, 2048 * 4096, MADV_NOHUGEPAGE);
        for (int i = 0; i < 2048; i++)
            p[i * 4096] = 1;
        for (int i = 0; i < 2048; i += 2)
            madvise(p + i * 4096, 4096, MADV_DONTNEED);
        write(knob, "1", 1);
        entries(pagemap, p, 2048);
        return 0;
    }
"""


class Traced:
    """A run of a program in one of the kernels: its records, their text, and what it read of itself."""

    def __init__(self, folder, options, source=PROGRAM, **more):
        self.pae = PAE or "--pae" in options
        self.mib = 2 if self.pae else 4
        self.pages = self.mib << 20 >> 12  # in a large page
        self.path = folder / "records"
        (folder / "overlay").mkdir()
        program = compiled(str(folder / "overlay"), "tables", source)
        enable = "cd /sys/kernel/mm/transparent_hugepage; echo madvise >enabled; echo 1 >use_zero_page"  # on little memory there are none at first
        enable += "; echo 8 >/proc/sys/vm/nr_hugepages" if source is PAGER else ""
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

    def told(self, space):
        """The frames of the pages that pagemap was read of."""
        return {page * PAGE: frame for page, (frame, _) in space.pages.items() if LARGE <= page * PAGE < SMALL + 64 * PAGE}

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
    assert traced.told(space) == traced.pagemap
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


@pytest.fixture(scope="module", params=[("--pae",)] if PAE else [(), ("--pae",)], ids=lambda options: "PAE" if options else "plain")
def filled(request, tmp_path_factory):
    if not os.path.exists(vmrun.kernel(bool(request.param))):
        pytest.skip("make pae-kernels builds this kernel")
    return Traced(tmp_path_factory.mktemp("filled"), request.param, PAGER, append="uffd=minor")


def test_pages_that_a_pager_fills_are_those_of_pagemap(filled):
    """And what they hold is known: the pager's bytes, zeros, or a page of the file."""
    space = filled.space()
    assert filled.told(space) == filled.pagemap
    kinds = {address + i * PAGE: space.pages[address // PAGE + i][1] for address, count in ((LARGE, 8), (0x48000000, 4)) for i in range(count) if address // PAGE + i in space.pages}
    own, zero, shared = (LARGE, LARGE + PAGE, LARGE + 2 * PAGE, LARGE + 5 * PAGE), (LARGE + 4 * PAGE,), (0x48000000, 0x48001000, 0x48002000)
    assert kinds == {**dict.fromkeys(own, "own"), **dict.fromkeys(zero, "zero"), **dict.fromkeys(shared, "shared")}
    size = filled.mib << 20
    assert {page * PAGE: space.pages[page][1] for page in space.large if page < SMALL // PAGE} \
        == {0x50000000 + size: "own", 0x60000000: "shared", 0x60000000 + size: "shared", 0x70000000 + size: "zero"}


def test_pages_that_a_pager_fills_are_told_in_words(filled):
    text, size = filled.result.out, filled.mib << 20
    for words in ("3 pages of an anonymous mapping filled by the pager: mapped at 40000000 to 40002000",
                  "2 pages of an anonymous mapping in which the pager wants zeros: mapped at 40004000 to 40005000",
                  "a page of shared memory in the file already, as the pager says: mapped at 48000000",
                  "a page of shared memory filled by the pager: mapped at 48001000",
                  "a page of shared memory in which the pager wants zeros: mapped at 48002000",
                  "filled by the pager: one entry of the page directory maps "):
        assert words in text, text
    first, second = filled.pagemap[0x60000000], filled.pagemap[0x60000000 + size]
    assert re.search(rf"a large page of {filled.mib} MiB of [^\n]*, in the file already, as the pager says: one entry of the page directory maps "
                     rf"60000000-{0x60000000 + size:x}, frames {first:#x}-", text), text
    assert f"maps {0x60000000 + size:x}-{0x60000000 + 2 * size:x}, frames {second:#x}-" in text, text


def test_the_huge_page_of_zeros_is_split_into_small_ones_of_zeros(filled):
    """Its entries have the frame of the small one, which is another; one was replaced by the write."""
    space, count, first = filled.space(), filled.pages, 0x70000000 // PAGE
    zero, huge = space.pages[first][0], space.pages[first + count][0]
    assert {page - first: there for page, there in space.pages.items() if first <= page < first + count and there != (zero, "zero")} \
        == {9: (filled.pagemap[0x70009000], "own")}
    assert not huge <= zero < huge + count
    text = f"the huge page of zeros in an anonymous mapping is split: instead of the one entry, a page table with {count} maps 70000000-" \
           f"{0x70000000 + (filled.mib << 20):x}, each of them the small page of zeros, frame {zero:#x}"
    assert text in filled.result.out, filled.result.out


def test_pages_in_another_frame_are_told(tmp_path):
    """Compaction moves the contents, and not the page."""
    traced = Traced(tmp_path, (), COMPACTED)
    there = {address: frame for address, frame in traced.pagemap.items() if address >= LARGE}
    assert traced.told(traced.space()) == there
    words = re.findall(r"a page of an anonymous mapping lies in another frame now: at (4\w{7}), frame 0x(\w+)$", traced.result.out, re.M)
    assert words and {int(address, 16): int(frame, 16) for address, frame in words}.items() <= there.items()


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
