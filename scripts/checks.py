#!/usr/bin/python3
"""checks.py [--lab LAB] [TEST...]: run the checks of a lab, or only these, on the kernel that `make check` has built, and print what each found.

Without --lab this is a handout, whose lib/lab.json tells the lab. In Python: judge() boots a kernel and gives the verdicts of checks, show() prints them. The machine's second serial port is the
link (docs/testing.md describes what is said there); the kernel's log comes by port 0xE9. Nothing that a student's kernel
prints is a verdict: a verdict carries its number and a code that the key chosen here makes, and answers what was asked. Among
the checks are decoys, and a machine that lets one pass which has to fail is not believed anything.
"""
import argparse
import errno
import json
import os
import pickle
import random
import re
import resource
import secrets
import select
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import vmrun

VERSION = "1"
MEMORY = "64"
VIRTUAL_TIME = "shift=3,sleep=off"  # an instruction takes 8 ns, and a machine in which all sleep leaps to the next event
APPEND = "root=/dev/vda rw console=ttyS0 loglevel=0 panic=-1 init=/checks checks"
CPU_SECONDS = 10  # of QEMU's, without a word from the machine: it loops with interrupts off
ALL_SECONDS = 200  # of the processor, for all checks: a platform gives ten minutes of half a processor
IDLE_SECONDS = 20  # in which QEMU could have run
LINE_MAX = 4096
LOG_KEPT = 1 << 17
SPOILED = 3  # checks of each stage that run once more for a grader
MANY = 4  # checks in the kernel that are left when one has failed: two machines share them
FOR_ALL = "the kernel does not come as far as its checks", "no program can run"  # what fails many checks at once
DECOYS = 3  # in each stage of each boot; the first one has to fail
WORD, MASK = 8, (1 << 64) - 1


class Forged(Exception):
    """The machine said that a check has passed which has to fail."""


class Died(Exception):
    """The machine has ended, or was ended; the text says why."""


class Unknown(Exception):
    """There is no such check; the text says what there is."""


class Check:
    """A check as lib/lab.json and lab.toml describe it."""

    def __init__(self, entry):
        self.name, self.points, self.says = entry["name"], entry["points"], entry["says"]
        self.functions, self.leaks, self.step = entry["functions"], entry.get("leaks", False), entry.get("step", 0)


class Verdict:
    """What a check has found: ok, or text says why not. missing: functions that said that they are not there yet.

    count: the expectations that one has had which is ok.
    """

    def __init__(self, name, ok, text="", missing=()):
        self.name, self.ok, self.missing = name, ok, list(missing)
        self.count = int(text) if ok and text.isdigit() else 0
        self.text = "" if ok else text

    def __repr__(self):
        return f"{'ok' if self.ok else 'failed'} {self.name}{': ' * bool(self.text)}{self.text}"


# ---- SipHash-2-4, as kernel/checks/siphash.c computes it

def rotated(v, n):
    return (v << n | v >> 64 - n) & MASK


def mixed(a, b, c, d, rounds):
    for _ in range(rounds):
        a, c = a + b & MASK, c + d & MASK
        b, d, a = rotated(b, 13) ^ a, rotated(d, 16) ^ c, rotated(a, 32)
        a, c = a + d & MASK, c + b & MASK
        d, b, c = rotated(d, 21) ^ a, rotated(b, 17) ^ c, rotated(c, 32)
    return a, b, c, d


def siphash(key, data):
    low, high = (int.from_bytes(key[i:i + WORD], "little") for i in (0, WORD))
    a, b, c, d = (int.from_bytes(b"somepseudorandomlygeneratedbytes"[i:i + WORD], "big") for i in range(0, 32, WORD))
    a, b, c, d = a ^ low, b ^ high, c ^ low, d ^ high
    tail = len(data) % WORD
    padded = data + bytes(WORD - 1 - tail) + bytes([len(data) & 255])
    for i in range(0, len(padded), WORD):
        word = int.from_bytes(padded[i:i + WORD], "little")
        a, b, c, d = mixed(a, b, c, d ^ word, 2)
        a ^= word
    a, b, c, d = mixed(a, b, c ^ 0xff, d, 4)
    return a ^ b ^ c ^ d


