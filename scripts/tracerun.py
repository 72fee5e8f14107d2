"""`scripts/mapix trace`: the options, the serial port that the trace comes by, and what becomes of it."""
import os
import select
import signal
import sys

import tracefile
import traceout
import vmrun
from tracestory import Story

NAME = "mapix trace"
USAGE = ("%(prog)s [--text | --json FILE | --html FILE] [--events LIST] [--all] [--save FILE] [exec's options] -- COMMAND [ARG...]\n"
         "       %(prog)s [--text | --json FILE | --html FILE] [--events LIST] [--all] --read FILE")
ABOUT = """Run COMMAND as `mapix exec` does, and tell what the kernel does for it: each mapping that comes, changes or goes, each page
fault, each call that concerns memory. Told is what COMMAND and the processes that it forks do. As text (the default), the trace goes
to standard output, and what COMMAND prints to standard error. The exit status is COMMAND's, 124 on time-out, 125 if the kernel or the
trace failed; after a death or a time-out, the trace up to there is told. docs/tracing.md explains the events."""
EVENTS = ("mapix", "raw_syscalls", "sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit", "kmem:rss_stat")
ROOM = 1 << 20  # of the pipe
READ = 1 << 20
NO_READER = 128 + signal.SIGPIPE  # the exit status when nobody takes the text
TURN = 0.02  # seconds between two looks at the pipe: it holds more than comes in that time


def parser():
    """The command line."""
    p = vmrun.parser(NAME, "256M")
    p.usage, p.description = USAGE, ABOUT
    how = p.add_mutually_exclusive_group()
    how.add_argument("--text", action="store_true", help="one event a line (the default)")
    how.add_argument("--json", metavar="FILE", help="write FILE in the Chrome trace event format, which https://ui.perfetto.dev opens")
    how.add_argument("--html", metavar="FILE", help="write FILE, a page that shows the address spaces step by step, in any browser, without a network")
    p.add_argument("--events", metavar="LIST", default="", help="tell these, too, with commas between: all, a system (sched), an event "
                   "(sched_switch), or system:event; syscalls: all system calls")
    p.add_argument("--all", action="store_true", help="tell of all processes, from boot on")
    source = p.add_mutually_exclusive_group()
    source.add_argument("--save", metavar="FILE", help="keep the kernel's records in FILE, for --read")
    source.add_argument("--read", metavar="FILE", help="run nothing: take the records from FILE")
    return p


def parse(argv):
    """The options; `command` is None for --read."""
    p = parser()
    own = argv[:argv.index("--")] if "--" in argv else argv
    if any(word == "--read" or word.startswith("--read=") for word in own):
        if own is not argv:
            p.error("--read runs no command")
        args = p.parse_args(argv + ["--", "x"])
        args.command = None
    else:
        args = vmrun.parse(p, argv)
    args.extra = chosen_events(p, args.events)
    return args


def chosen_events(p, text):
    """The (system, name) pairs that a list names."""
    known = [(event["system"], event["name"]) for event in tracefile.abi()["events"]]
    found = []
    for word in filter(None, text.split(",")):
        system = "raw_syscalls" if word == "syscalls" else word
        these = [pair for pair in known if word == "all" or system in pair or word == ":".join(pair)]
        if not these:
            p.error(f"--events: there is no event {word}; there are all, syscalls, " + ", ".join(":".join(pair) for pair in known))
        found += these
    return found


class Lines(vmrun.Outlet):
    """Standard output, when it takes something."""

    def __init__(self):
        super().__init__(vmrun.never_waiting(1, os.O_WRONLY))
        self.pending = bytearray()

    def pump(self):
        try:
            del self.pending[:os.write(self.fd, self.pending[:select.PIPE_BUF])]
        except BlockingIOError:
            pass

    def empty(self):
        """Write the rest, however long it takes."""
        while self.pending:
            select.select([], [self.fd], [])
            self.pump()


