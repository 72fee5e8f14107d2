"""Machines with swap: what does not fit into memory, a swap disk that fails, swapoff under load, and a shell beside it all.

Inside, tests/disk/swapload.c knows what each page holds. The calls themselves have guest tests, and the differential tester.
"""
import os
import re
import shutil
import socket
import subprocess

import pytest
import swapdisk
from machine import MAPIX, PROMPT, Console, Patience, boot_arguments, build, execute, needs_busybox
from powercut import killed, tool

SLOT_SECTORS = 8
BAD_SLOT = 1000
ANSWER_SECONDS = 15  # for a shell, while memory is short


@pytest.fixture
def load(tmp_path):
    """The overlay with the program."""
    tree = tmp_path / "overlay"
    tree.mkdir()
    shutil.copy(build("tests", "disk", "swapload"), tree)
    return tree


def run(load, *command, mem="64M", swap="256M", **options):
    program = (MAPIX, "exec") + ((f"--swap={swap}",) if swap else ())
    return execute(*command, overlay=load, mem=mem, timeout=600, program=program, **options)


def test_the_disk_is_swapped_to():
    result = execute("/bin/sh", "-c", "cat /proc/swaps; grep -E '^Swap(Total|Free)' /proc/meminfo", program=(MAPIX, "exec", "--swap=64M"))
    lines = result.out.split("\n")
    assert re.match(r"Filename\t+Type\t+Size\t+Used\t+Priority$", lines[0]), result
    assert lines[1].split() == ["/dev/vdc", "partition", "65532", "0", "-2"], result
    assert [line.split() for line in lines[2:4]] == [["SwapTotal:", "65532", "kB"], ["SwapFree:", "65532", "kB"]], result


@pytest.mark.parametrize("size", ["3X", "0", "8K", ""])
def test_a_size_that_is_none(size):
    result = subprocess.run([MAPIX, "exec", f"--swap={size}", "--", "true"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 125 and "not a size of a swap disk" in result.stderr, result


def test_four_times_the_memory(load):
    result = run(load, "/swapload", "touch", "512", mem="128M", swap="1G")
    assert result.status == 0 and result.out == "512 MiB touched, 0 pages wrong\n", result


def failing(tmp_path, kind):
    """QEMU's arguments for a swap disk, /dev/vdc, of which the sectors of one slot can't be read, or written."""
    image = swapdisk.make(str(tmp_path / "swap"), 256 << 20)
    return (f"-drive if=none,id=failing,format=raw,file.driver=blkdebug,file.image.filename={image},"
            f"file.inject-error.0.event={kind}_aio,file.inject-error.0.iotype={kind},file.inject-error.0.errno=5,"
            f"file.inject-error.0.once=off,file.inject-error.0.sector={BAD_SLOT * SLOT_SECTORS},rerror=report,werror=report "
            "-device virtio-blk-pci,drive=failing,addr=0x10")


def test_a_slot_that_cannot_be_read(load, tmp_path):
    """SIGBUS for who touches the page, or one that was read with it; the rest is right, and others go on."""
    result = run(load, "/bin/sh", "-c", "swapon /dev/vdc && /swapload bad 120 && echo well", swap=None, qemu=failing(tmp_path, "read"))
    match = re.search(r"^(\d+) pages lost, 0 pages wrong\nwell$", result.out, re.M)
    assert match and 1 <= int(match[1]) <= 64, result


def test_a_slot_that_cannot_be_written(load, tmp_path):
    """Its page stays in memory."""
    result = run(load, "/bin/sh", "-c", "swapon /dev/vdc && /swapload bad 120 && echo well", swap=None, qemu=failing(tmp_path, "write"))
    assert re.search(r"^0 pages lost, 0 pages wrong\nwell$", result.out, re.M), result


def test_swapoff_under_load(load):
    result = run(load, "/swapload", "off", "/dev/vdc", "6", "8", "3")
    assert result.status == 0 and result.out == "0 of 3 processes failed, 0 calls refused\n", result


def test_swapoff_under_load_checked(load, monkeypatch):
    """On the kernel that checks itself."""
    monkeypatch.setenv("MAPIX_KERNEL", build("debug", "kernel.elf"))
    result = run(load, "/swapload", "off", "/dev/vdc", "3", "4", "3")
    assert result.status == 0 and result.out == "0 of 3 processes failed, 0 calls refused\n", result


def test_a_power_cut_while_memory_is_swapped(tmp_path):
    wrong = killed(str(tmp_path), 3, swapping=True)
    assert not wrong, "\n".join(wrong)


class Terminal:
    """A second terminal, on the machine's second serial port."""

    def __init__(self, path, qemu):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(1)
        self.qemu = qemu

    def ask(self, line, answer):
        """Type a line, and wait for the answer."""
        self.socket.sendall(line.encode() + b"\n")
        patience, seen = Patience(self.qemu.pid, ANSWER_SECONDS), b""
        while answer.encode() not in seen:
            assert patience.left() > 0, f"no {answer!r} in {seen!r}"
            try:
                seen += self.socket.recv(4096)
            except TimeoutError:
                pass


@needs_busybox
def test_a_shell_answers_meanwhile(load, tmp_path):
    """One terminal's program wants twice the memory; a shell on the other one starts programs. /etc/fstab names the swap disk."""
    swapdisk.make(str(tmp_path / "swap"), 256 << 20)
    assert tool("mke2fs", "-q", "-F", "-t", "ext2", "-d", str(load), str(tmp_path / "disk"), "8M").returncode == 0
    port = str(tmp_path / "com2")
    machine = Console("-serial", f"unix:{port},server=on,wait=off", "-drive", f"file={tmp_path / 'swap'},format=raw,if=virtio",
                      "-drive", f"file={tmp_path / 'disk'},format=raw,if=virtio", *boot_arguments(), mem="64M")
    try:
        machine.expect(PROMPT)
        assert machine.run("mount -t ext2 /dev/vdc /mnt; ash -c 'setsid ash -i </dev/ttyS1 >/dev/ttyS1 2>&1 &'") == ""
        terminal = Terminal(port, machine.qemu)
        terminal.ask("echo $((6 * 7))", "\n42")
        machine.send("/mnt/swapload churn 20 40 3\n")
        for number in range(8):
            terminal.ask(f"ls /; cat /proc/loadavg; echo $(({number} + 100))", f"\n{number + 100}")
        machine.expect("0 of 3 processes failed\n(?:.*\n)*.*" + PROMPT, 120)
        assert int(machine.run("grep -o 'pswpout .*' /proc/vmstat").split()[1]) > 1000
    finally:
        machine.close()