def decoy_fails(nonce, name):
    return siphash(nonce, name.encode()) & 1 == 1


# ---- the kernel's last words

STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\] ?", re.M)
FRAME = re.compile(r"\[<[0-9a-f]{8}>\] ([\w.]+)\+0x")
UNNAMED = "elsewhere"  # see names_object() of scripts/grade
HARNESS = re.compile("the check has not ended|the kernel lets nothing else run")  # kernel/checks/ says so of others
OWN_FRAMES = {"panic", "bug_at", "die", "spin_bug", "mm_check", "mm_check_debug"}


def plain(symbol):
    """The function's name in the source: a compiler calls its parts f.cold, f.part.0 and so on."""
    return symbol.split(".")[0]


def named(symbols):
    """The functions of a backtrace whose names the kernel knows: a grader's has few."""
    return [plain(symbol) for symbol in symbols if symbol != UNNAMED]


def blamed(trace):
    """The first function of a backtrace that is not the panic's or the checker's own."""
    names = named(FRAME.findall(trace))
    own = [i for i, name in enumerate(names) if name in OWN_FRAMES]
    rest = names[own[-1] + 1 if own else 0:]
    return rest[0] if rest else None


def last_words(log):
    """Why the kernel stopped, by its log; None if it does not say so."""
    log = STAMP.sub("", log.replace("\r", ""))
    panics = list(re.finditer(r"^Kernel panic - not syncing: (.*)$", log, re.M))
    if not panics:
        return None
    reason, trace = panics[0].group(1), log[panics[0].end():]
    before = log[:panics[0].start()]
    if reason.startswith("Fatal exception"):
        return f"the kernel crashed: {exception(before)}"
    if HARNESS.match(reason):
        return reason
    init = of_init(reason)
    if init:
        return init
    function = blamed(trace)
    return f"the kernel stopped: {reason}" + f" (called by {function})" * bool(function)


def of_init(reason):
    """A sentence about a panic that tells of the first program's end; None: it tells of something else."""
    started = re.match(r"Requested init \S+ failed \(error -(\d+)\)", reason)
    if started:
        number = int(started[1])
        return f"the first program cannot be executed: {errno.errorcode.get(number, number)}"
    died = re.match(r"Attempted to kill init! exitcode=0x([0-9a-f]+)", reason)
    if not died:
        return None
    code = int(died[1], 16)
    if not code & 127:
        return f"the first program ended with status {code >> 8}"
    names = {s.value: s.name for s in signal.Signals}
    return f"the first program was killed by {names.get(code & 127, f'signal {code & 127}')}"


def exception(log):
    """A sentence about the fault that the log ends with."""
    what = re.findall(r"^BUG: (.*)$", log, re.M) or re.findall(r"^(.*): [0-9a-f]{4} \[#\d+\]$", log, re.M) or ["an exception"]
    where = re.findall(r"EIP: ([\w.]+)\+0x", log)
    callers = named(FRAME.findall(log[log.rfind("Call Trace:"):]))
    function = next(iter(named(where[-1:])), None)
    by = next((name for name in callers if name != function), None)
    return what[-1] + (f" in {function}" if function else "") + (f", called by {by}" if by else "")


# ---- one machine

def command(kernel, image, mnt, log, monitor):
    """QEMU's arguments. LOG: the descriptor to which the kernel's log goes; MONITOR: the path of a socket, or None."""
    drives = [word for path in (image, mnt) if path
              for word in ("-drive", f"file={vmrun.quoted(os.path.abspath(path))},format=raw,if=virtio,snapshot=on")]
    return ["qemu-system-i386", *vmrun.cpu(), "-m", MEMORY, "-icount", VIRTUAL_TIME, "-rtc", "clock=vm", "-nic", "none", "-display", "none", "-vga", "none",
            "-no-reboot", "-monitor", "none", *(("-qmp", f"unix:{vmrun.quoted(monitor)},server=on,wait=off") if monitor else ()), "-parallel", "none", "-serial", "null",
            "-chardev", "stdio,id=link,signal=off", "-serial", "chardev:link",
            "-chardev", f"file,id=log,path=/proc/self/fd/{log}", "-device", "isa-debugcon,iobase=0xe9,chardev=log",
            *drives, "-kernel", os.path.abspath(kernel), "-append", APPEND]


