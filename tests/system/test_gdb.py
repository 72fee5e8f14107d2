"""gdb in batch mode against a running kernel, with the commands of scripts/gdb/mapix.py."""
import contextlib
import os
import pty
import re
import select
import shutil
import subprocess
import tty

import pytest
from machine import PAE, PROMPT, ROOT, Console, boot_arguments, build, cpu, patiently

PAE_KERNEL = build(*(() if PAE else ("pae",)), "kernel.elf")


@contextlib.contextmanager
def debugged(folder, kernel, processor=()):
    """A shell with a sleeping job, and gdb(commands...), which stops the machine, runs them and lets it go on."""
    socket = str(folder / "socket")
    machine = Console(*boot_arguments("norandmaps", kernel), *processor, "-gdb", f"unix:{socket},server=on,wait=off")
    machine.expect(PROMPT, 60)
    machine.start("sleep 1000 &")
    pid = int(machine.run("echo $!").split()[-1])

    def gdb(*commands):
        argv = ["gdb", "-batch", "-nx", "-iex", "set auto-load off", "-ex", "set architecture i386", "-ex", f"target remote {socket}",
                "-x", os.path.join(ROOT, "scripts", "gdb", "mapix.py")]
        for command in commands:
            argv += ["-ex", command]
        return patiently(argv + ["-ex", "detach", kernel]).stdout
    yield machine, pid, gdb
    machine.close()


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """debugged() with the kernel that is tested."""
    with debugged(tmp_path_factory.mktemp("gdb"), build("kernel.elf")) as opened:
        yield opened


@pytest.fixture(scope="module", params=["PAE"] if PAE else ["plain", "PAE"])
def either(request, session, tmp_path_factory):
    """Is it the kernel with PAE? And debugged() with it, or with the other one."""
    if (request.param == "PAE") == PAE:
        yield PAE, session
    elif not os.path.exists(PAE_KERNEL):
        pytest.skip("make pae-kernels builds it")
    else:
        with debugged(tmp_path_factory.mktemp("gdb"), PAE_KERNEL, cpu(True)) as opened:
            yield True, opened


def entry_name(address, pae=PAE):
    """The entry of the directory above the tables, as a pattern."""
    return rf"pgd\[{address >> 30}\] pmd\[{address >> 21 & 511}\]" if pae else rf"pgd\[{address >> 22}\]"


@pytest.fixture
def at_first():
    """gdb(commands...) as `make debug` starts it: the machine stopped at its first instruction, the kernel built for gdb."""
    def gdb(*commands):
        argv = [os.path.join(ROOT, "scripts", "debug"), "-batch", "-nx"]
        for command in commands:
            argv += ["-ex", command]
        return patiently(argv).stdout
    return gdb


pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")


def test_tasks(session):
    _, pid, gdb = session
    out = gdb("mapix tasks")
    assert re.search(r"^. +1 +0 \w 0x[0-9a-f]{8} +\d+  init$", out, re.M), out
    assert re.search(rf"^. +{pid} +\d+ S 0x[0-9a-f]{{8}} +\d+  sleep$", out, re.M), out


def test_vmas_are_those_of_maps(session):
    machine, pid, gdb = session
    out = gdb(f"mapix vmas {pid}")
    maps = machine.run(f"cat /proc/{pid}/maps")
    wanted = [line.split()[:2] for line in maps.split("\n")]
    assert re.findall(r"^0x\w+: (\S+) (\S+)", out, re.M) == [tuple(w) for w in wanted], out
    named = dict(re.findall(r"^0x\w+: (\S+) \S+ \w+ (\S+)", out, re.M))
    assert named == {line.split()[0]: line.split()[5] for line in maps.split("\n") if len(line.split()) > 5}, out
    assert {"[heap]", "[stack]", "[vvar]", "[vdso]", "/bin/sleep"} <= set(named.values()), out


def test_walk_of_a_user_page(session):
    _, pid, gdb = session
    out = gdb(f"mapix walk 0x08049000 {pid}")
    assert re.search(r"pte\[73\] = 0x\w+ present user accessed", out), out
    assert re.search(r"count +\d+", out) and "mapcount" in out, out


def test_walk_of_the_kernel(session):
    out = session[2]("mapix walk &mem_map")
    address = re.search(r"^0x(c0\w{6}): directory", out, re.M)
    assert address and re.search(rf"{entry_name(int(address[1], 16))} = 0x\w+ present", out), out


