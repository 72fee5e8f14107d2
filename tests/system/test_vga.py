"""The VGA text console and the keyboard: what stands in the screen's memory, and keys pressed through QEMU's monitor."""
import os
import re
import socket
import time

import pytest
from machine import Patience, boot_arguments

SCREEN = 0xB8000
COLUMNS, ROWS = 80, 25
KEYS = {" ": "spc", "\n": "ret", "/": "slash", "-": "minus", "*": "shift-8", "|": "shift-backslash", "$": "shift-4", "<": "shift-comma", "&": "shift-7"}


class Monitor:
    """QEMU's monitor: the screen as lines of text, and the keyboard."""

    def __init__(self, path, folder, pid):
        self.folder = folder
        self.pid = pid
        self.socket = socket.socket(socket.AF_UNIX)
        while not os.path.exists(path):  # QEMU is about to make it
            time.sleep(0.05)
        self.connect(path)
        self.answer()

    def connect(self, path):
        try:
            self.socket.connect(path)
        except ConnectionRefusedError:  # it does not listen yet
            time.sleep(0.05)
            self.connect(path)

    def answer(self):
        seen = b""
        while not seen.endswith(b"(qemu) "):
            data = self.socket.recv(4096)
            assert data, "QEMU has ended"
            seen += data
        return seen.decode("latin-1")

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.answer()

    def crtc(self, register):
        """A register of the screen's controller."""
        self.command(f"o /b 0x3d4 {register}")
        return int(re.search(r"= (0x[0-9a-f]+)", self.command("i /b 0x3d5")).group(1), 16)

    def screen(self):
        path = os.path.join(self.folder, "screen")
        origin = self.crtc(0x0c) << 8 | self.crtc(0x0d)  # scrolling moves the window, not the text
        self.command(f'pmemsave {SCREEN + 2 * origin} {2 * COLUMNS * ROWS} "{path}"')
        with open(path, "rb") as f:
            text = f.read()[::2].decode("latin-1")
        return [text[i:i + COLUMNS].rstrip(" \0") for i in range(0, len(text), COLUMNS)]

    def wait_for(self, wanted, seconds=120):
        patience = Patience(self.pid, seconds)
        while patience.left() > 0:
            lines = self.screen()
            if wanted(lines):
                return lines
            time.sleep(0.1)
        raise AssertionError("\n".join(lines))

    def type(self, text):
        for c in text:
            self.command("sendkey " + (KEYS.get(c) or (f"shift-{c.lower()}" if c.isupper() else c)))


@pytest.fixture
def monitor(console, tmp_path):
    path = str(tmp_path / "monitor")
    machine = console(*boot_arguments("console=tty0"), "-monitor", f"unix:{path},server=on,wait=off")
    return Monitor(path, tmp_path, machine.qemu.pid)


def at_prompt(lines):
    shown = [line for line in lines if line]
    return bool(shown) and shown[-1].endswith(("#", "$"))


def test_shell_on_the_screen(monitor):
    monitor.wait_for(at_prompt)
    monitor.type("echo Typed | cat\n")
    lines = monitor.wait_for(lambda lines: "Typed" in lines)
    assert any(line.endswith("echo Typed | cat") for line in lines)


def test_screen_scrolls(monitor):
    monitor.wait_for(at_prompt)
    monitor.type("ls /bin /dev /proc\n")
    time.sleep(0.5)
    monitor.type("echo last\n")
    monitor.wait_for(lambda lines: "last" in lines and at_prompt(lines))
