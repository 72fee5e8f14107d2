"""What `mapix exec` and `linux-exec` share: run one command in a QEMU, pass on what it prints, and give its exit status.

The machine has three ways out.  COM1 is the command's terminal: its bytes are passed on as they come, and nothing else
is written there.  The kernel's log goes to a file, and the guest's init writes `<marker>: status N` to it in the end;
only this line is an exit status, so a machine that just stops has not succeeded.  Lines
`<marker>: warning TEXT` are passed on to standard error.  Standard input, unless it is a terminal, is sent to COM1 once the
log says `<marker>: start`: typed (linux-exec), or for a pipe that the guest's init fills from there.

Nothing here waits for one thing only: what is passed on waits in a buffer until its reader takes it, so that the time
runs out also for a guest that does not read and for a reader that does not take the output.
"""
import argparse
import ctypes
import fcntl
import os
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

import swapdisk

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")
PAE = os.path.basename(os.path.normpath(BUILD)) == "pae"  # the folder of make PAE=1

TIMED_OUT = 124
FAILED = 125
LAST_WORDS = 40
DISKS_MAX = 16  # a PC has 32 slots
POLL = 0.1
READ_SIZE = 65536
PREFIX = "exec-"  # of a run's folder
LOCK = "lock"
PANIC_GRACE = 2.0
PR_SET_PDEATHSIG = 1
F_SETPIPE_SZ = 1031  # Linux's; the module fcntl has it from Python 3.10 on
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_OF_FILE = b"\x04"
ESCAPE = b"\xff"  # before itself, or before 0: the end (Pipe)
PANIC = re.compile(rb"^(?:<\d+>)?\[ *\d+\.\d+\] Kernel panic", re.M)


class Failure(Exception):
    """The machine could not be started; the text says why."""


def kernel(pae=False):
    """The kernel that is booted."""
    return os.environ.get("MAPIX_KERNEL") or os.path.join(BUILD, "pae" if pae and not PAE else "", "kernel.elf")


def parser(name, default_mem):
    """The command line that both programs have."""
    p = argparse.ArgumentParser(prog=name, description="Run COMMAND in a machine of its own, print what it prints, exit as it does: "
                                "its status, 128 + signal, 124 on time-out, 125 if the kernel failed.",
                                usage="%(prog)s [--overlay DIR] [--disk FILE]... [--swap SIZE] [--mem SIZE] [--append STR] [--timeout S] [--patient] [--pae] [--qemu ARGS] -- COMMAND [ARG...]")
    p.add_argument("--overlay", metavar="DIR", help="lay DIR's files over the root file system")
    p.add_argument("--disk", metavar="FILE", action="append", default=[],
                   help="attach FILE as a disk, writable: /dev/disk/0, the next one /dev/disk/1 and so on; "
                   "an ext2 file system on the first is mounted at /mnt")
    p.add_argument("--swap", metavar="SIZE", help="one more disk, empty and of this size (64M), to swap to")
    p.add_argument("--mem", metavar="SIZE", default=default_mem, help="memory, as QEMU's -m takes it (%(default)s)")
    p.add_argument("--append", metavar="STR", default="", help="more for the kernel's command line")
    p.add_argument("--timeout", metavar="S", type=float, default=300, help="seconds until 124, 0 for none (%(default)s)")
    p.add_argument("--patient", action="store_true", help="do not count seconds in which the machine waits for a processor of the host")
    p.add_argument("--pae", action="store_true", default=PAE, help="the kernel with PAE, on a processor that can forbid execution (NX)")
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
    if len(args.disk) > DISKS_MAX:
        raise Failure(f"more than {DISKS_MAX} disks")
    for path in args.disk:
        check_disk(path)
    if args.swap is not None:
        try:
            args.swap = swapdisk.size_of(args.swap)
        except ValueError as error:
            raise Failure(f"--swap {error}")
    return args


def make_disk(path, size=64 << 20):
    """A new ext2 file system for --disk, as the guest tests find it at /mnt."""
    with open(path, "wb") as f:
        f.truncate(size)
    where = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-b", "4096", path], env={**os.environ, "PATH": where}).returncode:
        raise Failure("mke2fs could not make a disk")
    return path


def make_spare_disk(path):
    """The second disk of the guest tests, which they may do with what they like; its end is within a page."""
    with open(path, "wb") as f:
        f.write(os.urandom((8 << 20) + 512))
    return path