def processor_seconds(pid):
    """What a process has used."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Machine:
    """A QEMU: lines come from it, and go to it. Used with `with`, at whose end it is gone."""

    def __init__(self, kernel, image, mnt, witness=None):
        log, theirs = os.pipe()
        self.log_end, self.witness = log, witness
        self.folder = tempfile.TemporaryDirectory(prefix="machine-")
        self.monitor = os.path.join(self.folder.name, "monitor") if witness else None
        self.qemu = subprocess.Popen(command(kernel, image, mnt, theirs, self.monitor), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, preexec_fn=vmrun.die_with_parent, bufsize=0, pass_fds=(theirs,))
        os.close(theirs)
        self.link = self.qemu.stdout.fileno()
        for fd in self.link, log, self.qemu.stdin.fileno():
            os.set_blocking(fd, False)
        self.log, self.received, self.outgoing = b"", b"", b""
        self.running = None  # the check whose mark was the last one in the log
        self.missing = {}  # functions that said that they are not there yet, and the check that ran then
        self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.qemu.kill()
        self.qemu.wait()
        for file in self.qemu.stdin, self.qemu.stdout, self.qemu.stderr:
            file.close()
        os.close(self.log_end)
        self.folder.cleanup()

    def look(self):
        """Raises Died if the witness finds what must not be. The machine is stopped meanwhile."""
        found = self.witness and self.witness.look(self.monitor)
        if found:
            raise Died(found)

    def send(self, *lines):
        self.outgoing += "".join(f"{line}\n" for line in lines).encode()

    def pump(self):
        """Wait a moment for bytes, and move them."""
        sources = [fd for fd in (self.link, self.log_end) if not (self.ended and fd == self.link)]
        readable, writable, _ = select.select(sources, [self.qemu.stdin] if self.outgoing else [], [], vmrun.POLL)
        if self.log_end in readable:
            self.read_log()
        if self.link in readable:
            data = os.read(self.link, vmrun.READ_SIZE)
            self.received += data
            self.ended = not data
        if writable:
            try:
                self.outgoing = self.outgoing[os.write(self.qemu.stdin.fileno(), self.outgoing[:select.PIPE_BUF]):]
            except BrokenPipeError:
                self.outgoing = b""

    def read_log(self):
        """Take what is there of the log, and keep its end."""
        try:
            data = os.read(self.log_end, vmrun.READ_SIZE)
        except BlockingIOError:
            return False
        begin = self.log.rfind(b"\n") + 1
        self.log += data
        for check, function in re.findall(r"\] check (\S+)|(\w+) is not there yet", self.log[begin:].decode(errors="replace")):
            if check:
                self.running = check
            else:
                self.missing.setdefault(function, self.running)
        self.log = self.log[-LOG_KEPT:]
        return bool(data)

    def line(self):
        """The next line of the link. Raises Died if none comes."""
        spent, patience = processor_seconds(self.qemu.pid), vmrun.Patience(self.qemu.pid, IDLE_SECONDS)
        while b"\n" not in self.received:
            if self.ended:
                raise Died(self.reason())
            if len(self.received) > LINE_MAX:
                raise Died("the machine sent what is no answer")
            if processor_seconds(self.qemu.pid) - spent > CPU_SECONDS:
                raise Died(f"the machine loops: nothing was heard of it for {CPU_SECONDS} seconds of the processor's time")
            if patience.left() <= 0:
                raise Died(self.words() or "the machine sleeps and never wakes")
            self.pump()
        line, self.received = self.received.split(b"\n", 1)
        while self.read_log():
            pass
        return line

    def words(self):
        return last_words(self.log.decode(errors="replace"))

    def reason(self):
        """Why it has ended."""
        self.qemu.wait()
        while self.read_log():
            pass
        errors = self.qemu.stderr.read().decode(errors="replace").strip()
        if self.qemu.returncode and errors:
            raise vmrun.Failure(f"QEMU says: {errors}")
        return self.words() or "the machine reset or was switched off without a word; a fault while a fault is handled resets it"


# ---- what is said on the link

class Stage:
    """One stage of a boot: a nonce of its own, and verdicts in order."""

    def __init__(self, machine, name):
        self.machine, self.name = machine, name
        self.nonce = secrets.token_bytes(16)
        self.number = 0

    def begin(self, *more):
        line = self.machine.line()
        while line.startswith(b"remark "):
            line = self.machine.line()
        if line != f"mapix-checks {VERSION} {self.name}".encode():
            raise Died("the machine sent what is no answer")
        self.machine.send(f"nonce {self.nonce.hex()}", *more)

    def decoys(self):
        """Names; the first one has to fail."""
        names = []
        while len(names) < DECOYS:
            name = f"decoy/{secrets.randbelow(1 << 31)}"
            if names or decoy_fails(self.nonce, name):
                names.append(name)
        return names

    def verdict(self, name):
        """The answer to `run NAME`: whether it is ok, and the text. Raises Died if it is none."""
        self.number += 1
        words = self.machine.line().split(b" ", 5)
        if len(words) != 6 or words[0] != b"verdict" or words[2] not in (b"ok", b"failed"):
            raise Died("the machine sent what is no answer")
        signed = b" ".join(words[1:4] + words[5:])
        if words[1] != str(self.number).encode() or words[3] != name.encode() or words[4] != f"{siphash(self.nonce, signed):016x}".encode():
            raise Died("the machine sent an answer that is not the check's own")
        ok = words[2] == b"ok"
        self.machine.look()
        if ok and name.startswith("decoy/") and decoy_fails(self.nonce, name):
            raise Forged(name)
        return ok, words[5].decode(errors="replace")


def in_kernel(check):
    return check.name.startswith("kernel/")


def asked(check):
    """What stands behind `run` for a check, or for a decoy's name."""
    if isinstance(check, str):
        return check
    spoil = f" spoil={check.which}" if isinstance(check, Spoiled) else ""
    if in_kernel(check):
        return check.name.split("/", 1)[1] + spoil
    return check.name + " leaks" * bool(check.leaks) + spoil


