"""The VGA text console and the keyboard: what stands in the screen's memory, and keys pressed through QEMU's monitor."""
import os
import socket
import time

import pytest
from machine import boot_arguments

SCREEN = 0xB8000
COLUMNS, ROWS = 80, 25
KEYS = {" ": "spc", "\n": "ret", "/": "slash", "-": "minus", "*": "shift-8", "|": "shift-backslash", "$": "shift-4"}


class Monitor:
    """QEMU's monitor: the screen as lines of text, and the keyboard."""

    def __init__(self, path, folder):
        self.folder = folder
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.answer()

    def answer(self):
        seen = b""
        while not seen.endswith(b"(qemu) "):
            seen += self.socket.recv(4096)

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        self.answer()

    def screen(self):
        path = os.path.join(self.folder, "screen")
        self.command(f'pmemsave {SCREEN} {2 * COLUMNS * ROWS} "{path}"')
        with open(path, "rb") as f:
            text = f.read()[::2].decode("latin-1")
        return [text[i:i + COLUMNS].rstrip(" \0") for i in range(0, len(text), COLUMNS)]

    def wait_for(self, wanted, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
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
    console(*boot_arguments("console=tty0"), "-monitor", f"unix:{path},server=on,wait=off")
    return Monitor(path, tmp_path)


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
