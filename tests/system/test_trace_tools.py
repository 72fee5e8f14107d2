"""scripts/mapix trace: what it tells of the experiments is what they print; its JSON and its page are whole; bad input gets a sentence."""
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess

import pytest
from machine import MAPIX, PAE, ROOT, compiled, execute
import tracecalls  # machine knows where
import tracefile
import tracestory

TRACE = (MAPIX, "trace")


def trace(*command, options=(), **more):
    """One command, traced as text: what the trace says is .out, what the command prints is in .err."""
    return execute(*command, program=(*TRACE, *options), **more)


def experiment(name):
    result = trace(f"/experiments/{name}", append="norandmaps")
    assert result.status == 0, result
    return result


def read(path, *options, **more):
    return subprocess.run([*TRACE, "--read", str(path), *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


@pytest.fixture(scope="module")
def cow(tmp_path_factory):
    """The records of /experiments/cow, kept in a file, and the run."""
    path = tmp_path_factory.mktemp("trace") / "cow"
    result = trace("/experiments/cow", options=("--save", str(path)), append="norandmaps")
    assert result.status == 0, result
    return path, result


def test_a_trace_of_another_kernel_is_said_to_be_one(cow, tmp_path):
    """The build id in the header is compared with the kernel that is built here."""
    path, _ = cow
    assert read(path).stderr == ""
    data = bytearray(path.read_bytes())
    data[tracefile.abi()["fields"]["arg"][0] + 16] ^= 0xff  # the first byte of the build id
    other = tmp_path / "other"
    other.write_bytes(data)
    result = read(other)
    assert result.returncode == 0 and result.stdout == read(path).stdout
    assert re.search(r"other is of a kernel with the build id [0-9a-f]{12}; \S*kernel.elf has [0-9a-f]{12}: addresses of the kernel do not", result.stderr)


# ---- what the experiments print ----

def page_of_the_mapping(text):
    """What is told from the experiment's one mmap on: its address, and the rest."""
    found = re.search(r"mmap\(NULL, \d+, PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS, -1, 0\) = 0x([0-9a-f]+)\n((?:.*\n)*)", text)
    assert found, text
    return int(found.group(1), 16), found.group(2)


def faults_at(text, address):
    """(comm-pid, sentence) of each fault on the page of ADDRESS."""
    page = f"{address >> 12:05x}"
    return re.findall(rf"(\S+-\d+) +fault {page}[0-9a-f]{{3}}: (.*) \(\d+ cycles\)", text)


def test_cow_copies_for_the_first_writer_and_not_for_the_last(cow):
    """The experiment prints whose frame differs: that is who got the copy."""
    _, result = cow
    address, rest = page_of_the_mapping(result.out)
    told = faults_at(rest, address)
    assert [re.sub("frame 0x[0-9a-f]+", "frame F", sentence.split(": ", 1)[1]) for _, sentence in told] == [
        "a page of zeros was taken, frame F",
        "others use the page too, so it was copied, frame F to frame F",
        "nobody else uses the page any more, so it was not copied: frame F becomes writable",
        "others use the page too, so it was copied, frame F to frame F",
        "nobody else uses the page any more, so it was not copied: frame F becomes writable",
        "nobody else uses the page any more, so it was not copied: frame F becomes writable"], result
    parent = told[0][0]
    writers = ["parent" if who == parent else "child" for who, _ in told[1:]]
    printed = re.findall(r"^(?:then )?the (\w+) wrote", result.err, re.M)
    assert writers == printed == ["child", "parent", "parent", "child", "parent"], result


def test_cow_names_frames_as_the_program_sees_them(cow):
    """After the child wrote, the parent has the frame that it had before fork."""
    _, result = cow
    address, rest = page_of_the_mapping(result.out)
    frames = [re.findall(r"frame (0x[0-9a-f]+)", sentence) for _, sentence in faults_at(rest, address)]
    assert frames[1][0] == frames[0][0] and frames[2] == frames[0], frames


def test_zeropage_has_the_faults_that_it_counts():
    result = experiment("zeropage")
    address, rest = page_of_the_mapping(result.out)
    told = [[sentence for _, sentence in faults_at(rest, address + at * 4096)] for at in range(4)]
    zero = r"first read of a page of an anonymous mapping: the shared page of zeros is mapped, not writable, frame (0x[0-9a-f]+)$"
    own = r"first write to a page of an anonymous mapping: a page of zeros was taken, frame (0x[0-9a-f]+)$"
    assert re.match(zero, told[0][0]).group(1) == re.match(zero, told[1][0]).group(1), result
    assert "it was only read so far; now a page of zeros was taken" in told[1][1], result
    assert re.match(own, told[2][0]), result
    counted = [int(n) for n in re.findall(r"(\d+) faults?,", result.err)]
    assert sum(counted) == sum(map(len, told)) == 4, result


def test_growth_shows_heap_and_stack_as_the_program_reads_them():
    result = experiment("growth")
    for what, verb in (("heap", "heap is"), ("stack", "stack is")):
        printed = re.findall(rf"([0-9a-f]{{8}}-[0-9a-f]{{8}}) .*\[{what}\]$", result.err, re.M)
        told = re.findall(rf"{verb} +([0-9a-f]{{8}}-[0-9a-f]{{8}}) rw-p 00000000 00:00 0 \[{what}\]$", result.out, re.M)
        assert len(printed) >= 2 and told[-1] == printed[-1], result
        assert what == "stack" or set(printed) <= set(told), result
    assert re.search(r"brk\(0x[0-9a-f]+\) = 0x[0-9a-f]+\n.*heap is", result.out), result
    assert re.search(r"first write to a page of the heap: a page of zeros was taken, frame 0x[0-9a-f]+ ", result.out), result


def test_sharedfile_has_one_frame_for_writer_and_reader():
    result = experiment("sharedfile")
    shared = re.findall(r"(\S+-\d+) .*a page of the shared mapping of /tmp/sharedfile.*frame (0x[0-9a-f]+)", result.out)
    assert len({who for who, _ in shared}) == 2 and len({frame for _, frame in shared}) == 1, result
    private = re.search(r"write to a page of the data of /tmp/sharedfile: the page is the file's, so it was copied, frame (0x[0-9a-f]+) to", result.out)
    assert private and private.group(1) == shared[0][1], result
    assert re.search(r"mmap\(NULL, 4096, PROT_READ\|PROT_WRITE, MAP_SHARED, \d+</tmp/sharedfile>, 0\) = ", result.out), result


def test_calls_are_told_as_strace_tells_them(tmp_path):
    """Flags by name, errors by name, no call in a line of another; and a fault that no mapping allows."""
    program = compiled(str(tmp_path), "calls", r"""
        #define _GNU_SOURCE
        #include <sys/mman.h>
        int main(void)
        {
            char *p = mmap((void *)0x50000000, 12288, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
            mprotect(p, 4096, PROT_READ | PROT_WRITE);
            p[0] = 1;
            p = mremap(p, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, 0x60000000);
            p[0] = 2;
            madvise(p, 4096, MADV_DONTNEED);
            munmap(p + 1, 4096);
            munmap(p, 8192);
            return p[0];
        }
        """)
    result = trace(program, overlay=str(tmp_path))
    assert result.status == 128 + 11, result
    expected = ("mmap(0x50000000, 12288, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = 0x50000000",
                "mprotect(0x50000000, 4096, PROT_READ|PROT_WRITE) = 0",
                "mremap(0x50000000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x60000000) = 0x60000000",
                "madvise(0x60000000, 4096, MADV_DONTNEED) = 0",
                "munmap(0x60000001, 4096) = -1 EINVAL (Invalid argument)",
                "munmap(0x60000000, 8192) = 0",
                "fault 60000000: read of 60000000: nothing is mapped there: the program gets SIGSEGV")
    places = [result.out.find(text) for text in expected]
    assert -1 not in places and places == sorted(places), result
    assert re.search(r"moved +60000000-60002000 rw-p", result.out), result
    assert re.search(r"a page of an anonymous mapping goes: 60000000", result.out), result


def test_children_belong_to_the_command():
    """All that a shell starts is told, and of others nothing."""
    result = trace("/bin/sh", "-c", "/bin/true; /bin/echo yes")
    executed = re.findall(r'execve\("([^"]+)"', result.out)
    assert executed == ["/bin/sh", "/bin/true", "/bin/echo"], result
    assert not re.search(r" (?:init-1|swapper|kswapd)", result.out), result
    everything = trace("/bin/true", options=("--all",))
    assert "init-1" in everything.out, everything


def test_further_events():
    result = trace("/bin/true", options=("--events", "syscalls,sched_switch"))
    assert re.search(r"exit_group\(0\)", result.out) and re.search(r"sched_switch: next_comm=", result.out), result
    switches = trace("/bin/sh", "-c", "/bin/true; :", options=("--events", "mapix:mm"))
    assert re.search(rf"the processor goes to the address space of \d+, {tracestory.TOP_TABLES[3 if PAE else 2]} in frame 0x", switches.out), switches
    named = trace("/bin/cat", "/etc/passwd", options=("--events", "syscalls"))
    assert re.search(r"\bread\(0x3, ", named.out), named


def test_the_mappings_are_those_of_proc_maps(tmp_path):
    """What the records say of cat's mappings, and what it reads of itself."""
    path = tmp_path / "records"
    result = trace("/bin/cat", "/proc/self/maps", options=("--save", str(path)))
    story = tracestory.Story()
    for event in tracefile.Reader().feed(path.read_bytes()):
        if event.kind == "sched_process_exit" and event.pid == story.root:
            break
        story.take(event)
    space = story.world.space_of(story.root)
    assert [mapping.line().split() for mapping in space.mappings] == [line.split() for line in result.err.splitlines()], result
    assert all(space.find(page * 4096) for page in space.pages), "pages that nothing maps"


# ---- death, hanging, much ----

def test_a_command_that_hangs_is_told_up_to_there():
    result = trace("/bin/sleep", "1000", timeout=4, patient=False)
    assert result.status == 124 and "execve(\"/bin/sleep\"" in result.out and "exit_group" not in result.out, result


def stopped_while_it_runs(page, stop):
    """The exit status of a traced shell that has started /bin/sleep, and is stopped by stop(process)."""
    command = [*TRACE, "--html", str(page), "--", "/bin/sh", "-c", "/bin/true; echo started; exec /bin/sleep 1000"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout.read(8) == b"started\n"
        stop(process)
        return process.wait(60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_machine_that_dies_is_told_up_to_there(tmp_path):
    def kill_machine(process):
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
            for pid in f.read().split():
                os.kill(int(pid), signal.SIGKILL)
    page = tmp_path / "page.html"
    assert stopped_while_it_runs(page, kill_machine) == 125
    assert any("/bin/true" in step["text"] for step in embedded(page.read_text())["steps"])


def test_an_interrupted_run_is_told_up_to_there(tmp_path):
    page = tmp_path / "page.html"
    assert stopped_while_it_runs(page, lambda process: process.send_signal(signal.SIGINT)) == 128 + signal.SIGINT
    assert any("/bin/true" in step["text"] for step in embedded(page.read_text())["steps"])
    assert os.listdir(tmp_path) == ["page.html"]


def test_many_faults_are_all_told(tmp_path):
    """More than the ring holds, all of them drained."""
    program = compiled(str(tmp_path), "many", r"""
        #include <sys/mman.h>
        int main(void)
        {
            char *p = mmap(0, 20 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            for (int i = 0; i < 5120; i++)
                p[i * 4096] = 1;
            return 0;
        }
        """)
    result = trace(program, overlay=str(tmp_path), append="trace_buf=64")
    assert result.status == 0 and "lost" not in result.err + result.out, result.err
    address, rest = page_of_the_mapping(result.out)
    assert len(re.findall(r"first write to a page of an anonymous mapping", rest)) == 5120


def test_a_reader_that_comes_late_loses_nothing(tmp_path):
    """The text is longer than a pipe; nobody takes it while the command runs, and the command goes on."""
    path = tmp_path / "records"
    command = [*TRACE, "--save", str(path), "--", "/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; done; echo ended"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stderr.read(6) == b"ended\n"
        text = process.stdout.read().decode()
        assert process.wait(60) == 0 and len(text) > 65536
        assert text == read(path).stdout
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_reader_that_leaves_ends_the_run():
    process = subprocess.Popen([*TRACE, "--", "/bin/sh", "-c", "while :; do /bin/true; done"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 128 + signal.SIGPIPE and process.stderr.read() == b""
    process.stderr.close()


# ---- the other outputs ----

def test_json_is_a_chrome_trace(cow, tmp_path):
    """The rules of the trace event format, and the numbers of the text."""
    path, _ = cow
    out = tmp_path / "trace.json"
    assert read(path, "--json", str(out)).returncode == 0
    made = json.loads(out.read_text())
    assert made["displayTimeUnit"] in ("ms", "ns") and made["otherData"]["lost"] == 0
    for event in made["traceEvents"]:
        assert isinstance(event["name"], str) and isinstance(event["pid"], int) and event["ph"] in "XiCM", event
        if event["ph"] != "M":
            assert event["ts"] >= 0, event
        if event["ph"] in "Xi":
            assert isinstance(event["tid"], int) and isinstance(event["cat"], str), event
        if event["ph"] == "X":
            assert event["dur"] >= 0, event
        if event["ph"] == "i":
            assert event["s"] in "tpg", event
        if event["ph"] == "C":
            assert event["args"] and all(isinstance(value, int) for value in event["args"].values()), event
    by_phase = {phase: [event for event in made["traceEvents"] if event["ph"] == phase] for phase in "XiCM"}
    faults = [event for event in by_phase["X"] if event["cat"] == "fault"]
    assert len(faults) == len(re.findall(r" fault ", read(path).stdout)) > 20
    assert {event["args"]["name"] for event in by_phase["M"] if event["name"] == "process_name"} >= {"exe"}
    assert {event["args"]["name"] for event in by_phase["M"]} and by_phase["C"]
    assert any(event["name"] == "fault: copied" and "it was copied" in event["args"]["explanation"] for event in faults)


# What an event of each phase must have, with the types that Perfetto's importer wants, and what it may have besides.
PHASES = {"X": {"name": str, "cat": str, "ts": (int, float), "dur": (int, float), "pid": int, "tid": int, "args": dict},
          "i": {"name": str, "cat": str, "ts": (int, float), "s": str, "pid": int, "tid": int, "args": dict},
          "C": {"name": str, "ts": (int, float), "pid": int, "args": dict},
          "M": {"name": str, "pid": int, "args": dict}}
OPTIONAL = {"M": {"tid"}}


def nanoseconds(microseconds):
    """As the importer makes them of a number with a fraction."""
    return int(microseconds * 1000)


def well_formed(event):
    """Has it the fields of its phase, and no others?"""
    wanted = PHASES[event["ph"]]
    assert set(event) - OPTIONAL.get(event["ph"], set()) == {"ph", *wanted}, event
    assert [key for key, kind in wanted.items() if not isinstance(event[key], kind) or isinstance(event[key], bool)] == [], event
    assert event.get("ts", 0) >= 0 and event.get("dur", 0) >= 0 and event.get("s", "t") in ("g", "p", "t"), event
    assert event["ph"] != "C" or event["args"] and all(isinstance(value, int) for value in event["args"].values()), event
    assert event["ph"] != "M" or event["name"] in ("process_name", "thread_name") and event["args"]["name"], event


def dropped(events):
    """What Perfetto would leave out: on each thread's track, a slice that begins in another one and ends behind it."""
    tracks, lost = {}, []
    slices = [(nanoseconds(e["ts"]), nanoseconds(e.get("dur", 0)), e) for e in events if e["ph"] == "X" or e["ph"] == "i" and e["s"] == "t"]
    for start, length, event in sorted(slices, key=lambda s: s[0]):  # of those that begin together, the first in the file comes first
        stack = tracks.setdefault(event["tid"], [])
        while stack and stack[-1] <= start:
            stack.pop()
        if stack and start + length > stack[-1]:
            lost.append(event)
        else:
            stack.append(start + length)
    return lost


@pytest.mark.parametrize("program", ["cow", "threads", "growth"])
def test_perfetto_would_take_every_event(program, tmp_path):
    """The rules of Perfetto's importer of Chrome's format, for events of all kinds, also of several threads."""
    out = tmp_path / "trace.json"
    result = trace(f"/experiments/{program}", options=("--json", str(out), "--events", "sched,kmem:kmalloc,syscalls"))
    assert result.status == 0, result
    events = json.loads(out.read_text())["traceEvents"]
    for event in events:
        well_formed(event)
    assert {event["ph"] for event in events} == set(PHASES)
    assert dropped(events) == []


def test_a_slice_that_crosses_another_would_be_noticed():
    """The rule above finds what it is for."""
    def made(ts, dur):
        return {"ph": "X", "ts": ts, "dur": dur, "tid": 1}
    assert dropped([made(1, 5), made(2, 3), made(2, 1), made(7, 1)]) == []
    assert dropped([made(1, 5), made(2, 6)]) == [made(2, 6)]
    assert dropped([made(2, 1), made(2, 3)]) == [made(2, 3)]


def embedded(page):
    return json.loads(re.search(r'<script type="application/json" id="trace">(.*?)</script>', page, re.S).group(1))


def test_html_holds_everything(cow, tmp_path):
    """Nothing is fetched from elsewhere, and what is told is in it."""
    path, result = cow
    out = tmp_path / "page.html"
    assert read(path, "--html", str(out)).returncode == 0
    page = out.read_text()
    assert not re.search(r"(?:src|href)=|@import|\bimport\b.*from|url\(|https?://", page)
    told = [step["text"] for step in embedded(page)["steps"] if step["text"]]
    assert told == [re.sub(r"^fault [0-9a-f]{8}: (.*) \(\d+ cycles\)$", r"\1", line[30:].strip()) for line in result.out.splitlines()]


CALLS = [  # number's name, arguments, result
    ("mmap2", (0, 16384, 3, 0x22, 0xffffffff, 0), 0xb7ff6000), ("mmap2", (0x10000, 1, 0, 0x4000012, 3, 5), 0xffffffea),
    ("mremap", (0x1000, 1, 2, 1, 7, 0), 0xfffffff2), ("mremap", (0x1000, 1, 2, 3, 0x2000, 0), 0x2000), ("brk", (0, 0, 0, 0, 0, 0), 0x8050000),
    ("madvise", (0x1000, 4096, 4, 0, 0, 0), 0), ("madvise", (0x1000, 4096, 77, 0, 0, 0), 0xffffffea), ("clone", (17, 0, 9, 9, 9, 9), 12),
    ("clone", (0x3d0f00, 0xb7000000, 1, 2, 3, 0), 12), ("clone", (0x4111 | 10, 0, 0, 0, 0, 0), 12), ("msync", (1, 2, 5, 0, 0, 0), 0), ("munlockall", (0,) * 6, 0),
    ("mlockall", (3, 0, 0, 0, 0, 0), 0xfffffff4), ("shmat", (3, 0, 0x1000, 0, 0, 0), 0xb7000000), ("read", (1, 2, 3, 4, 5, 6), 0xffffffff),
    ("mprotect", (0x8048000, 4096, 0x80000007, 0, 0, 0), 0), ("fork", (0,) * 6, 9), ("execve", (1, 2, 3, 0, 0, 0), 0xfffffffe),
]
IN_JAVASCRIPT = """
import {readFileSync} from "node:fs";
import {pathToFileURL} from "node:url";
const {Calls} = await import(pathToFileURL(process.argv[2]));
const {table, records} = JSON.parse(readFileSync(0, "utf8"));
const calls = new Calls(table);
for (const [enter, exit] of records) {
    calls.enter(enter);
    console.log(calls.exit(exit));
}
"""


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_the_explorer_prints_calls_as_the_tools_do(tmp_path):
    """Both make the same line of each call."""
    numbers = {name: number for number, name in tracecalls.call_names().items()}
    lines, records = [], []
    for name, values, result in CALLS:
        args = {"id": numbers[name], **{f"a{i + 1}": value for i, value in enumerate(values)}}
        call = tracecalls.Call(tracefile.Event(0, 0, 0, "raw_syscalls", "sys_enter", 1, "x", args))
        call.value = result
        lines.append(call.text())
        records.append([{"pid": 1, **args}, {"pid": 1, "id": numbers[name], "ret": result}])
    script = tmp_path / "calls.mjs"
    script.write_text(IN_JAVASCRIPT)
    made = subprocess.run(["node", str(script), os.path.join(ROOT, "explorer", "src", "calls.js")], stdout=subprocess.PIPE, text=True, check=True,
                          input=json.dumps({"table": tracecalls.table(), "records": records}))
    assert made.stdout.splitlines() == lines


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_the_pages_model_under_node(cow, tmp_path):
    """Forwards and back, the page's mappings are those that /proc/PID/maps would have; and its parts by themselves."""
    path, _ = cow
    out = tmp_path / "page.html"
    read(path, "--html", str(out))
    data = tmp_path / "trace.json"
    data.write_text(json.dumps(embedded(out.read_text())))
    result = subprocess.run(["node", "--test", os.path.join(ROOT, "tests", "trace", "viewer.test.mjs")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, env={**os.environ, "TRACE": str(data)})
    assert result.returncode == 0, result.stdout


# ---- bad input ----

def header(version, size=64):
    """The first record of a trace of this version."""
    abi = json.loads(subprocess.run([os.path.join(ROOT, "scripts", "trace-abi")], stdout=subprocess.PIPE, check=True).stdout)
    number = next(kind["number"] for kind in abi["meta"] if kind["name"] == "header")
    return struct.pack("<QIIHHBBH10I", 0, 0, 0, number, 0, 0, 0, 0, abi["magic"], size << 16 | version, 1000, *[0] * 7)


@pytest.mark.parametrize("data, says", [
    (b"no trace at all, but a text that is longer than one record of it, as one can see here", "this is no trace"),
    (header(99), "the trace is of version 99"),
    (header(1, 128), "records of 128 bytes"),
    (b"", "no trace came"),
], ids=["text", "version", "size", "empty"])
def test_what_is_no_trace_of_this_version(tmp_path, data, says):
    path = tmp_path / "records"
    path.write_bytes(data)
    result = read(path)
    assert result.returncode == 125 and says in result.stderr and result.stderr.count("\n") == 1, result


def test_losses_are_said(cow, tmp_path):
    """Where records are missing, and how many in all."""
    path, _ = cow
    abi = tracefile.abi()
    number = next(kind["number"] for kind in abi["meta"] if kind["name"] == "lost")
    lost = struct.pack("<QIIHHBBH10I", 0, 0, 0, number, 0, 0, 0, 0, 12, *[0] * 9)
    data = path.read_bytes()
    middle = len(data) // abi["record_size"] // 2 * abi["record_size"]
    whole = tmp_path / "records"
    whole.write_bytes(data[:middle] + lost + data[middle:] + lost)
    result = read(whole)
    assert result.returncode == 0 and result.stdout.count("12 records are missing here") == 2, result
    assert result.stderr == "mapix trace: 24 records were lost\n", result


def test_a_full_disk_leaves_no_half_file(cow, tmp_path):
    """The old file stays, and nothing beside it."""
    path, _ = cow
    out = tmp_path / "out"
    out.mkdir()
    page = out / "page.html"
    page.write_text("old")
    result = read(path, "--html", str(page), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert result.returncode == 125 and "page.html could not be written: File too large" in result.stderr, result
    assert os.listdir(out) == ["page.html"] and page.read_text() == "old"
    assert "/dev/full could not be written: No space left on device" in read(path, "--json", "/dev/full").stderr
    saved = trace("/bin/true", options=("--save", "/dev/full"))
    assert saved.status == 125 and "/dev/full could not be written: No space left on device" in saved.err, saved


@pytest.mark.parametrize("options, status, says", [
    (("--nonsense", "--", "/bin/true"), 2, "unrecognized arguments: --nonsense"),
    (("--events", "nonsense", "--", "/bin/true"), 2, "there is no event nonsense"),
    (("--json", "a", "--html", "b", "--", "/bin/true"), 2, "not allowed with"),
    (("/bin/true",), 2, "no -- COMMAND"),
    (("--json", "/nonsense/file", "--", "/bin/true"), 125, "/nonsense/file could not be written: No such file or directory"),
    (("--html", "/", "--", "/bin/true"), 125, "/ is a folder"),
    (("--read", "/nonsense"), 125, "No such file or directory: '/nonsense'"),
], ids=["option", "event", "two", "no command", "no folder", "folder", "no file"])
def test_bad_options(options, status, says):
    result = subprocess.run([*TRACE, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert result.returncode == status and says in result.stderr and result.stdout == "", result


def test_a_command_that_is_not_there():
    result = trace("/experiments/nonsense")
    assert result.status == 127 and result.out == "" and "/experiments/nonsense: not found" in result.err, result
    assert "no command was executed" in result.err, result


def test_help_is_for_readers():
    result = subprocess.run([*TRACE, "--help"], stdout=subprocess.PIPE, text=True)
    assert result.returncode == 0
    for word in ("--json", "--html", "--events", "--save", "--read", "--overlay", "perfetto", "docs/tracing.md"):
        assert word in result.stdout, word
