"""Power cuts: what a load (tests/disk/powercut.c) was promised is on the disk, whenever the machine stops.

The host notes at every promise how many writes the disk has got by then. A cut in one run is the death of QEMU; or a run's
writes are logged (QEMU's blklogwrites), and for many points of the log the disk is made anew as a cut there may leave it:
all writes up to the last flush before it, and of those since then any of them, as a disk with a cache loses them.
At each cut `e2fsck -p` must repair what is left without a question, and then the promises are compared.

    powercut.py [--runs N] [--logged N] [--cuts N] [--first SEED]: the long run
"""
import argparse
import bisect
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")
PROGRAM = os.path.join(BUILD, "tests", "disk", "powercut")
SWAP_PROGRAM = os.path.join(BUILD, "tests", "disk", "swapload")
SECTOR = 512
FLUSH, FUA, DISCARD = 1, 2, 4
SIZE = "24M"
OPTIONS = (["-b", "1024", "-I", "128"], ["-b", "4096", "-I", "256"], ["-b", "2048"])


def tool(name, *arguments):
    """One of e2fsprogs, wherever it stands."""
    return subprocess.run([name, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", env={**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"})


def new_disk(path, seed):
    tool("mke2fs", "-q", "-F", "-t", "ext2", *OPTIONS[seed % len(OPTIONS)], path, SIZE)


class Log:
    """The log of blklogwrites: (flags, byte on the disk, bytes, where they stand in the log)."""

    def __init__(self, path):
        self.path = path
        self.entries = []
        self.at = SECTOR

    def read_on(self):
        """The entries that have come; how many there are now."""
        with open(self.path, "rb") as f:
            while True:
                f.seek(self.at)
                header = f.read(32)
                if len(header) < 32:
                    break
                sector, sectors, flags, _ = struct.unpack("<4Q", header)
                if not (sectors or flags):
                    break
                data = 0 if flags & DISCARD else sectors * SECTOR
                self.entries.append((flags, sector * SECTOR, data, self.at + SECTOR))
                self.at += SECTOR + data
        return len(self.entries)


class Promises:
    """For each path what was promised of it, and from which write on: [(count, what or None)]."""

    def __init__(self):
        self.of = {}
        self.lines = 0

    def take(self, line, count):
        """A line of the load, said when `count` writes were there."""
        kind, path, rest = (line.split(" ", 2) + [""])[:3]
        self.lines += 1
        self.of.setdefault(path, []).append((count, None if kind == "B" else rest.split(" | ")))

    def at(self, count):
        """{path: what may be there} after so many writes. A cut at the very moment of a change belongs to both."""
        found = {}
        for path, changes in self.of.items():
            i = bisect.bisect_right([c for c, _ in changes], count) - 1
            if i >= 0 and changes[i][1] is not None:
                found[path] = changes[i][1]
        return found


def what_is(tree, path):
    """As the load says it."""
    path = os.path.join(tree, os.path.relpath(path, "/mnt"))
    if os.path.islink(path):
        return f"link {os.readlink(path)}"
    if os.path.isdir(path):
        return "dir"
    if not os.path.exists(path):
        return "none"
    with open(path, "rb") as f:
        data = f.read()
    return f"file {len(data)} {zlib.crc32(data)}"


def check(image, promised):
    """What is wrong with the disk IMAGE, a list of lines. The image is repaired by this."""
    repair = tool("e2fsck", "-f", "-p", image)
    if repair.returncode not in (0, 1):
        return [f"e2fsck -p ends with {repair.returncode}", repair.stdout]
    sound = tool("e2fsck", "-fn", image)
    if sound.returncode:
        return [f"e2fsck -fn after the repair ends with {sound.returncode}", sound.stdout]
    with tempfile.TemporaryDirectory(dir=os.path.dirname(image)) as tree:
        tool("debugfs", "-R", f"rdump / {tree}", image)
        wrong = [f"{path}: {what_is(tree, path)}, promised: {' | '.join(what)}" for path, what in sorted(promised.items())
                 if what_is(tree, path) not in what]
    return wrong