def test_direct_map_has_large_pages(session):
    _, pid, gdb = session
    out = gdb(f"mapix walk 0xc1000000 {pid}")
    assert re.search(rf"{entry_name(0xc1000000)} = 0x[08]*10\w+ present rw .*{2 if PAE else 4}MiB", out) and "frame 0x1000 " in out, out


def test_identity_map_is_gone(session):
    """What the first instructions needed at 1 MiB, no process has."""
    _, pid, gdb = session
    for task in 1, pid:
        assert "no page table" in gdb(f"mapix walk 0x100000 {task}")
    assert "no page table" in gdb("mapix walk 0x100000")


def test_walk_of_nothing(session):
    _, pid, gdb = session
    assert "no page" in gdb(f"mapix walk 0x70000000 {pid}")


def test_page(session):
    out = session[2]("mapix page 0x100")
    assert "frame 0x100" in out and "reserved" in out, out


def test_check(session):
    _, pid, gdb = session
    out = gdb(f"mapix check {pid}")
    assert re.search(r"^ok: \d+ areas$", out, re.M), out


def test_check_finds_damage(session):
    """The counter is changed and put back."""
    _, pid, gdb = session
    out = gdb(f"set $mapix_mm({pid})->map_count += 1", f"mapix check {pid}", f"set $mapix_mm({pid})->map_count -= 1")
    assert "map_count" in out and "wrong" in out, out


def test_a_task_by_its_name(session):
    _, pid, gdb = session
    by_name = gdb("mapix vmas sleep")
    assert "[stack]" in by_name and by_name == gdb(f"mapix vmas {pid}"), by_name
    assert re.search(r"^ok: \d+ areas$", gdb("mapix check sleep"), re.M)
    assert "frame" in gdb("mapix walk 0x08049000 sleep")


def test_log_is_that_of_dmesg(session):
    machine, _, gdb = session
    out = gdb("echo begin\\n", "mapix log", "echo end\\n", "mapix log 2")
    whole, last = out[out.index("begin\n") + 6:].split("end\n")
    assert len(whole.splitlines()) > 10 and machine.run("dmesg").splitlines() == whole.splitlines(), out
    assert last.splitlines()[:2] == whole.splitlines()[-2:], out


def test_vmmap_agrees_with_the_program(session):
    """The same cells for the same areas; the program writes a page of zeros as shared."""
    machine, pid, gdb = session
    picture = r"^([0-9a-f]{8}) +\S+ (\S{4}) .*? ([.=#]+)(?: +\S+)?$"
    ours = re.findall(picture, gdb(f"mapix vmmap {pid}"), re.M)
    assert len(ours) > 5 and ours == re.findall(picture, machine.run(f"vmmap -w 250 {pid}"), re.M)


def pagemap(machine, pid):
    """{address: frame} as the machine says."""
    return {int(page, 16): int(frame, 16) for page, frame in re.findall(r"^  (\w+)  frame (\w+)", machine.run(f"pagemap {pid}"), re.M)}


def frames_of(out):
    """The same in what `mapix pt` prints."""
    ours = {}
    for start, pages, frame in re.findall(r"^  ([0-9a-f]{8})-[0-9a-f]{8} +(\d+) frame 0x([0-9a-f]+)", out, re.M):
        ours.update((int(start, 16) + 4096 * i, int(frame, 16) + i) for i in range(int(pages)))
    return ours


def test_page_table_of_a_process(either):
    """Every page that pagemap shows, with its frame."""
    pae, (machine, pid, gdb) = either
    out = gdb("mapix pt sleep")
    theirs = pagemap(machine, pid)
    assert theirs and frames_of(out) == theirs, out
    assert f"2 tables (0 of them empty), {len(theirs)} entries" in out, out
    named = re.findall(r"^(pgd\S+(?: pmd\S+)?) = 0x(\w+) present", out, re.M)
    assert [name for name, _ in named] == sorted({entry_name(page, pae).replace("\\", "") for page in theirs}), out
    assert {len(entry) for _, entry in named} == {16 if pae else 8}, out