def check_disk(path):
    """QEMU's own words about a file that is no disk do not help everybody."""
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise Failure(f"--disk {path}: {error.strerror}")
    if not stat.S_ISREG(mode) and not stat.S_ISBLK(mode):
        raise Failure(f"--disk {path}: not a file")
    if not os.access(path, os.R_OK | os.W_OK):
        raise Failure(f"--disk {path}: it cannot be written")


def quoted(path):
    """PATH as a value in an argument of QEMU, which takes a comma when it is doubled."""
    return path.replace(",", ",,")


def cpu(pae=PAE):
    """QEMU's arguments for the processor: its own choice has PAE, but no NX, and without PSE36 no addresses above 4 GiB."""
    return ["-cpu", "qemu32,+nx,+pse36"] if pae else []


def disks(args, work):
    """QEMU's arguments for the disks, the one for swap behind them; what goes wrong with one the guest is told, as a disk would tell."""
    # an absolute path: what stands before a colon could be taken for a protocol
    drives = [f"file={quoted(os.path.abspath(path))},format=raw,if=virtio,rerror=report,werror=report" for path in args.disk]
    if args.swap:
        image = swapdisk.make(os.path.join(work, "swap"), args.swap)
        drives.append(f"file={quoted(image)},format=raw,if=virtio,cache=unsafe,rerror=report,werror=report")
    return [word for drive in drives for word in ("-drive", drive)]


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


def locked(path, how):
    """The file PATH, made if need be, with a lock on it that ends with this process."""
    f = open(path, "w")
    try:
        fcntl.flock(f, how)
    except OSError:
        f.close()
        raise
    return f


