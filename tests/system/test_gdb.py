"""gdb in batch mode against a running kernel, with the commands of scripts/gdb/mapix.py."""
import os
import re
import shutil
import subprocess

import pytest
from machine import PROMPT, ROOT, Console, boot_arguments, build


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A shell with a sleeping job, and gdb(commands...), which stops the machine, runs them and lets it go on."""
    socket = str(tmp_path_factory.mktemp("gdb") / "socket")
    machine = Console(*boot_arguments("norandmaps"), "-gdb", f"unix:{socket},server=on,wait=off")
    machine.expect(PROMPT, 60)
    machine.run("sleep 1000 &")
    pid = int(machine.run("echo $!").split()[-1])

    def gdb(*commands):
        argv = ["gdb", "-batch", "-nx", "-iex", "set auto-load off", "-ex", "set architecture i386", "-ex", f"target remote {socket}",
                "-x", os.path.join(ROOT, "scripts", "gdb", "mapix.py")]
        for command in commands:
            argv += ["-ex", command]
        result = subprocess.run(argv + ["-ex", "detach", build("kernel.elf")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=60)
        return result.stdout
    yield machine, pid, gdb
    machine.close()


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
    assert re.search(r"pgd\[768\] = 0x\w+ present", out), out


def test_direct_map_has_large_pages(session):
    _, pid, gdb = session
    out = gdb(f"mapix walk 0xc1000000 {pid}")
    assert re.search(r"pgd\[772\] = 0x010\w+ present rw .*4MiB", out) and "frame 0x1000 " in out, out


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
    out = gdb("python mm = mm_of(%d)" % pid, "python a = int(mm['map_count'].address)", "python gdb.execute(f'set *(int *){a:#x} += 1')",
              f"mapix check {pid}", "python gdb.execute(f'set *(int *){a:#x} -= 1')")
    assert "map_count" in out and "wrong" in out, out


def test_symbols_of_a_program(session):
    _, pid, gdb = session
    out = gdb(f"mapix symbols {pid} {build('user', 'sleep.bin')}", "info address main")
    assert re.search(r'Symbol "main" is a function at address 0x804', out), out


def test_machine_goes_on(session):
    assert session[0].run("echo alive") == "alive"