def test_single_entries_are_those_of_pagemap(either):
    """Of the program's code, of its data and of its stack: every level, the frame, and with PAE who may execute."""
    pae, (machine, pid, gdb) = either
    theirs = pagemap(machine, pid)
    rights = {int(start, 16): (int(end, 16), flags) for start, end, flags in re.findall(r"^(\w+)-(\w+) (\S+)", machine.run(f"cat /proc/{pid}/maps"), re.M)}
    chosen = [next(page for page in theirs if start <= page < end) for start, (end, flags) in rights.items() if flags in ("r-xp", "rw-p") and any(start <= page < end for page in theirs)]
    assert len(chosen) >= 3
    for page in chosen:
        frame, flags = theirs[page], next(flags for start, (end, flags) in rights.items() if start <= page < end)
        found, walked, framed = (gdb(f"mapix {command}") for command in (f"find {page + 0x123:#x} sleep", f"walk {page:#x} {pid}", f"frame {frame:#x}"))
        for out in found, walked:
            assert re.search(rf"^  {entry_name(page, pae)} = 0x\w+ present", out, re.M), out
            entry = re.search(rf"^  pte\[{page >> 12 & (511 if pae else 1023)}\] = 0x(\w+) present.*$", out, re.M)
            assert entry and len(entry[1]) == (16 if pae else 8) and int(entry[1], 16) >> 12 & 0xfffffff == frame, out
            assert entry[0].endswith(" nx") == (int(entry[1], 16) >> 63 == 1) == (pae and "x" not in flags), out
            assert len(re.findall(r"^  pgd\[", out, re.M)) == (2 if pae else 1) and f"frame {frame:#x} (physical " in out, out
        assert f"frame {frame:#x} (physical {frame << 12:#010x})" in framed and "mapcount" in framed, framed
        assert int(gdb(f"print $mapix_pte({pid}, {page:#x}) >> 12 & 0xfffffff").split("= ")[-1].split()[0]) == frame


def test_large_pages(either):
    """Each of their frames is one of pagemap's, and the counters of the address space are right."""
    pae, (machine, _, gdb) = either
    machine.run("echo always >/sys/kernel/mm/transparent_hugepage/enabled")
    machine.start("dd if=/dev/zero of=/dev/null bs=16M &")
    machine.run("while ! grep -q 'AnonHugePages: *[1-9]' /proc/$!/smaps_rollup; do :; done; kill -STOP $!", 60)
    theirs = pagemap(machine, "$!")
    out = gdb("mapix pt dd")
    assert theirs and frames_of(out) == theirs, out
    start, pages, frame = re.search(rf"^  (\w+)-\w+ +(\d+) frame 0x(\w+)-0x\w+ present rw .*{2 if pae else 4}MiB$", out, re.M).groups()
    assert int(pages) % (512 if pae else 1024) == 0, out
    found = gdb(f"mapix find 0x{start}+0x3123 dd")
    assert f"MiB\n  frame {int(frame, 16) + 3:#x} (physical " in found and re.search(rf"^  {entry_name(int(start, 16), pae)} = 0x", found, re.M), found
    assert re.search(r"^ok: \d+ areas$", gdb("mapix check dd"), re.M)
    machine.run("kill -KILL $!; wait $!; echo never >/sys/kernel/mm/transparent_hugepage/enabled")


def test_page_table_of_the_kernel(session):
    out = session[2]("mapix pt kernel")
    size = "nx 2MiB" if PAE else "4MiB"
    assert re.search(rf"^  c0([24]00)000-d0000000  \d+ frame 0x\1-0xffff present rw accessed dirty global {size}$", out, re.M), out
    assert re.search(r"^  c0100000-c0\w{6} +\d+ frame 0x100-0x\w+ present accessed global$", out, re.M), out


def test_frame(session):
    _, _, gdb = session
    for which in "0x1000", "0xc1000234", "&mem_map[0x1000].lru":
        assert "frame 0x1000 (physical 0x01000000)" in gdb(f"mapix frame {which}")


def test_find(session):
    _, pid, gdb = session
    out = gdb("mapix find 0x0804a010 sleep", "mapix find 0x40000000 sleep", "mapix find &mem_map", "mapix find handle_mm_fault")
    assert f"0x0804a010 is in an area of process {pid} (sleep)" in out, out
    assert "r-xp 00001000 /bin/sleep\n  page 1 of 8, page 2 of the file\n" in out and re.search(r"pte\[74\] = 0x\w+ present user", out), out
    assert f"0x40000000 is in no area of process {pid} (sleep)" in out and "no page table" in out, out
    assert "  mem_map in section .bss" in out and "  handle_mm_fault in section .text" in out, out