class Spoiled:
    """A check that runs once more, one of its expectations spoiled: it has to fail. A check that did not ends what the machine can say."""

    def __init__(self, check, count):
        self.name, self.functions, self.leaks = check.name, check.functions, False
        self.which = 1 + secrets.randbelow(count)

    def believe(self, verdict):
        if verdict.ok and verdict.count >= self.which:
            raise Forged(f"{self.name} with a spoiled expectation")


def children_seconds():
    """What the machines that have ended have used of the processor."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Judge:
    """Boots until each check has its verdict."""

    def __init__(self, machine, checks, seed, told):
        self.machine, self.seed, self.told = machine, seed, told
        self.waiting = {"kernel": [c for c in checks if in_kernel(c)], "user": [c for c in checks if not in_kernel(c)]}
        self.found, self.tried = {}, set()
        self.limit = children_seconds() + ALL_SECONDS

    def share(self):
        """Take a part of what is left out of this one: every second check in the kernel."""
        other = Judge(self.machine, (), self.seed, None)
        other.tried = set(self.tried)
        other.waiting["kernel"] = self.waiting["kernel"][1::2]
        del self.waiting["kernel"][1::2]
        used = children_seconds()
        other.limit = (self.limit - used) / 2  # a new process has used nothing
        self.limit = used + other.limit
        return other

    def finish(self):
        """Boot until nothing is left. The verdicts by name."""
        while self.waiting["kernel"] or self.waiting["user"]:
            self.boot_in_time()
        return self.found

    def boot_in_time(self):
        """A boot, or, when the processor's time is used up, a verdict for those that wait: they have failed."""
        if children_seconds() < self.limit:
            return self.boot()
        for check in [*self.waiting["kernel"], *self.waiting["user"]]:
            self.decide(check, False, f"the checks before this one have used {ALL_SECONDS} seconds of the processor: no time is left for it", None)

    def decide(self, check, ok, text, machine, all_missing=False):
        name = asked(check).split()[0]
        missing = [] if ok or not machine else [f for f, running in machine.missing.items() if all_missing or running == name or f in check.functions]
        self.found[check.name] = Verdict(check.name, ok, text, missing)
        self.waiting["kernel" if in_kernel(check) else "user"].remove(check)
        if self.told:
            self.told(self.found[check.name])

    def fail_all(self, stages, text, machine):
        for stage in stages:
            for check in list(self.waiting[stage]):
                self.decide(check, False, text, machine, all_missing=True)

    def boot(self):
        """One boot. At least one check gets its verdict, or is the first one of the next boot."""
        with Machine(*self.machine) as machine:
            try:
                clean = self.stage(machine, "kernel", f"seed {self.seed:08x}")
            except Died as death:
                self.fail_all(("kernel", "user"), f"{FOR_ALL[0]}: {death}", machine)
                return
            if not clean or not self.waiting["user"]:
                return
            machine.send("go")
            try:
                self.stage(machine, "user")
            except Died as death:
                self.fail_all(("user",), f"{FOR_ALL[1]}: {death}", machine)

    def stage(self, machine, name, *more):
        """Ask for all checks of a stage at once (a grader: one by one), and take the verdicts. False: the machine is not to be used any more.

        Raises Died if the machine dies before the first check.
        """
        stage = Stage(machine, name)
        stage.begin(*more)
        first, *decoys = stage.decoys()
        order = list(self.waiting[name])
        for decoy in decoys:
            order.insert(random.randint(0, len(order)), decoy)
        order.insert(0, first)
        lines = [f"run {asked(check)}" for check in order]
        machine.send(*lines[:1 if machine.witness else None])
        begun = False
        for i, check in enumerate(order):
            if machine.witness and i:
                machine.send(lines[i])
            try:
                ok, text = stage.verdict(asked(check).split()[0])
            except Died as death:
                return self.died(check, begun, death, machine)
            if isinstance(check, str):
                continue
            begun = True
            self.decide(check, ok, text, machine)
            if not ok and name == "kernel":
                return False  # what it has left behind must not disturb the others
        return True

    def died(self, check, begun, death, machine):
        """The machine died when this check was to run. If others had run before, it may be their work: the check gets another try."""
        if isinstance(check, str):
            if not begun:
                raise death
        elif begun and check.name not in self.tried:
            self.tried.add(check.name)
            waiting = self.waiting["kernel" if in_kernel(check) else "user"]
            waiting.remove(check)
            waiting.insert(0, check)
        else:
            self.decide(check, False, str(death), machine)
        return False


