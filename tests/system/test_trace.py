"""The trace over the second serial port agrees with what experiments print, loses nothing while it is read, and says what it lost."""
import collections
import glob
import json
import os
import re
import socket
import struct
import subprocess
import threading
import time

import pytest

from csource import read as read_source
from machine import MAPIX, ROOT, build, compiled, execute

PAGE = 4096
VM_WRITE, VM_SHARED = 2, 8
LIMIT = 60  # seconds, for what takes one
Record = collections.namedtuple("Record", "seq insns type pid name args text")


@pytest.fixture(scope="module")
def abi():
    made = subprocess.run([os.path.join(ROOT, "scripts", "trace-abi"), "i686-linux-gnu-gcc"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(made.stdout)


def arguments(event, words):
    """{name: number} of a record's args; those that hold text are left out."""
    found, at = {}, 0
    for name, count in event["args"]:
        if count == 1:
            found[name] = words[at]
        at += count
    return found


def records(abi, data):
    """The stream's records; `text` of an event is the NAME (not of a comm) before it."""
    assert len(data) % abi["record_size"] == 0
    events = {e["number"]: e for e in abi["events"] + abi["meta"]}
    found, text = [], ""
    for at in range(0, len(data), abi["record_size"]):
        _, seq, insns, number, pid = struct.unpack_from("<QIIHH", data, at)
        words = struct.unpack_from(f"<{abi['args']}I", data, at + abi["fields"]["arg"][0])
        name = events[number]["name"]
        if name == "name":
            what, length, offset = words[0] >> 24, words[0] >> 12 & 0xfff, words[0] & 0xfff
            part = data[at + abi["fields"]["arg"][0] + 4:at + abi["record_size"]][:length - offset].decode()
            if what != abi["names"]["comm"]:
                text = text + part if offset else part
            found.append(Record(seq, insns, number, pid, name, {}, part))
            continue
        found.append(Record(seq, insns, number, pid, name, arguments(events[number], words), text))
        text = ""
    return found


def traced(abi, tmp_path, *command, events="mapix,raw_syscalls,sched", **options):
    """What the command printed, and the records of its boot."""
    out = tmp_path / "stream"
    result = execute(*command, append=f"trace=ttyS1 trace_events={events}", qemu=f"-serial file:{out}", **options)
    assert result.status == 0, result
    found = records(abi, out.read_bytes())
    assert found[0].name == "header" and found[0].args["magic"] == abi["magic"]
    assert found[0].args["version_size"] == abi["record_size"] << 16 | abi["version"]
    return result.out, found


def without_gaps(found):
    """Is no number missing among the records?"""
    numbers = [r.seq for r in found if r.name not in ("header", "lost")]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def named(abi, table, number):
    return next(name for name, value in abi[table].items() if value == number)


def faults(abi, found, start, end):
    """(record, found, done) of the faults in an address range."""
    return [(r, named(abi, "found", r.args["found"]), named(abi, "done", r.args["done"]))
            for r in found if r.name == "fault" and start <= r.args["address"] < end]


def mappings(found, **wanted):
    """The vma records with these args."""
    return [r for r in found if r.name == "vma" and all(r.args[k] == v for k, v in wanted.items())]


def of_program(abi, found, path):
    """The records after the last exec of this path, which ends with all mappings."""
    last = max(i for i, r in enumerate(found) if r.name == "vma" and r.text == path and r.args["op"] == abi["vma_ops"]["there"])
    return found[last:]


def test_zeropage(abi, tmp_path):
    out, found = traced(abi, tmp_path, "/experiments/zeropage")
    found = of_program(abi, found, "/experiments/zeropage")
    size = 4 * PAGE
    area = next(r.args["start"] for r in mappings(found, op=abi["vma_ops"]["map"]) if r.args["end"] - r.args["start"] == size)
    seen = [((r.args["address"] - area) // PAGE, what, done) for r, what, done in faults(abi, found, area, area + size)]
    assert seen == [(0, "nothing", "zero_page"), (1, "nothing", "zero_page"), (1, "zero_page", "new_page"), (2, "nothing", "new_page")]
    assert len(seen) == len(re.findall(r"\b1 fault,", out))
    zero, again, second, third = [r.args["after"] for r, _, _ in faults(abi, found, area, area + size)]
    assert zero == again and len({zero, second, third}) == 3
    assert "the second and the third: different frame" in out


def test_cow(abi, tmp_path):
    """Who is said to have another frame after a write had the page copied; who kept the frame reused it."""
    out, found = traced(abi, tmp_path, "/experiments/cow")
    found = of_program(abi, found, "/experiments/cow")
    printed = [(writer, re.search(rf"{writer} '.' (same|different) frame", rest).group(1))
               for writer, rest in re.findall(r"(?m)^(?:then )?the (child|parent) wrote(.*)$", out)]
    assert len(printed) == 5
    area = next(r for r in mappings(found, op=abi["vma_ops"]["map"]) if r.args["end"] - r.args["start"] == PAGE)
    seen = [(r, done) for r, _, done in faults(abi, found, area.args["start"], area.args["end"]) if done != "new_page"]
    assert [("parent" if r.pid == area.pid else "child", {"reused": "same", "copied": "different"}[done]) for r, done in seen] == printed
    copies = [(r.args["from"], r.args["to"]) for r in found if r.name == "copy"]
    for r, done in seen:
        assert r.insns > 0
        assert (r.args["before"] == r.args["after"]) == (done == "reused")
        assert done == "reused" or (r.args["before"], r.args["after"]) in copies


def test_growth(abi, tmp_path):
    out, found = traced(abi, tmp_path, "/experiments/growth")
    found = of_program(abi, found, "/experiments/growth")
    printed = [(int(start, 16), int(end, 16)) for start, end in re.findall(r"([0-9a-f]{8})-([0-9a-f]{8}) ", out)]
    heap, larger_heap, stack, larger_stack = printed
    told = {op: [(r.args["start"], r.args["end"]) for r in mappings(found, op=abi["vma_ops"][op])] for op in ("brk", "stack", "there")}
    assert heap in told["brk"] and larger_heap == told["brk"][-1]
    assert stack in told["there"] + told["stack"] and larger_stack == told["stack"][-1]
    assert {r.text for r in mappings(found, op=abi["vma_ops"]["brk"])} == {"[heap]"}
    assert {r.text for r in mappings(found, op=abi["vma_ops"]["stack"])} == {"[stack]"}


def test_sharedfile(abi, tmp_path):
    """Writer and reader have one frame; the private store copies it."""
    out, found = traced(abi, tmp_path, "/experiments/sharedfile")
    assert re.search(r"the reader stores E privately .*ABCDE-$", out, re.M)
    maps = [r for r in mappings(found, op=abi["vma_ops"]["map"]) if r.text == "/tmp/sharedfile"]
    shared = [r for r in maps if r.args["flags"] & VM_SHARED]
    private = [r for r in maps if not r.args["flags"] & VM_SHARED]
    assert len(shared) == 2 and len(private) == 1 and len({r.pid for r in shared}) == 2
    frames = set()
    for r in shared:
        own = [f for f in faults(abi, found, r.args["start"], r.args["end"]) if f[0].args["mm"] == r.args["mm"]]
        assert {done for _, _, done in own} <= {"file_shared", "file_page", "writable"}
        frames |= {f.args["after"] for f, _, _ in own}
    assert len(frames) == 1
    copied = [f for f, _, done in faults(abi, found, private[0].args["start"], private[0].args["end"])
              if f.args["mm"] == private[0].args["mm"] and done in ("copied", "file_copy")]
    assert len(copied) == 1 and copied[0].args["after"] not in frames


def apply(abi, spaces, record):
    """Keep {mm: {start: (end, flags)}} as docs/tracing.md says: a mapping takes the place of what its range held."""
    args = record.args
    if record.name == "mm" and args["op"] == abi["mm_ops"]["exit"]:
        spaces.pop(args["mm"], None)
    if record.name != "vma":
        return
    start, end, kept = args["start"], args["end"], {}
    for first, (last, flags) in spaces.get(args["mm"], {}).items():
        if first < min(last, start):
            kept[first] = (min(last, start), flags)
        if max(first, end) < last:
            kept[max(first, end)] = (last, flags)
    if args["op"] != abi["vma_ops"]["unmap"]:
        kept[start] = (end, args["flags"])
    spaces[args["mm"]] = kept


def test_the_mappings_told_are_those_of_proc_maps(abi, tmp_path):
    """When cat reads its maps, the picture that a reader keeps is the same."""
    out, found = traced(abi, tmp_path, "/bin/cat", "/proc/self/maps")
    lines = re.findall(r"(?m)^([0-9a-f]+)-([0-9a-f]+) ([rwxp-]{4}) ", out)
    printed = {int(start, 16): (int(end, 16), rights) for start, end, rights in lines}
    assert len(printed) > 5
    spaces, same = {}, False
    for record in found:
        apply(abi, spaces, record)
        if record.name != "vma":
            continue
        picture = {start: (end, "".join(c if flags >> bit & 1 else "-" for bit, c in enumerate("rwx")) + "p")
                   for start, (end, flags) in spaces[record.args["mm"]].items()}
        same = same or picture == printed
    assert same


MANY_FAULTS = """
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <unistd.h>
    int main(int argc, char **argv)
    {
        long rounds = atol(argv[1]), pages = 500;
        char *p = mmap(NULL, pages * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (long i = 0; i < rounds; i++) {
            for (long n = 0; n < pages; n++)
                (void)((volatile char *)p)[n * 4096];
            madvise(p, pages * 4096, MADV_DONTNEED);
        }
        puts("done");
        fflush(stdout);
        if (argc > 2) {  /* wait for the host, which reads from now on, and then make more */
            getchar();
            for (long n = 0; n < pages; n++)
                (void)((volatile char *)p)[n * 4096];
        }
        return 0;
    }
"""


def test_100000_faults_are_read_without_a_loss(abi, tmp_path):
    folder = tmp_path / "overlay"
    folder.mkdir()
    program = compiled(str(folder), "faults", MANY_FAULTS)
    _, found = traced(abi, tmp_path, program, "200", events="fault", overlay=str(folder), timeout=600)
    assert not [r for r in found if r.name == "lost"] and without_gaps(found)
    zero = abi["done"]["zero_page"]
    assert sum(r.name == "fault" and r.args["done"] == zero for r in found) >= 100000
    assert sum(r.name == "header" for r in found) == 1 + sum(r.name != "header" for r in found) // abi["repeat"]


PAGES_THAT_COME = r"""
    #define _GNU_SOURCE
    #include <fcntl.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/personality.h>
    #include <unistd.h>
    static void entries(const char *what, char *p, int n)
    {
        uint64_t e[64];
        int fd = open("/proc/self/pagemap", O_RDONLY);
        pread(fd, e, n * 8, (uintptr_t)p / 4096 * 8);
        for (int i = 0; i < n; i++)
            printf("%s %lx %lx\n", what, (long)p + i * 4096, e[i] >> 63 ? (long)(e[i] & 0x7fffffff) : -1L);
        close(fd);
    }
    int main(int argc, char **argv)
    {
        if (argc > 1 && !strcmp(argv[1], "change")) {
            personality(ADDR_NO_RANDOMIZE);
            setuid(1000);
            execl("/tmp/suid", "suid", "arguments", NULL);
        }
        if (argc > 1)
            return printf("arguments %lx\n", (long)argv[argc - 1]) < 0;
        char page[4096];
        int fd = open("/tmp/pages", O_RDWR | O_CREAT, 0600);
        memset(page, 'x', sizeof(page));
        for (int i = 0; i < 24; i++)
            write(fd, page, sizeof(page));
        char *p = mmap(NULL, 24 * 4096, PROT_READ, MAP_PRIVATE, fd, 0);
        (void)*(volatile char *)(p + 5 * 4096);
        entries("around", p, 24);
        char *q = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        q[0] = q[4096] = q[5 * 4096] = 1;
        char *to = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        char *r = mremap(q, 8 * 4096, 12 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        entries("moved", r, 12);
        printf("from %lx\n", (long)q);
        return 0;
    }
"""


def pages_told(found, op, start, end):
    """{address: frame} of the page records of this kind."""
    return {r.args["address"]: r.args["frame"] for r in found if r.name == "page" and r.args["op"] == op and start <= r.args["address"] < end}


def test_entries_that_come_without_a_fault_are_told(abi, tmp_path):
    """A fault maps the pages around it, and mremap moves some: as pagemap has them afterwards."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    program = compiled(str(folder), "pages", PAGES_THAT_COME)
    out, found = traced(abi, tmp_path, program, events="mapix", overlay=str(folder))
    ops = abi["page_ops"]
    told = of_program(abi, found, program)
    printed = {what: {int(a, 16): int(f, 16) for w, a, f in re.findall(r"(?m)^(\w+) (\w+) (-?\w+)$", out) if w == what} for what in ("around", "moved")}
    start, end = min(printed["around"]), max(printed["around"]) + 1
    there = {a: f for a, f in printed["around"].items() if f < 1 << 31}
    fault = [(r.args["address"], r.args["after"]) for r, _, _ in faults(abi, told, start, end)]
    assert len(there) == 16 and fault == [(start + 5 * PAGE, there[start + 5 * PAGE])]
    assert pages_told(told, ops["around"], start, end) == {a: f for a, f in there.items() if a != start + 5 * PAGE}
    start, end = min(printed["moved"]), max(printed["moved"]) + 1
    there = {a: f for a, f in printed["moved"].items() if f < 1 << 31}
    assert len(there) == 3 and pages_told(told, ops["moved"], start, end) == there
    old = int(re.search(r"from (\w+)", out).group(1), 16)
    assert {r.args["address"] - r.args["old"] for r in told if r.name == "page" and r.args["op"] == ops["moved"]} == {start - old}


SWAPPER = r"""
    #define _GNU_SOURCE
    #include <stdio.h>
    #include <string.h>
    #include <sys/mman.h>
    int main(void)
    {
        char *p = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(p, 'x', 2 * 4096);
        madvise(p, 2 * 4096, 21); /* MADV_PAGEOUT */
        p[4096]++;
        printf("pages %lx\n", (long)p);
        return 0;
    }
"""


def test_a_page_goes_to_swap_and_comes_back(abi, tmp_path):
    """Its entry is cleared by a record, and the fault that brings it back says where it was."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    program = compiled(str(folder), "swapper", SWAPPER)
    out, found = traced(abi, tmp_path, program, events="mapix", overlay=str(folder), program=(MAPIX, "exec", "--swap=64M"))
    found = of_program(abi, found, program)
    start = int(re.search(r"pages (\w+)", out).group(1), 16)
    told = [(r.args["address"] & -PAGE, "zap") if r.name == "zap" else (r.args["address"] & -PAGE, named(abi, "found", r.args["found"]), named(abi, "done", r.args["done"]))
            for r in found if r.name in ("zap", "fault") and start <= r.args["address"] < start + 2 * PAGE]
    first, second = start, start + PAGE
    assert told[:2] == [(first, "nothing", "new_page"), (second, "nothing", "new_page")]
    assert sorted(told[2:4]) == [(first, "zap"), (second, "zap")]
    assert told[4] == (second, "swap", "swap_in")


def test_the_stack_that_exec_moves_is_told(abi, tmp_path):
    """A set-user-ID program gets random addresses again, so its arguments move to a new place: there the program finds them."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    program = compiled(str(folder), "pages", PAGES_THAT_COME)
    out, found = traced(abi, tmp_path, "/bin/sh", "-c", f"cp {program} /tmp/suid; chmod 4755 /tmp/suid; {program} change", events="mapix", overlay=str(folder))
    arguments = int(re.search(r"arguments (\w+)", out).group(1), 16) & -PAGE
    moved = [r for r in found if r.name == "page" and r.args["op"] == abi["page_ops"]["moved"]]
    assert [r.args["address"] for r in moved] == [arguments]
    written = [r for r in found if r.name == "fault" and r.args["after"] == moved[0].args["frame"] and r.seq < moved[0].seq]
    assert (written[-1].args["address"] & -PAGE, written[-1].args["mm"]) == (moved[0].args["old"], moved[0].args["mm"])


def test_the_header_has_the_build_id(abi, tmp_path):
    """The kernel's file, /sys/kernel/notes and the stream say the same."""
    out, found = traced(abi, tmp_path, "/bin/sh", "-c", "od -An -v -tx1 /sys/kernel/notes")
    notes = bytes.fromhex("".join(out.split()))
    words = struct.unpack_from("<5I", notes, 16)
    assert notes[12:16] == b"GNU\0" and len(notes) == 36 and any(words)
    assert [found[0].args[f"build{i}"] for i in range(5)] == list(words)
    shown = subprocess.run(["readelf", "-n", build("kernel.elf")], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert re.search(r"Build ID: ([0-9a-f]+)", shown).group(1) == notes[16:].hex()


def test_every_system_call_has_an_event():
    """Whoever adds a line to a table adds one to the list of the names that tracefs shows, and no more."""
    tables = "".join(read_source(path) for path in sorted(glob.glob(os.path.join(ROOT, "kernel", "syscall", "tbl_*.h"))))
    served = set(re.findall(r"^SYSCALL\((\w+)\)", tables, re.M)) | set(re.findall(r"^SYSCALL_AS\(__NR_(\w+),", tables, re.M))
    named = re.findall(r"^CALL\((\w+),", read_source(os.path.join(ROOT, "kernel", "fs", "tracefs", "calls.h")), re.M)
    assert len(named) == len(set(named)) and len(served) > 250
    assert (sorted(served - set(named)), sorted(set(named) - served)) == ([], [])


class Port(threading.Thread):
    """The host's end of the port: a socket that QEMU makes. `answer` says what is sent after a record."""

    def __init__(self, path, abi, answer=None, held=None):
        super().__init__(daemon=True)
        self.path, self.size, self.answer, self.held, self.data = str(path), abi["record_size"], answer, held, b""
        self.start()

    def connected(self):
        link = socket.socket(socket.AF_UNIX)
        for _ in range(LIMIT * 20):
            try:
                link.connect(self.path)
                return link
            except OSError:
                time.sleep(0.05)
        raise AssertionError("QEMU has made no socket")

    def run(self):
        link = self.connected()
        if self.held:
            self.held.wait(LIMIT)
        told = 0
        while data := link.recv(1 << 16):
            self.data += data
            while self.answer and len(self.data) - told >= self.size:
                self.answer(link, self.data[told:told + self.size])
                told += self.size

    def option(self):
        return f"-chardev socket,id=trace,path={self.path},server=on,wait=on -serial chardev:trace"


def test_a_ring_that_runs_over_says_how_many(abi, tmp_path):
    """The host reads nothing until the program has made its faults."""
    folder = tmp_path / "overlay"
    folder.mkdir()
    program = compiled(str(folder), "faults", MANY_FAULTS)
    held = threading.Event()
    port = Port(tmp_path / "socket", abi, held=held)
    threading.Timer(LIMIT / 2, held.set).start()
    read, write = os.pipe()
    threading.Timer(LIMIT / 2 + 1, lambda: os.close(write)).start()
    with os.fdopen(read, "rb") as stdin:
        argv = [os.path.join(ROOT, "scripts", "mapix"), "exec", "--patient", "--timeout=300", f"--overlay={folder}",
                "--append=trace=ttyS1 trace_events=fault trace_buf=16", f"--qemu={port.option()}", "--", program, "40", "wait"]
        done = subprocess.run(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done
    port.join(LIMIT)
    found = records(abi, port.data[:len(port.data) // abi["record_size"] * abi["record_size"]])
    lost = [r.args["records"] for r in found if r.name == "lost"]
    told = [r.seq for r in found if r.name not in ("header", "lost")]
    assert lost and sum(lost) > 1000
    assert told[-1] - told[0] + 1 == len(told) + sum(lost)


def test_step_mode_waits_for_the_host(abi, tmp_path):
    """After an event nothing comes until the host answers; after the byte c all comes."""
    waited = []

    def answer(link, record):
        if struct.unpack_from("<H", record, abi["fields"]["type"][0])[0] >= 64 or len(waited) > 3:
            return
        link.settimeout(0.3)
        try:
            waited.append(link.recv(1))
        except TimeoutError:
            waited.append(b"")
        link.settimeout(None)
        link.send(b"c" if len(waited) > 3 else b".")

    port = Port(tmp_path / "socket", abi, answer)
    result = execute("/bin/true", append="trace=ttyS1,step trace_events=mapix", qemu=port.option())
    assert result.status == 0, result
    port.join(LIMIT)
    assert waited == [b""] * 4
    found = records(abi, port.data)
    assert len(found) > 100 and without_gaps(found)


def test_bad_options_are_named(tmp_path):
    result = execute("/bin/sh", "-c", "dmesg | grep trace", append="trace=ttyS9 trace_events=nothing")
    assert "trace=ttyS9: the option is trace=ttySN or trace=ttySN,step" in result.out
    result = execute("/bin/sh", "-c", "dmesg | grep trace", append="trace=ttyS1 trace_events=nothing", qemu=f"-serial file:{tmp_path}/x")
    assert "there is no event nothing" in result.out
