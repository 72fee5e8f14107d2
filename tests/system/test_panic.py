"""The kernel's last words: a debug kernel that is told to crash (mapix.crash=KIND) says why, where, and that it is at its end.

A crash that was not caught would end in another panic (`was not caught`), in a triple fault or in silence: each case asks for
its own words and for the end mark.
"""
import re
import subprocess

import pytest
from machine import build, cpu, patiently

END = r"---\[ end Kernel panic - not syncing: (.*) \]---"
PERMISSIONS = r"#PF: supervisor write access in kernel mode\n.*#PF: error_code\(0x0003\) - permissions violation"


def last_words(append, kernel=("debug", "kernel.elf"), disk=True, processor=cpu()):
    """Boot, and what the serial line shows until the machine restarts (which ends QEMU)."""
    command = ["qemu-system-i386", *processor, "-m", "64M", "-nic", "none", "-display", "none", "-no-reboot", "-monitor", "none", "-serial", "stdio",
               "-kernel", build(*kernel), "-append", f"console=ttyS0 panic=-1 {append}"]
    if disk:
        command += ["-drive", f"file={build('root.img')},format=raw,if=virtio,snapshot=on"]
    return patiently(command).stdout.replace("\r\n", "\n")


def symbol_of(address):
    """The function that nm finds at an address."""
    names = subprocess.run(["i686-linux-gnu-nm", "-n", build("debug", "kernel.elf")], stdout=subprocess.PIPE, text=True).stdout
    found = ""
    for line in names.split("\n"):
        words = line.split()
        if len(words) == 3 and words[1] in "tT" and int(words[0], 16) <= address:
            found = words[2]
    return found


@pytest.mark.parametrize("kind, said", [
    ("null", r"NULL pointer dereference at 00000008\n.*write access in kernel mode\n.*error_code\(0x0002\) - not-present page"),
    ("text", PERMISSIONS),
    ("rodata", PERMISSIONS)])
def test_stores_that_fault(kind, said):
    """Registers, CR2, the decoded error code, and a trace whose names are those of the symbol table."""
    words = last_words(f"mapix.crash={kind}", disk=False)
    assert re.search(said, words), words
    assert re.search(rf"EIP: crash_{kind}\+0x", words), words
    for register in ("EAX", "EBX", "ECX", "EDX", "ESI", "EDI", "EBP", "ESP", "EIP", "EFLAGS", "CR0", "CR2", "CR3", "CR4"):
        assert re.search(rf"\b{register}: [0-9a-f]{{8}}", words), (register, words)
    address = re.search(r"(?:fault|dereference) at ([0-9a-f]{8})", words).group(1)
    assert f"CR2: {address}" in words
    trace = re.findall(r"\[<([0-9a-f]{8})>\] (\w+)", words)
    assert [name for _, name in trace][:4] == [f"crash_{kind}", "kernel_init", "kthread_main", "ret_from_fork"], words
    for number, name in trace:
        assert symbol_of(int(number, 16) - 1).split(".")[0] == name, (number, name)
    assert re.search(END, words).group(1) == "Fatal exception"


def test_a_hog_is_named():
    """A loop without a look at the scheduler is told to the log, with the function that it is in."""
    words = last_words("mapix.crash=hog", disk=False)
    found = re.search(r"latency: init\[1\] has kept the processor for (\d+) us while others waited", words)
    assert found and 10000 <= int(found.group(1)), words
    assert "crash_hog" in re.findall(r"\[<[0-9a-f]{8}>\] (\w+)", words[found.end():])[:4], words


def test_stack_overflow():
    """The guard page below the stack is hit, and the double fault is reported on a stack of its own."""
    words = last_words("mapix.crash=stack", disk=False)
    esp = int(re.search(r"double fault: kernel stack overflow of task init\[1\], esp ([0-9a-f]{8})", words).group(1), 16)
    assert f"ESP: {esp:08x}" in words
    assert re.search(r"\] deeper[.\w]*\+0x.*\n.*\] deeper", words), words
    assert re.search(END, words).group(1) == "double fault: kernel stack overflow"


@pytest.mark.parametrize("kind, said", [
    ("bug", r"kernel BUG at kernel/crash\.c:\d+: nowhere != NULL"),
    ("doublefree", r"slab kmalloc-128: object 0x[0-9a-f]{8}: freed twice"),
    ("overrun", r"slab kmalloc-128: object 0x[0-9a-f]{8}: right red zone: .*")])
def test_mistakes_that_are_checked_for(kind, said):
    words = last_words(f"mapix.crash={kind}", disk=False)
    assert re.search(r"\] crash_on_request\+0x", words), words
    assert re.fullmatch(said, re.search(END, words).group(1)), words


def test_unknown_kind_changes_nothing():
    words = last_words("mapix.crash=nonsense root=/dev/nonesuch")
    assert "mapix.crash=nonsense: no such kind" in words
    assert "nonesuch" in re.search(END, words).group(1), words


def test_plain_kernel_does_not_crash_on_request():
    words = last_words("mapix.crash=null root=/dev/nonesuch", kernel=("kernel.elf",))
    assert "nonesuch" in re.search(END, words).group(1), words


def test_death_of_init():
    words = last_words("root=/dev/vda init=/bin/true")
    assert re.search(END, words).group(1).startswith("Attempted to kill init!"), words


def test_no_init():
    words = last_words("root=/dev/vda init=/none")
    assert re.search(END, words).group(1) == "Requested init /none failed (error -2).", words