def test_an_entry_without_a_page(either):
    """As kernel/x86/pgtable-types.h describes it: the slot from bit 10 on (with PAE 32), the area in bits 1 to 5, and bit 7 for a broken frame."""
    pae, (_, _, gdb) = either
    slot = 0x1234 << (32 if pae else 10)
    entries = (0, slot | 3 << 1, slot | 3 << 1 | 0x240, 0x5000 | 0x80)
    out = gdb("python import mapixlib.tables as t", f"python print([t.absent(entry) for entry in {entries}])")
    in_swap = "in swap: area 3, slot 0x1234"
    assert str(["no page", in_swap, in_swap, "the page's frame is broken"]) in out, out


def test_functions(session):
    _, pid, gdb = session
    out = gdb('print $mapix_task("sleep")->pid', f"print $mapix_mm({pid}) == $mapix_task({pid})->mm", "print $mapix_current() == current_task",
              f"print/x $mapix_vma({pid}, 0x08049010)->vm_start", f"print $mapix_vma({pid}, 0x40000000)", f"print $mapix_pte({pid}, 0x40000000)",
              f"print $mapix_pte({pid}, 0x08049010) & 1", "print $mapix_page(0x1000) == &mem_map[0x1000]", "print $mapix_mm(2)",
              "print $mapix_mm()", "print $mapix_page(0xffffffff)")
    assert re.findall(r"^\$\d+ = (.*)$", out, re.M)[:4] == [str(pid), "1", "1", "0x8049000"], out
    assert re.findall(r"^\$\d+ = (.*)$", out, re.M)[4:] == ["(struct vm_area_struct *) 0x0", "0", "1", "1"], out
    assert "task 2 has no mm: a kernel thread" in out and 'usage: $mapix_mm(PID or "NAME")' in out and "frame 0xffffffff is no memory" in out, out


@pytest.mark.parametrize("command, said", [
    ("vmas nonesuch", "there is no task nonesuch: mapix tasks lists them"),
    ("check 4711", "there is no task 4711: mapix tasks lists them"),
    ("vmas", "usage: mapix vmas PID"),
    ("walk nonesuch", 'No symbol "nonesuch" in current context.'),
    ("page 0x", "Invalid number"),
    ("frame 0x60000000", "0x60000000 is no frame, no struct page and no address of the direct map"),
    ("find 0x1000 2", "has no address space: say whose 0x1000 it is"),
    ("pt nonesuch", "there is no task nonesuch: mapix tasks lists them"),
    ("vmmap 4711", "there is no task 4711: mapix tasks lists them"),
    ("log 1 2", "usage: mapix log [COUNT]"),
    ("break 4711 find_vma", "there is no task 4711: mapix tasks lists them"),
    ("break sleep nonesuch", 'Function "nonesuch" not defined.'),
    ("walk 0 (", "there is no task (: mapix tasks lists them"),
    ("symbols 1 /no/such/file", "No such file or directory"),
    ("symbols 1 /etc/passwd", "/etc/passwd is no ELF file"),
    ("nonesuch", "Undefined mapix command")])
def test_what_cannot_be_is_said_in_a_sentence(session, command, said):
    out = session[2](f"mapix {command}")
    assert said in out, out
    assert "Traceback" not in out and "Python Exception" not in out and "Error occurred in Python" not in out, out


def test_a_name_of_several_tasks(session):
    machine, pid, gdb = session
    other = int(machine.run("sleep 1001 & echo $!").split()[-1])
    assert re.search(rf"several tasks are called sleep: say which by its PID \({pid}, {other}\)", gdb("mapix vmas sleep"))
    machine.run(f"kill {other}; wait {other}")


def test_symbols_of_a_program(session):
    _, pid, gdb = session
    out = gdb(f"mapix symbols {pid} {build('user', 'sleep.bin')}", "info address main")
    assert re.search(r'Symbol "main" is a function at address 0x804', out), out


def test_symbols_of_a_program_do_not_shadow_the_kernels(session):
    """Its file is found by itself; what both have is the kernel's."""
    out = session[2]("mapix symbols sleep", "info address main", "print &memcpy", "tbreak memcpy", "info breakpoints", "tbreak main")
    assert re.search(r'Symbol "main" is a function at address 0x804', out), out
    assert re.search(r"^\$1 = .* 0xc\w+ <memcpy>$", out, re.M), out
    places = re.findall(r"^1\.\d +([yn]) +0x(\w)", out, re.M)
    assert {("n", "0"), ("y", "c")} == set(places), out
    assert re.search(r"^Temporary breakpoint 2 at 0x804", out, re.M), out


def test_machine_goes_on(session):
    assert session[0].run("echo alive") == "alive"