class Helper:
    """A process that finishes a Judge's work."""

    def __init__(self, work):
        self.end, theirs = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            vmrun.die_with_parent()
            try:
                found = work.finish()
            except BaseException as error:
                found = error
            with os.fdopen(theirs, "wb") as f:
                pickle.dump(found, f)
            os._exit(0)
        os.close(theirs)

    def found(self):
        """The verdicts by name. Raises what the process has raised."""
        with os.fdopen(self.end, "rb") as f:
            data = f.read()
        os.waitpid(self.pid, 0)
        if not data:
            raise vmrun.Failure("a process that ran checks was killed")
        found = pickle.loads(data)
        if isinstance(found, BaseException):
            raise found
        return found


def run(machine, checks, seed, told):
    """Boot until each check has its verdict; they in the order of the checks. One boot is enough unless something fails."""
    work = Judge(machine, checks, seed, told)
    while work.waiting["kernel"] or work.waiting["user"]:
        work.boot_in_time()
        if len(work.waiting["kernel"]) >= MANY and len(os.sched_getaffinity(0)) > 1:
            helper = Helper(work.share())
            try:
                work.finish()
            finally:
                others = helper.found()
            work.found.update(others)
            for verdict in others.values() if told else ():
                told(verdict)
    return [work.found[check.name] for check in checks]