class Load:
    """A machine under the load, until it is killed."""

    def __init__(self, folder, seed, logged, swapping=False):
        self.image = os.path.join(folder, "image")
        new_disk(self.image, seed)
        self.log = Log(os.path.join(folder, "writes")) if logged else None
        self.promises = Promises()
        self.trouble = ""
        overlay = os.path.join(folder, "overlay")
        os.makedirs(overlay, exist_ok=True)
        shutil.copy(PROGRAM, overlay)
        device, command, swap = "/dev/vdc", ["/powercut"], []
        if swapping:
            shutil.copy(SWAP_PROGRAM, overlay)
            device, swap = "/dev/vdd", ["--swap=128M"]
            command = ["/bin/sh", "-c", "/swapload churn 600 30 2 >/dev/null & exec /powercut $0 $1"]
        if logged:
            open(self.log.path, "wb").close()
            qemu = (f"-blockdev driver=blklogwrites,node-name=cut,file.driver=file,file.filename={self.image},"
                    f"log.driver=file,log.filename={self.log.path},file.cache.direct=off "
                    "-device virtio-blk-pci,drive=cut,addr=0x10")
        else:
            qemu = f"-drive if=none,id=cut,file={self.image},format=raw -device virtio-blk-pci,drive=cut,addr=0x10"
        self.process = subprocess.Popen([os.path.join(ROOT, "scripts", "mapix"), "exec", "--timeout=600", f"--overlay={overlay}", "--mem=64M",
                                         *swap, f"--qemu={qemu}", "--", *command, device, str(seed)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)

    def run(self, seconds):
        """Answer the load for so long from its first word on, then cut the power."""
        timer = None
        buffer = b""
        while True:
            data = self.process.stdout.read(4096)
            if not data:
                break
            if timer is None:
                timer = threading.Timer(seconds, self.process.kill)
                timer.start()
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                line = line.decode(errors="replace").strip("\r")
                if line[:2] not in ("P ", "B ", "O "):
                    self.trouble += line + "\n"
                    continue
                self.promises.take(line, self.log.read_on() if self.log else 0)
                try:
                    os.write(self.process.stdin.fileno(), b"\n")
                except BrokenPipeError:
                    pass
        if timer:
            timer.cancel()
        self.process.kill()
        self.process.stdin.close()
        self.trouble += self.process.stderr.read().decode(errors="replace")
        self.process.wait()
        time.sleep(0.2)  # QEMU dies with its parent
        assert self.promises.lines > 20 and not self.trouble, f"{self.promises.lines} lines\n{self.trouble}"


def killed(folder, seed, swapping=False):
    """One machine killed at a random moment. What is wrong afterwards."""
    load = Load(folder, seed, False, swapping)
    load.run(random.Random(seed).uniform(2, 12))
    return [f"seed {seed}: {line}" for line in check(load.image, load.promises.at(1 << 60))]


def apply(disk, entry, log):
    flags, at, size, where = entry
    if flags & DISCARD or not size:
        return
    log.seek(where)
    disk.seek(at)
    disk.write(log.read(size))


def replayed(folder, seed, cuts, seconds=15):
    """One logged run, cut at many points. What is wrong at them."""
    load = Load(folder, seed, True)
    clean = os.path.join(folder, "clean")
    shutil.copy(load.image, clean)
    load.run(seconds)
    rng = random.Random(seed)
    entries = load.log.entries
    load.log.read_on()
    print(f"seed {seed}: {load.promises.lines} promises, {len(entries)} writes, of these flushes: {sum(e[0] & FLUSH for e in entries)}")
    points = sorted(rng.randrange(len(entries) + 1) for _ in range(cuts))
    wrong, done, cut = [], 0, os.path.join(folder, "cut")
    with open(clean, "r+b", buffering=0) as disk, open(load.log.path, "rb") as log:
        for number, point in enumerate(points):
            flushed = max((i + 1 for i in range(done, point) if entries[i][0] & FLUSH), default=done)
            for entry in entries[done:flushed]:
                apply(disk, entry, log)
            done = flushed
            subprocess.run(["cp", "--sparse=always", clean, cut], check=True)
            # every other cut in the order of the writes; at the others some of the last ones never came
            kept = 1 if number % 2 == 0 else rng.choice((0.2, 0.5, 0.9))
            since = [e for e in entries[done:point] if e[0] & FUA or rng.random() < kept]
            with open(cut, "r+b", buffering=0) as disk_cut:
                for entry in since:
                    apply(disk_cut, entry, log)
            found = check(cut, load.promises.at(point))
            wrong += [f"seed {seed}, cut at write {point} of {len(entries)} ({len(since)} since the flush at {done}): {line}"
                      for line in found]
            if len(wrong) > 20:
                break
    return wrong


def main():
    p = argparse.ArgumentParser(description="Many power cuts.")
    p.add_argument("--runs", type=int, default=50, help="machines that are killed (%(default)s)")
    p.add_argument("--logged", type=int, default=5, help="machines whose writes are logged (%(default)s)")
    p.add_argument("--cuts", type=int, default=200, help="cuts of each of those (%(default)s)")
    p.add_argument("--first", type=int, default=1000, help="the first seed (%(default)s)")
    args = p.parse_args()
    os.makedirs(os.path.join(BUILD, "tmp"), exist_ok=True)
    bad = 0
    for seed in range(args.first, args.first + args.runs + args.logged):
        with tempfile.TemporaryDirectory(dir=os.path.join(BUILD, "tmp")) as folder:
            wrong = replayed(folder, seed, args.cuts) if seed >= args.first + args.runs else killed(folder, seed)
        bad += bool(wrong)
        print("\n".join(wrong) if wrong else f"seed {seed}: good", flush=True)
    print(f"{args.runs} machines killed, {args.logged} logged and cut {args.cuts} times each: {bad} bad")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