def test_the_kernel_has_not_begun(at_first):
    commands = ("tasks", "vmas 1", "log", "vmmap 1", "pt kernel", "frame 1", "find &mem_map", "check init")
    out = at_first(*(f"mapix {command}" for command in commands), "print $mapix_task(1)", "hbreak start_kernel")
    assert out.count("Cannot access memory at address") == len(commands) + 1, out
    assert out.count("before it has turned paging on") == len(commands) + 1, out
    assert "Python Exception" not in out and "Error occurred in Python" not in out, out


# In the order in which a boot comes to them; static functions among them, which -O2 makes a part of their callers.
FUNCTIONS = ("load_elf_binary", "do_mmap", "handle_pte_fault", "do_anonymous_page", "find_vma", "do_brk_flags", "do_wp_page", "wp_page_copy",
             "do_read_fault", "do_cow_fault")


def test_breakpoints_land_and_arguments_have_values(at_first):
    commands = ["hbreak start_kernel", "continue"]
    for name in FUNCTIONS:
        commands += ["echo end of a piece\\n", f"tbreak {name}", "continue", "bt 1", "info args"]
    pieces = at_first(*commands).split("end of a piece\n")[1:]
    assert len(pieces) == len(FUNCTIONS), pieces
    for name, piece in zip(FUNCTIONS, pieces):
        assert re.search(rf"^#0 +{name} \(\w+=", piece, re.M), piece
        assert "<optimized out>" not in piece, piece


# Goes through a function line by line. Which of its arguments and variables had a value at none of them?
EVERY_VARIABLE = """
import gdb

def look(frame, seen):
    block = frame.block()
    while block:
        for symbol in block:
            if symbol.is_variable or symbol.is_argument:
                seen[symbol.name] = seen.get(symbol.name, False) or not symbol.value(frame).is_optimized_out
        block = None if block.function else block.superblock

for name in {names}:
    seen = {{}}
    for call in range(5):  # one may return before it needs them all
        gdb.execute("tbreak " + name, to_string=True)
        gdb.execute("continue", to_string=True)
        for _ in range(100):
            frame = gdb.selected_frame()
            if frame.name() != name:
                break
            look(frame, seen)
            gdb.execute("next", to_string=True)
        if all(seen.values()):
            break
    print("\\nseen in", name, len(seen), "never", sorted(key for key, was in seen.items() if not was))
"""


def test_every_variable_has_a_value_somewhere(at_first, tmp_path):
    """What the compiler keeps in a register, and what it never needs at one place, can be printed while it is used."""
    names = [name for name in FUNCTIONS if name != "find_vma"]  # its `node` is used only when the cache does not help
    script = tmp_path / "variables.py"
    script.write_text(EVERY_VARIABLE.format(names=names))
    out = at_first("hbreak start_kernel", "continue", f"source {script}")
    told = re.findall(r"^seen in (\w+) (\d+) never (.*)$", out, re.M)
    assert [(name, never) for name, _, never in told] == [(name, "[]") for name in names], out
    assert sum(int(count) for _, count, _ in told) > 30


def test_a_breakpoint_for_one_process(at_first):
    """It is set before there is memory to set it in; init reads the page table of many faults before msh has its first."""
    out = at_first("mapix break msh do_anonymous_page", "continue", "print $mapix_current()->comm", "bt 1")
    assert re.search(r'^\$1 = "msh', out, re.M) and re.search(r"^#0 +do_anonymous_page \(", out, re.M), out


TERMINAL = os.path.join(ROOT, "scripts", "terminal")


def what_comes(fd):
    assert select.select([fd], [], [], 60)[0], "nothing comes"
    return os.read(fd, 100)


def test_the_guests_terminal_in_another_window():
    """What make debug names: keys go to the machine, its output comes back, Ctrl-] ends it."""
    machine, line = pty.openpty()
    window, inside = pty.openpty()
    tty.setraw(line)  # as QEMU does
    process = subprocess.Popen([TERMINAL, os.ttyname(line)], stdin=inside, stdout=inside, stderr=inside)
    os.write(machine, b"a prompt# ")
    assert what_comes(window) == b"a prompt# "
    os.write(window, b"ls\r")
    assert what_comes(machine) == b"ls\r"
    os.write(window, b"\x1d")
    assert process.wait(60) == 0
    for fd in machine, line, window, inside:
        os.close(fd)


@pytest.mark.parametrize("arguments, said", [
    ([], "usage: terminal DEVICE"), (["/dev/null"], "terminal: the input is no terminal")])
def test_terminal_of_nothing(arguments, said):
    done = subprocess.run([TERMINAL, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (1, said)