def spoil(machine, checks, verdicts, seed):
    """Run some of the checks that passed once more, spoiled. Raises Forged if one passes again."""
    passed = [(c, v.count) for c, v in zip(checks, verdicts) if v.count]
    random.shuffle(passed)
    for stage in True, False:
        chosen = [Spoiled(c, count) for c, count in passed if in_kernel(c) == stage][:SPOILED]
        for check, verdict in zip(chosen, run(machine, chosen, seed, None)):
            check.believe(verdict)


def judge(kernel, image, checks, mnt=None, seed=None, told=None, witness=None):
    """Boot KERNEL, an ELF file of `make check-kernel`, with the disks IMAGE and MNT, which are not written to, and run CHECKS.

    A check has name, leaks and functions: see Check. SEED: of the random numbers of the kernel's checks.
    TOLD is called with each verdict as it comes. WITNESS, a grader's, looks at the machine's memory after each verdict
    (witness.py), and then some checks run spoiled. Returns the verdicts in the order of the checks. Raises vmrun.Failure if
    QEMU does not run.
    """
    checks = list(checks)
    seed = secrets.randbits(32) if seed is None else seed
    machine = kernel, image, mnt, witness
    try:
        verdicts = run(machine, checks, seed, told)
        if witness:
            spoil(machine, checks, verdicts, seed)
    except Forged as decoy:
        text = f"the machine said that {decoy} has passed, which has to fail: nothing that it says counts"
        return [Verdict(check.name, False, text) for check in checks]
    return verdicts


# ---- for people

def parts(text):
    """Rows of what was called, wanted and seen, where a text tells so; else the text."""
    place = re.match(r"(\S+\.[ch]:\d+): (.*)$", text)
    rows = [("test", place[1])] if place else []
    text = place[2] if place else text
    for pattern in (r"(?P<call>.*): wanted (?P<wanted>.*), seen (?P<seen>.*)", r"(?P<call>.*) is (?P<seen>.*), not (?P<wanted>.*)",
                    r"(?P<call>.*) gave (?P<seen>.*)(?:, not| and not) (?P<wanted>.*)"):
        match = re.fullmatch(pattern, text)
        if match:
            return rows + [(name, match[name]) for name in ("call", "wanted", "seen")]
    return rows + [("why", text)]


def look_at(files, names, missing):
    """Functions with their files; those that are MISSING are not there yet."""
    for name in dict.fromkeys([*names, *missing]):
        where = f" in {files[name]}" if name in files else ""
        yield f"{name}{where}" + " (it is not there yet)" * (name in missing)


def unwritten(files):
    """The functions whose bodies are still those of the handout: a check may not come as far as they are. FILES: where each stands."""
    found = []
    for name, path in files.items():
        try:
            with open(os.path.join(vmrun.ROOT, path), encoding="utf-8", errors="replace") as f:
                text = f.read()
        except OSError:
            continue
        if re.search(rf"\b{name}\([^;{{}}]*\)\s*\{{\s*not_there\(__func__\)", text):
            found.append(name)
    return found


def for_all(verdict):
    """Has the check failed by what fails others too?"""
    return not verdict.ok and verdict.text.startswith(FOR_ALL)


def show(files, check, verdict, out=None, stubs=()):
    """A check's row, and below it what a student can act on. FILES: where each function of the lab stands; STUBS: those that are not written."""
    points = f"{check.points if verdict.ok else 0}/{check.points}"
    print(f"{'ok' if verdict.ok else 'FAILED':7}{points:>6}  {check.name}: {check.says}", file=out)
    if not verdict.ok and not for_all(verdict):
        missing = [*verdict.missing, *(name for name in check.functions if name in stubs)]
        rows = [*parts(verdict.text), *(("look at", row) for row in look_at(files, check.functions, missing))]
        show_rows(rows, out)


def show_rows(rows, out=None):
    print("".join(f"{name:>22}  {row}\n" for name, row in rows), end="", file=out, flush=True)


