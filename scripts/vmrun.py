"""What `mapix exec` and `linux-exec` share: run one command in a QEMU, pass on what it prints, and give its exit status.

The machine has three ways out.  COM1 is the command's terminal: its bytes are passed on as they come, and nothing else
is written there.  The kernel's log goes to a file, and the guest's init writes `<marker>: status N` to it in the end;
only this line is an exit status, so a machine that just stops has not succeeded.  Standard input, unless it is a terminal,
is typed at COM1 once the log says `<marker>: start`.
"""
import argparse
import ctypes
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")

TIMED_OUT = 124
FAILED = 125
LAST_WORDS = 40
POLL = 0.1
PANIC_GRACE = 2.0
PR_SET_PDEATHSIG = 1
END_OF_FILE = b"\x04"
PANIC = re.compile(rb"^(?:<\d+>)?\[ *\d+\.\d+\] Kernel panic", re.M)


class Failure(Exception):
    """The machine could not be started; the text says why."""


def parser(name, default_mem):
    """The command line that both programs have."""
    p = argparse.ArgumentParser(prog=name, description="Run COMMAND in a machine of its own, print what it prints, exit as it does: "
                                "its status, 128 + signal, 124 on time-out, 125 if the kernel failed.",
                                usage="%(prog)s [--overlay DIR] [--mem SIZE] [--append STR] [--timeout S] [--qemu ARGS] -- COMMAND [ARG...]")
    p.add_argument("--overlay", metavar="DIR", help="lay DIR's files over the root file system")
    p.add_argument("--mem", metavar="SIZE", default=default_mem, help="memory, as QEMU's -m takes it (%(default)s)")
    p.add_argument("--append", metavar="STR", default="", help="more for the kernel's command line")
    p.add_argument("--timeout", metavar="S", type=float, default=300, help="seconds until 124, 0 for none (%(default)s)")
    p.add_argument("--qemu", metavar="ARGS", default="", help="more arguments for QEMU, split as a shell splits them")
    p.add_argument("command", nargs="+", metavar="COMMAND", help="the command and its arguments, passed exactly as given")
    return p


def parse(p, argv):
    """The options before `--`, and the command behind it exactly as given."""
    if "--" not in argv:
        argv = list(argv)
        if not {"-h", "--help"} & set(argv):
            p.error("no -- COMMAND")
        return p.parse_args(argv)
    at = argv.index("--")
    args = p.parse_args(argv[:at] + ["--", "x"])
    args.command = argv[at + 1:]
    if not args.command:
        p.error("no COMMAND behind --")
    if args.overlay is not None and not os.path.isdir(args.overlay):
        raise Failure(f"{args.overlay}: not a folder")
    return args


def link_or_copy(source, target):
    """A second name for the file, or a copy where that can't be (another file system, somebody else's file)."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def lay_over(source, target):
    """Lay the tree SOURCE over the tree TARGET, file by file, replacing what has the same name."""
    os.makedirs(target, exist_ok=True)
    shutil.copymode(source, target)
    for entry in os.scandir(source):
        there = os.path.join(target, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if os.path.islink(there) or (os.path.lexists(there) and not os.path.isdir(there)):
                os.unlink(there)
            lay_over(entry.path, there)
            continue
        if os.path.isdir(there) and not os.path.islink(there):
            shutil.rmtree(there)
        elif os.path.lexists(there):
            os.unlink(there)
        if entry.is_symlink() or entry.is_file(follow_symlinks=False):
            link_or_copy(entry.path, there)
        else:
            st = entry.stat(follow_symlinks=False)
            os.mknod(there, st.st_mode, st.st_rdev)


def temporary():
    """A folder for one run: under the build folder, so that files can be linked instead of copied."""
    base = os.path.join(BUILD, "tmp")
    os.makedirs(base, exist_ok=True)
    return tempfile.mkdtemp(prefix="exec-", dir=base)


def die_with_parent():
    """QEMU must not outlive a parent that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Terminal:
    """Our standard input, typed at the guest's terminal when it is ready; at its end a ^D."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.ready = False
        self.last = b"\n"
        self.source = None if os.isatty(0) else 0

    def readable(self):
        return [self.source] if self.ready and self.source is not None else []

    def pump(self):
        data = os.read(self.source, 1024)
        if not data:
            self.source = None
            # ^D within a line only hands over the line so far: the second one is the end
            data = END_OF_FILE if self.last == b"\n" else END_OF_FILE * 2
        self.last = data[-1:]
        try:
            os.write(self.pipe, data)
        except BrokenPipeError:
            self.source = None


class Run:
    """One QEMU, from its start to its end."""

    def __init__(self, command, log, marker, timeout):
        self.log = log
        self.start = re.compile(marker.encode() + rb": start")
        self.status = re.compile(marker.encode() + rb": status (\d+)")
        self.deadline = time.monotonic() + timeout if timeout else None
        self.errors = log + ".stderr"
        with open(self.errors, "wb") as errors:
            self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                         preexec_fn=die_with_parent, bufsize=0)
        self.terminal = Terminal(self.qemu.stdin.fileno())
        self.panicked = None
        self.timed_out = False

    def read_log(self):
        try:
            with open(self.log, "rb") as f:
                return f.read().replace(b"\r\n", b"\n")
        except FileNotFoundError:
            return b""

    def watch(self):
        """Every now and then: is the terminal ready, has the kernel panicked, is the time over?"""
        now = time.monotonic()
        if self.deadline and now > self.deadline:
            self.timed_out = True
            return False
        text = self.read_log()
        if not self.terminal.ready and self.start.search(text):
            self.terminal.ready = True
        if self.panicked is None and PANIC.search(text):
            self.panicked = now
        return self.panicked is None or now < self.panicked + PANIC_GRACE

    def pass_on(self):
        """Pass the guest's output on until QEMU closes it or there is reason to stop."""
        out = self.qemu.stdout.fileno()
        looked = 0
        while True:
            ready, _, _ = select.select([out] + self.terminal.readable(), [], [], POLL)
            if out in ready:
                data = os.read(out, 65536)
                if not data:
                    return
                while data:
                    data = data[os.write(1, data):]
            if self.terminal.source in ready and self.terminal.source is not None:
                self.terminal.pump()
            if time.monotonic() - looked > POLL:
                looked = time.monotonic()
                if not self.watch():
                    return

    def finish(self):
        self.qemu.kill()
        self.qemu.wait()

    def result(self, name):
        """The exit status, after a word on stderr if the machine failed."""
        text = self.read_log()
        found = self.status.findall(text)
        if found:
            return int(found[-1]) & 255
        if self.timed_out:
            print(f"{name}: timed out", file=sys.stderr)
            return TIMED_OUT
        with open(self.errors, "rb") as f:
            text += f.read()
        words = b"\n".join(text.rstrip().split(b"\n")[-LAST_WORDS:]).decode(errors="replace")
        print(f"{name}: the machine stopped before the command ended; its last words:\n{words}", file=sys.stderr)
        return FAILED


def run(name, command, log, marker, timeout):
    """Start QEMU by COMMAND; return the exit status of what ran in it."""
    guest = Run(command, log, marker, timeout)
    try:
        guest.pass_on()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    finally:
        guest.finish()
    return guest.result(name)


def stop(number, frame):
    sys.exit(128 + number)


def main(name, body):
    """Run body(work folder); whatever happens, the folder is removed and QEMU is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    work = None
    try:
        work = temporary()
        sys.exit(body(work))
    except (Failure, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(FAILED)
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