class Trace:
    """The trace of one command, from the port to the output that is wanted."""

    def __init__(self, args):
        self.args = args
        self.reader = tracefile.Reader()
        self.story = Story(args.all, args.extra)
        self.items = []
        self.fd = None
        self.saved = open(args.save, "wb", buffering=0) if args.save else None
        self.lines = None if args.json or args.html else Lines()
        self.target = traceout.Target(args.json or args.html) if args.json or args.html else None
        self.outlets = [self.lines] if self.lines else []
        self.output = 2 if self.lines else 1  # for what the command prints
        self.turn = TURN

    # ---- the machine's port ----

    def port(self, work):
        """QEMU's arguments: COM2 is a pair of pipes in the folder WORK. Ours is opened first, and holds much."""
        path = os.path.join(work, "trace")
        for end in ".in", ".out":
            os.mkfifo(path + end)
        self.fd = os.open(path + ".out", os.O_RDWR | os.O_NONBLOCK)
        vmrun.grow_pipe(self.fd, ROOM)
        return ["-chardev", f"pipe,id=com2,path={vmrun.quoted(path)}", "-serial", "chardev:com2"]

    def append(self):
        """The kernel's options."""
        events = dict.fromkeys([*EVENTS, *(":".join(pair) for pair in self.args.extra)])
        return "trace=ttyS1 trace_events=" + ",".join(events)

    def look(self):
        """Take what has come."""
        while True:
            try:
                data = os.read(self.fd, READ)
            except BlockingIOError:
                return
            self.feed(data)

    # ---- from bytes to output ----

    def feed(self, data):
        if self.saved:
            self.save(data)
        events = self.reader.feed(data)
        if events:
            self.story.has_levels(self.reader.levels)
        for event in events:
            self.tell(self.story.take(event))

    def save(self, data):
        try:
            while data:
                data = data[self.saved.write(data):]
        except OSError as error:
            self.saved.close()
            self.saved = None
            raise vmrun.Failure(f"{self.args.save} could not be written: {error.strerror}")

    def tell(self, items):
        if not self.lines:
            self.items += items
            return
        for item in items:
            if item.kind != "silent":
                self.lines.pending += traceout.line(item).encode() + b"\n"

    def finish(self):
        """Everything has come: write the rest, or the file."""
        if self.fd is not None:
            self.look()
        if self.saved:
            self.saved.close()
        self.tell(self.story.finish())
        if self.lines:
            self.lines.empty()
        if self.target:
            self.target.write(self.whole())
        self.complain()

    def whole(self):
        """The file's contents."""
        about = {"kernel": self.reader.kernel, "command": " ".join(self.args.command or []), "lost": self.reader.lost, "levels": self.reader.levels}
        if self.args.html:
            return traceout.page(self.items, about)
        chrome = traceout.Chrome(self.reader.khz)
        chrome.add(self.items)
        return chrome.text(about)

    def complain(self):
        """What the reader of the output ought to know."""
        if not self.reader.records:
            raise vmrun.Failure("no trace came from the kernel: is it one of this tree?")
        if self.args.read:
            self.compare_build()
        if self.reader.lost:
            print(f"{NAME}: {self.reader.lost} records were lost", file=sys.stderr)
        if not self.args.all and self.story.root is None:
            print(f"{NAME}: no command was executed, so there is nothing to tell (--all tells of every process)", file=sys.stderr)

    def compare_build(self):
        """A kept trace may be of another kernel than the one that is built here."""
        kernel = vmrun.kernel(self.reader.levels == tracefile.PAE_LEVELS)
        here = tracefile.build_id(kernel) if os.path.exists(kernel) else ""
        if here and self.reader.build != here:
            print(f"{NAME}: {self.args.read} is of a kernel with the build id {self.reader.build[:12]}; {os.path.relpath(kernel)} "
                  f"has {here[:12]}: addresses of the kernel do not mean the same in both", file=sys.stderr)

    def abandon(self):
        if self.target:
            self.target.abandon()


def read(args):
    """--read: the records of an earlier run."""
    trace = Trace(args)
    try:
        with open(args.read, "rb") as f:
            while data := f.read(READ):
                trace.feed(data)
        trace.finish()
    except BrokenPipeError:
        return NO_READER
    finally:
        trace.abandon()
    return 0


def run(args, work, execute):
    """Run the command by execute(args, work, trace); whatever happens to it, its trace is told up to there."""
    trace = Trace(args)
    try:
        try:
            status = execute(args, work, trace)
        except (SystemExit, KeyboardInterrupt):
            trace.finish()
            raise
        if status != NO_READER:
            trace.finish()
        return status
    except BrokenPipeError:
        return NO_READER
    finally:
        trace.abandon()