def sweep(base):
    """Remove the folders of runs that were killed: nobody holds their locks any more."""
    for entry in os.scandir(base):
        if not entry.name.startswith(PREFIX):
            continue
        try:
            with locked(os.path.join(entry.path, LOCK), fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(entry.path, ignore_errors=True)
        except OSError:
            pass  # its run is alive, or has just removed it


def temporary():
    """A folder for one run, and the lock that shows that the run is alive.

    It lies under the build folder, so that files can be linked instead of copied.  A run that looks for old folders
    must not meet one that is not locked yet: one lock is held over both.
    """
    base = os.path.join(BUILD, "tmp")
    os.makedirs(base, exist_ok=True)
    with locked(os.path.join(base, LOCK), fcntl.LOCK_EX):
        sweep(base)
        work = tempfile.mkdtemp(prefix=PREFIX, dir=base)
        return work, locked(os.path.join(work, LOCK), fcntl.LOCK_EX)


def die_with_parent():
    """QEMU must not outlive a parent that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def never_waiting(fd, flags):
    """FD opened once more, so that it never waits; FD itself if that can't be.

    Its own description is shared with processes that want to wait.
    """
    mode = os.fstat(fd).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        try:
            return os.open(f"/proc/self/fd/{fd}", flags | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            pass
    return fd


def grow_pipe(fd, size):
    """Let a pipe hold SIZE bytes, if the host allows that much."""
    try:
        fcntl.fcntl(fd, F_SETPIPE_SZ, size)
    except OSError:
        pass


class Patience:
    """Seconds that a process and its children have, those not counted in which they waited for a processor.

    A busy host does not use them up.
    """

    def __init__(self, pid, seconds):
        self.pid = pid
        self.end = time.monotonic() + seconds
        self.waited = 0
        self.before = self.longest_wait(pid)

    def longest_wait(self, pid):
        """Of all threads; 0 where the host's kernel does not tell."""
        longest = 0
        try:
            for thread in os.scandir(f"/proc/{pid}/task"):
                with open(os.path.join(thread.path, "schedstat")) as f:
                    longest = max(longest, int(f.read().split()[1]) / 1e9)
                with open(os.path.join(thread.path, "children")) as f:
                    longest = max([longest, *map(self.longest_wait, f.read().split())])
        except (OSError, IndexError, ValueError):
            pass  # the thread has just ended
        return longest

    def left(self):
        """Seconds left; not above 0: the time is over."""
        left = self.end + self.waited - time.monotonic()
        if left <= 0:
            more = max(self.waited, self.longest_wait(self.pid) - self.before) - self.waited
            self.waited += more
            left += more
        return left


class Outlet:
    """Where bytes go, when it takes them: at other times they wait here."""

    def __init__(self, fd):
        self.fd = fd
        self.pending = b""

    def writable(self):
        return [self.fd] if self.pending else []

    def pump(self):
        """Write some; as little as a descriptor that is ready takes without a wait, should it be one that waits."""
        try:
            self.pending = self.pending[os.write(self.fd, self.pending[:select.PIPE_BUF]):]
        except BlockingIOError:
            pass


class Terminal(Outlet):
    """Our standard input, typed at the guest's terminal when it is ready; at its end a ^D."""

    def __init__(self, pipe):
        os.set_blocking(pipe, False)
        super().__init__(pipe)
        self.ready = False
        self.last = b"\n"
        self.source = None if os.isatty(0) else never_waiting(0, os.O_RDONLY)

    def readable(self):
        return [self.source] if self.ready and self.source is not None and not self.pending else []

    def read(self):
        try:
            data = os.read(self.source, 1024)
        except BlockingIOError:
            return
        if not data:
            self.source = None
        self.pending = self.encoded(data)

    def encoded(self, data):
        """What is typed for these bytes, or for the end."""
        if not data:
            # ^D within a line only hands over the line so far: the second one is the end
            return END_OF_FILE if self.last == b"\n" else END_OF_FILE * 2
        self.last = data[-1:]
        return data

    def pump(self):
        try:
            super().pump()
        except BrokenPipeError:
            self.source = None
            self.pending = b""


class Pipe(Terminal):
    """Our standard input for a guest whose init makes a pipe of what comes: every byte is possible, and the end is not one of them."""

    def encoded(self, data):
        return data.replace(ESCAPE, ESCAPE * 2) if data else ESCAPE + b"\0"


class Aside:
    """What a run looks after besides: look() is called every `turn` seconds, and `outlets` get what waits for them.

    `output`: the descriptor for what the command prints.
    """
    output = 1
    turn = POLL
    outlets = ()

    def look(self):
        """Do what there is to do, without a wait."""


class Run:
    """One QEMU, from its start to its end."""

    def __init__(self, command, log, marker, args, stdin, aside):
        self.log = log
        self.start = re.compile(marker.encode() + rb": start")
        self.status = re.compile(marker.encode() + rb": status (\d+)")
        self.warning = re.compile(marker.encode() + rb": warning (.*)")
        self.errors = log + ".stderr"
        with open(self.errors, "wb") as errors:
            self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                         preexec_fn=die_with_parent, bufsize=0)
        self.deadline = time.monotonic() + args.timeout if args.timeout else None
        self.patience = Patience(self.qemu.pid, args.timeout) if args.timeout and args.patient else None
        self.terminal = stdin(self.qemu.stdin.fileno())
        self.aside = aside
        self.output = Outlet(never_waiting(aside.output, os.O_WRONLY))
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
        if self.deadline and now > self.deadline and not (self.patience and self.patience.left() > 0):
            self.timed_out = True
            return False
        text = self.read_log()
        if not self.terminal.ready and self.start.search(text):
            self.terminal.ready = True
        if self.panicked is None and PANIC.search(text):
            self.panicked = now
        return self.panicked is None or self.output.pending or now < self.panicked + PANIC_GRACE

    def pass_on(self):
        """Pass the guest's output on until QEMU closes it or there is reason to stop."""
        source = self.qemu.stdout.fileno()
        ended = False
        looked = 0
        while not ended or self.output.pending:
            wanted = [] if ended or self.output.pending else [source]
            outlets = self.output, self.terminal, *self.aside.outlets
            readable, writable, _ = select.select(wanted + self.terminal.readable(), sum((outlet.writable() for outlet in outlets), []), [],
                                                  self.aside.turn)
            if source in readable:
                self.output.pending = os.read(source, READ_SIZE)
                ended = not self.output.pending
            if self.terminal.source in readable:
                self.terminal.read()
            for outlet in outlets:
                if outlet.fd in writable:
                    outlet.pump()
            self.aside.look()
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
        for warning in self.warning.findall(text):
            print(f"{name}: {warning.decode(errors='replace')}", file=sys.stderr)
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


def run(name, command, log, marker, args, stdin=Terminal, aside=Aside()):
    """Start QEMU by COMMAND; return the exit status of what ran in it.

    ARGS: what parse() found, for the time-out. STDIN: how the guest gets standard input. ASIDE: what to do meanwhile.
    """
    guest = Run(command, log, marker, args, stdin, aside)
    try:
        guest.pass_on()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    finally:
        guest.finish()
    return guest.result(name)


def stop(number, frame):
    """End by a signal; another one must not disturb what is cleared away then."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main(name, body):
    """Run body(work folder); whatever happens, the folder is removed and QEMU is gone."""
    for number in SIGNALS:
        signal.signal(number, stop)
    work = None
    try:
        work, lock = temporary()
        sys.exit(body(work))
    except (Failure, OSError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(FAILED)
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
            lock.close()
