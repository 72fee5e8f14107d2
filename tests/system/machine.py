"""What the tests share: the build folder, `mapix exec`, and a machine whose terminal one types at."""
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")
MAPIX = os.path.join(ROOT, "scripts", "mapix")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
sys.dont_write_bytecode = True
from vmrun import PAE, Patience, cpu

PROMPT = r"[#$] (?:\x1b\[6n)?$"  # busybox's shell asks where its prompt has ended
WHERE = "\x1b[999;999H\x1b[6n"  # how large is the terminal? It is asked where its cursor is in the last row and column


def build(*parts):
    """The path of something that make built."""
    return os.path.join(BUILD, *parts)


def compiled(folder, name, source):
    """A static program in the overlay FOLDER."""
    path = os.path.join(folder, name)
    text = textwrap.dedent(source)
    subprocess.run(["i686-linux-gnu-gcc", "-static", "-O1", "-Wall", "-x", "c", "-", "-o", path], input=text.encode(), check=True)
    return "/" + name


needs_busybox = pytest.mark.skipif(not os.path.exists(build("root", "bin", "busybox")), reason="no busybox in the image")


class Result:
    """What a command in Mapix printed, and how it ended."""

    def __init__(self, process, seconds):
        self.status = process.returncode
        self.out = process.stdout.decode(errors="replace")
        self.err = process.stderr.decode(errors="replace")
        self.seconds = seconds

    def __repr__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n{self.out}\n--- stderr\n{self.err}"


def execute(*command, overlay=None, mem=None, append=None, timeout=120, qemu=None, stdin=None, program=(MAPIX, "exec"), patient=True, disks=()):
    """Run one command in Mapix by `mapix exec`. The time-out ends what hangs, not what a busy host keeps from running."""
    argv = list(program) + (["--patient"] if patient else [])
    for option, value in (("--overlay", overlay), ("--mem", mem), ("--append", append), ("--timeout", timeout), ("--qemu", qemu)):
        if value is not None:
            argv.append(f"{option}={value}")
    argv += [f"--disk={disk}" for disk in disks]
    start = time.monotonic()
    process = subprocess.run(argv + ["--", *command], input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return Result(process, time.monotonic() - start)


def patiently(command, seconds=120, **options):
    """subprocess.run() with a time-out that a busy host does not use up; both outputs together, as text."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", **options)
    patience = Patience(process.pid, seconds)
    while True:
        try:
            out, _ = process.communicate(timeout=1)
            return subprocess.CompletedProcess(command, process.returncode, out)
        except subprocess.TimeoutExpired:
            if patience.left() <= 0:
                process.terminate()
                out, _ = process.communicate()
                raise AssertionError(f"{command[0]} has not ended after {seconds} s:\n{out}")


class Console:
    """A machine, and the terminal on its first serial port: send() types, expect() waits for what it shows.

    The terminal has a size, and says so when it is asked. COMMAND starts the machine in another way.
    """

    def __init__(self, *arguments, mem="256M", disk=True, command=None, rows=24, columns=80):
        self.size = (rows, columns)  # None: this terminal does not say
        self.session = command is not None  # it may start the machine as a child
        if not command:
            command = ["qemu-system-i386", *cpu(), "-m", mem, "-nic", "none", "-display", "none", "-no-reboot", "-monitor", "none",
                       "-chardev", "stdio,id=com1,signal=off", "-serial", "chardev:com1"]
        if disk and not self.session:
            command += ["-drive", f"file={build('root.img')},format=raw,if=virtio,snapshot=on"]
        self.seen = ""
        self.at = 0
        self.ended = False
        self.changed = threading.Condition()
        self.answered = 0
        self.qemu = subprocess.Popen(command + list(arguments), start_new_session=self.session, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, bufsize=0)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        kept = b""  # a line's end may come in two pieces
        while True:
            data = self.qemu.stdout.read(4096)
            with self.changed:
                if data:
                    text = kept + data
                    kept = b"\r" if text.endswith(b"\r") else b""
                    self.seen += text[:len(text) - len(kept)].decode(errors="replace").replace("\r\n", "\n")
                else:
                    self.ended = True
                self.changed.notify_all()
            if not data:
                return
            self.answer()

    def answer(self):
        """Say how large the terminal is as often as it was asked."""
        while self.size[1] and self.answered < self.seen.count(WHERE):
            self.answered += 1
            self.send("\x1b[%d;%dR" % self.size)

    def send(self, text):
        """Type: as fast as a terminal's buffer takes it."""
        os.write(self.qemu.stdin.fileno(), text.encode())

    def expect(self, pattern, timeout=20):
        """Wait until what has come since the last expect() matches; the match."""
        patience = Patience(self.qemu.pid, timeout)
        with self.changed:
            while True:
                match = re.search(pattern, self.seen[self.at:], re.M)
                if match:
                    self.at += match.end()
                    return match
                left = patience.left()
                assert left > 0 and not self.ended, f"no {pattern!r} in {self.seen[self.at:]!r}\n\nall:\n{self.seen[-4000:]}"
                self.changed.wait(min(left, 1))

    def run(self, line, timeout=20):
        """Type a line at the shell; what it printed until the next prompt, without the echo of the line."""
        self.send(line + "\n")
        start = self.at
        self.expect(r"\n(?:.*\n)*.*" + PROMPT, timeout)
        return "\n".join(self.seen[start:self.at].split("\n")[1:-1])

    def start(self, line):
        """Type a line that starts a job, and wait until the job executes its program: before, it is a copy of the shell."""
        said = self.run(line)
        patience, program = Patience(self.qemu.pid, 20), os.path.basename(line.split()[0])
        while self.run("cat /proc/$!/comm") != program:
            assert patience.left() > 0, f"{line} never ran"
        return said

    def close(self):
        if self.session and self.qemu.poll() is None:
            os.killpg(self.qemu.pid, signal.SIGKILL)
        self.qemu.kill()
        self.qemu.wait()


def boot_arguments(append="", kernel=None):
    """QEMU's arguments that boot the kernel (or the one in that file) without GRUB."""
    return ("-kernel", kernel or build("kernel.elf"), "-append", f"root=/dev/vda console=ttyS0 loglevel=4 {append}".rstrip())
