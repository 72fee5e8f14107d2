"""The guest tests: which programs and cases there are, and one boot that runs them all, here or on Linux."""
import glob
import os
import re
import shutil
import tempfile

import pytest
import vmrun
from machine import ROOT, build, execute

HELPERS = ("runner", "hogs")  # hogs: see test_hogs.py


class Program:
    """One file of tests/guest/."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-2]
        with open(path) as f:
            text = f.read()
        self.mapix_only = "mapix-only:" in text.split("\n", 1)[0]
        self.linux_alone = "linux-alone:" in text.split("*/", 1)[0]
        self.cases = re.findall(r"^TEST\((\w+)\)", text, re.M)


def programs(on_linux=False):
    found = [Program(p) for p in sorted(glob.glob(os.path.join(ROOT, "tests", "guest", "*.c")))]
    return [p for p in found if p.cases and p.name not in HELPERS and not (on_linux and p.mapix_only)]


def cases(on_linux=False):
    return [(p.name, case) for p in programs(on_linux) for case in p.cases]


class Report:
    """What the runner printed of one program."""

    def __init__(self):
        self.lines = []
        self.leaks = []
        self.status = None
        self.trouble = None

    def check(self, case):
        """Pass, fail or skip the running test as the program says of this case."""
        result = self.of(case)
        if result == "skip":
            pytest.skip("the program says so")
        if result != "ok":  # what the program says is the reason: no trace of ours
            pytest.fail(result, pytrace=False)

    def of(self, case):
        """`ok`, `skip`, or what is wrong."""
        for line in self.lines:
            if line == f"ok {case}":
                return "ok"
            if line.startswith(f"skip {case}:"):
                return "skip"
            if line.startswith(f"not ok {case}:"):
                return line
        return f"no result of {case}: " + (self.trouble or "\n".join(self.lines[-20:]))


def parse(out, reports):
    """Read the runner's output into reports; the program that was not ended, or None."""
    open_one = None
    for line in out.split("\n"):
        mark = re.match(r"@@ (begin|end|leak) (?:/tests/)?([^ :]+):? ?(.*)$", line)
        if not mark:
            if open_one:
                reports[open_one].lines.append(line)
            continue
        kind, name, rest = mark.groups()
        if kind == "begin":
            open_one = name
            reports[name] = Report()
        elif kind == "leak":
            reports[name].leaks.append(rest)
        else:
            reports[name].status = int(rest)
            open_one = None
    return open_one


def boots(on_linux, only):
    """The names of the programs, as one list for each boot."""
    chosen = [p for p in programs(on_linux) if only is None or p.name in only]
    alone = [p for p in chosen if on_linux and p.linux_alone]
    return [[p.name for p in chosen if p not in alone]] + [[p.name] for p in alone]


def run(on_linux=False, only=None, append=None):
    """Run all programs (or only these) in one boot, but on Linux those in one each that want to be alone."""
    reports = {}
    if not on_linux:  # the kernel that checks itself after every call
        os.environ["MAPIX_KERNEL"] = build("debug", "kernel.elf")
    for left in boots(on_linux, only):
        boot(left, reports, on_linux, append)
    os.environ.pop("MAPIX_KERNEL", None)
    return reports


def boot(left, reports, on_linux, append):
    """Put the reports of these programs into reports; after one that takes the machine down, the rest runs in another boot."""
    runner = (os.path.join(ROOT, "scripts", "linux-exec"),) if on_linux else None
    with tempfile.TemporaryDirectory(dir=build()) as work:
        overlay = os.path.join(work, "tree")
        os.makedirs(os.path.join(overlay, "tests"))
        for name in left + list(HELPERS):
            shutil.copy(build("tests", "guest", name), os.path.join(overlay, "tests"))
        while left:
            command = ["/tests/runner"] + ([] if on_linux else ["--leaks"]) + [f"/tests/{name}" for name in left]
            options = {"program": runner} if runner else {"append": append}
            disk = vmrun.make_disk(os.path.join(work, "disk"))  # after a crash the next boot gets a new one
            spare = vmrun.make_spare_disk(os.path.join(work, "spare"))
            result = execute(*command, overlay=overlay, disks=[disk, spare], timeout=1800, **options)
            broken = parse(result.out, reports)
            ended = [name for name in left if name in reports]
            if not broken and not ended:
                broken = left[0]
                reports[broken] = Report()
                reports[broken].lines = result.out.split("\n")
            if broken:
                reports[broken].trouble = f"the machine went down (status {result.status}):\n{result.err[-4000:]}"
            left = [name for name in left if name not in reports]
