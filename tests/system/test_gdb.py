"""gdb in batch mode against a running kernel, with the commands of scripts/gdb/mapix.py."""
import os
import re
import shutil

import pytest
from machine import PROMPT, ROOT, Console, boot_arguments, build, patiently


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """A shell with a sleeping job, and gdb(commands...), which stops the machine, runs them and lets it go on."""
    socket = str(tmp_path_factory.mktemp("gdb") / "socket")
    machine = Console(*boot_arguments("norandmaps"), "-gdb", f"unix:{socket},server=on,wait=off")
    machine.expect(PROMPT, 60)
    machine.start("sleep 1000 &")
    pid = int(machine.run("echo $!").split()[-1])

    def gdb(*commands):
        argv = ["gdb", "-batch", "-nx", "-iex", "set auto-load off", "-ex", "set architecture i386", "-ex", f"target remote {socket}",
                "-x", os.path.join(ROOT, "scripts", "gdb", "mapix.py")]
        for command in commands:
            argv += ["-ex", command]
        return patiently(argv + ["-ex", "detach", build("kernel.elf")]).stdout
    yield machine, pid, gdb
    machine.close()


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


def test_a_task_by_its_name(session):
    _, pid, gdb = session
    by_name = gdb("mapix vmas sleep")
    assert "[stack]" in by_name and by_name == gdb(f"mapix vmas {pid}"), by_name
    assert re.search(r"^ok: \d+ areas$", gdb("mapix check sleep"), re.M)
    assert "frame" in gdb("mapix walk 0x08049000 sleep")


@pytest.mark.parametrize("command, said", [
    ("vmas nonesuch", "there is no task nonesuch: mapix tasks lists them"),
    ("check 4711", "there is no task 4711: mapix tasks lists them"),
    ("vmas", "usage: mapix vmas PID"),
    ("walk nonesuch", 'No symbol "nonesuch" in current context.'),
    ("page 0x", "Invalid number"),
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


def test_machine_goes_on(session):
    assert session[0].run("echo alive") == "alive"


def test_the_kernel_has_not_begun(at_first):
    out = at_first("mapix tasks", "mapix vmas 1")
    assert out.count("Cannot access memory at address") == 2 and "before it has turned paging on" in out, out
    assert "Python Exception" not in out and "Error occurred in Python" not in out, out


# In the order in which a boot comes to them; static functions among them, which -O2 makes a part of their callers.
FUNCTIONS = ("load_elf_binary", "do_mmap", "handle_pte_fault", "do_anonymous_page", "find_vma", "do_brk_flags")


def test_breakpoints_land_and_arguments_have_values(at_first):
    commands = ["hbreak start_kernel", "continue"]
    for name in FUNCTIONS:
        commands += ["echo end of a piece\\n", f"tbreak {name}", "continue", "bt 1", "info args"]
    pieces = at_first(*commands).split("end of a piece\n")[1:]
    assert len(pieces) == len(FUNCTIONS), pieces
    for name, piece in zip(FUNCTIONS, pieces):
        assert re.search(rf"^#0 +{name} \(\w+=", piece, re.M), piece
        assert "<optimized out>" not in piece, piece
