"""vmmap: the picture of an address space in characters, on Mapix and on Linux."""
import os
import re
import shutil

import pytest
from machine import MAPIX, ROOT, build, compiled, needs_busybox

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)

# Pages in each state at known addresses, and vmmap of the process that has them.
PROGRAM = r"""
    #define _GNU_SOURCE
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <sys/wait.h>
    #include <unistd.h>

    static char *at(unsigned long address, int pages, int flags)
    {
        char *p = mmap((void *)address, pages * 4096, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

        madvise(p, pages * 4096, MADV_NOHUGEPAGE);
        return p;
    }

    int main(int argc, char **argv)
    {
        char *private = at(0x60000000, 40, MAP_PRIVATE), *shared = at(0x61000000, 3, MAP_SHARED);
        char *large = at(0x50000000, 4096, MAP_PRIVATE), command[256];
        int pid, ready[2];
        char c = 0;

        pipe(ready);
        private[0] = private[4096] = private[33 * 4096] = shared[4096] = 1;
        pid = fork();
        if (pid == 0) {
            c = shared[4096];
            write(ready[1], &c, 1);
            for (;;)
                pause();
        }
        read(ready[0], &c, 1);
        private[4096] = 2;
        large[2048 * 4096] = large[4095 * 4096] = 1;
        snprintf(command, sizeof(command), "%s %d; cat /proc/%d/smaps", argv[1], getpid(), getpid());
        system(command);
        kill(pid, SIGKILL);
        return 0;
    }
    """


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An overlay with the program above, and vmmap where both systems find it."""
    path = tmp_path_factory.mktemp("vmmap")
    compiled(path, "mapper", PROGRAM)
    shutil.copy(build("user", "vmmap.bin"), path / "picture")
    return path


def areas(text):
    """{address: (size, mode, letter and name, cells, dirty)} of a picture whose cells are ASCII."""
    return {m[1]: m.groups()[1:] for m in re.finditer(r"^([0-9a-f]{8}) +(\S+) (\S{4}) (\w .{14}) ([.o=#]+) *(\S*)$", text, re.M)}


def kib(text):
    """What human_size() printed."""
    return {"K": 1, "M": 1024, "G": 1 << 20}.get(text[-1], 0) * float(text[:-1] or 0)


@pytest.mark.parametrize("program", [(MAPIX, "exec"), LINUX], ids=["mapix", "linux"])
def test_states_of_pages(mapix, folder, program):
    """The same picture on both: a page that fork shares, one that copy-on-write took away, one of a shared mapping."""
    out = mapix("/mapper", "/picture -a -w 80", overlay=folder, program=program).out
    found = areas(out)
    assert found["60000000"] == ("160K", "rw-p", "a" + 15 * " ", "=#" + 30 * ".", "12K"), out
    assert f"\n{37 * ' '}.={6 * '.'}\n" in out, out
    assert found["61000000"] == ("12K", "rw-s", "m /dev/zero (del", ".=.", "4.0K"), out
    assert found["50000000"] == ("16M", "rw-p", "a" + 15 * " ", 32 * ".", "8.0K"), out
    large = out[out.index("\n50000000"):].split("\n")[2:5]
    assert large == [f"         {'each cell 128K':28}{32 * '.'}", f"{37 * ' '}#{31 * '.'}", f"{37 * ' '}{31 * '.'}#"], out


# Six pages are written, and the second to fourth are asked to be paged out.
SWAPPER = r"""
    #define _GNU_SOURCE
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <unistd.h>

    int main(int argc, char **argv)
    {
        char *p = mmap((void *)0x60000000, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), command[256];

        madvise(p, 8 * 4096, MADV_NOHUGEPAGE);
        memset(p, 'x', 6 * 4096);
        madvise(p + 4096, 3 * 4096, 21); /* MADV_PAGEOUT */
        snprintf(command, sizeof(command), "%s %d", argv[1], getpid());
        return system(command);
    }
    """


@pytest.mark.parametrize("program", [(MAPIX, "exec"), LINUX], ids=["mapix", "linux"])
def test_pages_in_swap(mapix, folder, program):
    """They have a letter of their own, and a bar."""
    compiled(folder, "swapper", SWAPPER)
    out = mapix("/swapper", "/picture -a -w 80", overlay=folder, program=(*program, "--swap=64M")).out
    assert areas(out)["60000000"] == ("32K", "rw-p", "a" + 15 * " ", "#ooo##..", "12K"), out
    assert re.search(r"^swapped +12K +#+$", out, re.M), out


@pytest.mark.parametrize("program", [(MAPIX, "exec"), LINUX], ids=["mapix", "linux"])
def test_bars_are_the_sums_of_smaps(mapix, folder, program):
    out = mapix("/mapper", "/picture -a -w 200", overlay=folder, program=program).out
    bars = {name: (kib(size), len(cells)) for name, size, cells in
            re.findall(r"^ *(mapped|resident|shared|dirty|swapped) +(\S+) *(#*)$", out, re.M)}
    amount = {key: sum(int(n) for n in re.findall(rf"^{key}: +(\d+) kB$", out, re.M))
              for key in ("Size", "Rss", "Shared_Clean", "Shared_Dirty", "Private_Dirty", "Swap")}
    wanted = {"mapped": amount["Size"], "resident": amount["Rss"], "shared": amount["Shared_Clean"] + amount["Shared_Dirty"],
              "dirty": amount["Shared_Dirty"] + amount["Private_Dirty"], "swapped": amount["Swap"]}
    assert amount["Rss"] > 20 and wanted["shared"] and wanted["dirty"]
    for name, size in wanted.items():
        assert bars[name][0] == pytest.approx(size, rel=0.1), out
        assert bars[name][1] == -(-size * 182 // wanted["mapped"]), out


def test_strip_is_to_scale(mapix, folder):
    """Each column is a 192nd of 3 GiB: 16 MiB."""
    out = mapix("/mapper", "/picture -a -w 194", overlay=folder, append="norandmaps").out
    strip, marks = out.split("\n")[1:3]
    assert len(strip) == 194 and strip[1 + 0x50000000 // (16 << 20)] == "a"
    assert strip[1 + 0x61000000 // (16 << 20)] == "m" and strip[-2] == "s"
    assert strip[2 + 0x61000000 // (16 << 20):1 + 0xb7000000 // (16 << 20)].isspace()
    assert {marks.index(f"|{address:08x}") for address in (0, 0x30000000, 0x60000000, 0x90000000)} == {0, 48, 96, 144}


def test_blocks(mapix, folder):
    """UTF-8 where asked for, or where the locale says so."""
    for command in "/picture -u -w 80", "LANG=C.UTF-8 /picture -w 80", "LANG=C.UTF-8 LC_ALL=C /picture -u -w 80":
        out = mapix("/mapper", command, overlay=folder).out
        assert re.search(r"^60000000 +160K rw-p a {16}▒█·{30} +12K$", out, re.M), out
    assert "=#" in mapix("/mapper", "LANG=C.UTF-8 LC_ALL=C /picture -w 80", overlay=folder).out


@needs_busybox
def test_width_is_the_terminals(shell):
    for width in 70, 100, 132:
        lines = shell.run(f"stty cols {width}; vmmap 1").split("\n")
        assert len(lines[1]) == 2 + (width - 2) // 4 * 4 and max(map(len, lines)) <= width, lines
        assert f"{'pages':{(width - 45) // 8 * 8}}   dirty" in "\n".join(lines), lines
    shell.run("stty cols 80")


def sleeper(shell, seconds):
    """The PID of a process that has become sleep."""
    pid = shell.run(f"sleep {seconds} & echo $!").split()[-1]
    for _ in range(100):
        if shell.run(f"cat /proc/{pid}/comm") == "sleep":
            return pid
    raise AssertionError(f"process {pid} does not become sleep")


def test_a_name(shell):
    pid = sleeper(shell, 1000)
    by_pid = shell.run(f"vmmap {pid}")
    assert f"process {pid} (sleep), " in by_pid and by_pid == shell.run("vmmap sleep")
    other = sleeper(shell, 1001)
    assert shell.run("vmmap sleep; echo $?").split("\n") == [
        f"vmmap: several processes are called sleep: say which by its PID ({pid}, {other})", "1"]
    shell.run(f"kill {pid} {other}; wait")


@pytest.mark.parametrize("arguments, said", [
    ("nonesuch", "vmmap: there is no process nonesuch"),
    ("4711", "vmmap: there is no process 4711"),
    ("0", "vmmap: there is no process 0"),
    ("2", "vmmap: process 2 has no address space: it is a kernel thread, or it has ended"),
    ("-w 20 1", "vmmap: the width is 60 to 1000 columns, not 20"),
    ("-w x 1", "vmmap: the width is 60 to 1000 columns, not x"),
    ("", "usage: vmmap [-a | -u] [-w COLUMNS] PID | NAME | self"),
    ("1 >/dev/full", "vmmap: write error: No space left on device")])
def test_what_cannot_be_is_said_in_a_sentence(shell, arguments, said):
    assert shell.run(f"vmmap {arguments}; echo $?").split("\n") == [said, "1"]