def show_all(lab, checks, verdicts):
    """The rows of all checks, by step, and behind them, once, what has failed many. LAB: see in_handout()."""
    files, steps, stubs = lab.files, lab.steps, unwritten(lab.files)
    shown = 0
    for check, verdict in sorted(zip(checks, verdicts), key=lambda pair: pair[0].step):
        if check.step != shown:
            names = ", ".join(name for name, step in steps.items() if step == check.step)
            print("\n" * bool(shown) + f"---- step {check.step}{': ' * bool(names)}{names}")
            shown = check.step
        show(files, check, verdict, stubs=stubs)
    reasons = {verdict.text: verdict for verdict in verdicts if for_all(verdict)}
    for text, verdict in reasons.items():
        alike = sum(v.text == text for v in verdicts)
        print(f"\n{alike} checks have failed for one reason: {text}")
        show_rows([("look at", row) for row in look_at(files, (), verdict.missing)])


def what_next(lab, checks, verdicts):
    """What a student does next; empty: the lab has no steps, or nothing has failed."""
    failed = [check.step for check, verdict in zip(checks, verdicts) if not verdict.ok]
    if not failed or not min(failed):
        return ""
    names = [name for name, step in lab.steps.items() if step == min(failed)]
    return f"next: step {min(failed)}{': ' * bool(names)}{', '.join(names)}; T=step{min(failed)} runs the checks of this step only"


def score(checks, verdicts):
    """Points reached, and points that there are."""
    return sum(c.points for c, v in zip(checks, verdicts) if v.ok), sum(c.points for c in checks)


def chosen(checks, tests):
    """The checks that T= names: all of a program's or of a step's, or one."""
    picked = []
    for test in tests:
        found = [c for c in checks if test in (c.name, *c.name.split("/", 1), f"step{c.step}")]
        if not found:
            raise Unknown(f"there is no check {test}; there are\n  " + "\n  ".join(c.name for c in checks))
        picked += [c for c in found if c not in picked]
    return picked or checks


def in_full_tree(name):
    """The checks of a lab, the Lab of its functions, and what was built to run them."""
    import labs  # a handout has no labs, and perhaps a Python that could not read them
    try:
        lab = labs.one(name)
    except labs.Wrong as error:
        raise Unknown(str(error))
    built = [os.path.join(vmrun.BUILD, "debug", name) for name in (f"lab-{lab.name}.elf", f"checks-{lab.name}.img", "mnt.img")]
    return lab.checks, Lab({name: function.file for name, function in lab.functions.items()}, lab.steps), built


class Lab:
    """Of each function of a lab: where it stands, and in which step it is written."""

    def __init__(self, files, steps):
        self.files, self.steps = files, steps


def in_handout():
    """The same in a handout."""
    lib = os.path.join(vmrun.ROOT, "lib")
    try:
        with open(os.path.join(lib, "lab.json"), encoding="utf-8") as f:
            lab = json.load(f)
    except FileNotFoundError:
        raise Unknown("which lab? --lab takes its number or its name")
    built = [os.path.join(vmrun.BUILD, "check.elf"), os.path.join(lib, "check.img"), os.path.join(lib, "mnt.img")]
    functions = lab["functions"].items()
    shown = Lab({name: entry["file"] for name, entry in functions}, {name: entry.get("step", 0) for name, entry in functions})
    return [Check(entry) for entry in lab["checks"]], shown, built


def main():
    parser = argparse.ArgumentParser(prog="checks.py", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=lambda text: int(text, 16), default=secrets.randbits(32),
                        help="of the random numbers in the kernel's checks, hexadecimal")
    parser.add_argument("--lab", help="number or name")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="a check's name, a program's, or stepN")
    args = parser.parse_args()
    try:
        checks, lab, built = in_full_tree(args.lab) if args.lab else in_handout()
        checks = chosen(checks, args.tests)
        verdicts = judge(built[0], built[1], checks, built[2], args.seed)
    except (Unknown, vmrun.Failure, OSError) as error:
        print(f"check: {error}", file=sys.stderr)
        return 2
    show_all(lab, checks, verdicts)
    reached, all_points = score(checks, verdicts)
    print(f"{reached} of {all_points} points" + f"; SEED={args.seed:08x} repeats the random numbers" * (reached < all_points))
    advice = what_next(lab, checks, verdicts)
    if advice:
        print(advice)
    return 0 if reached == all_points else 1


if __name__ == "__main__":
    sys.exit(main())
