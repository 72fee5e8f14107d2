#!/usr/bin/python3
"""labs [name LAB | files LAB | functions LAB | programs LAB]: read the assignments, labs/NAME/lab.toml, and check them.

Without an argument: check all of them and list them. `name` prints the lab's name, whether LAB is its number or its
name; `files` the source files that a student works on; `functions` the functions that are taken out; `programs` the
guest tests that its checks run. What is wrong with a lab.toml is said on standard error, and the exit status is 2.

In Python: read() gives the labs by number, one("4") or one("demand-paging") one of them.
"""
import difflib
import json
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
try:
    import tomllib
except ImportError:
    sys.exit("labs: the file lab.toml is read by Python 3.11 or later, which has tomllib")

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = "boot", "kernel", "mm"
FULL_SCORE = 100
KEYS = {"number": int, "title": str, "after": list, "hours": (int, float), "docs": list, "view": list, "functions": dict, "check": list,
        "steps": dict, "programs_from": int}
OPTIONAL = "view", "steps", "programs_from"
CHECK_KEYS = {"name": str, "points": int, "says": str, "functions": list, "leaks": bool, "step": int}
CHECK_OPTIONAL = "leaks", "step"
KERNEL = "kernel"  # kernel/CASE is a check that runs in the kernel


class Wrong(Exception):
    """A lab cannot be used; the text says why, one sentence a line."""


class Function:
    """A function in a source file: the lines of its name and of its closing brace, and its return type."""

    def __init__(self, name, file, line, end, returns, static):
        self.name, self.file, self.line, self.end, self.returns, self.static = name, file, line, end, returns, static


class Check:
    """One check. Its step is the last one that any of its functions needs; STEPS: function to step, PROGRAMS_FROM: the first step after which programs run."""

    def __init__(self, entry, steps, programs_from):
        self.name, self.points, self.says = entry["name"], entry["points"], entry["says"]
        self.functions, self.leaks = entry["functions"], entry.get("leaks", False)
        self.program, _, self.case = self.name.partition("/")
        self.step = entry.get("step") or max([steps.get(f, 0) for f in self.functions] + [0 if self.in_kernel else programs_from])

    @property
    def in_kernel(self):
        return self.program == KERNEL


class Lab:
    """What lab.toml says. `taken` is its table of functions: name to what the stub returns."""

    def __init__(self, name, entries, known):
        self.name, self.number, self.title, self.hours = name, entries["number"], entries["title"], entries["hours"]
        self.after, self.docs, self.view = entries["after"], entries["docs"], entries.get("view", [])
        self.taken = entries["functions"]
        self.steps = entries.get("steps", {})
        self.checks = [Check(c, self.steps, entries.get("programs_from", 0)) for c in entries["check"]]
        self.functions = {f: known[f][0] for f in self.taken if f in known}
        self.files = sorted({f.file for f in self.functions.values()})

    @property
    def programs(self):
        """The guest tests that hold its checks."""
        return sorted({c.program for c in self.checks if not c.in_kernel})


# ---- functions and cases in the source

def source_files(root):
    """The kernel's C files, relative to the root."""
    found = []
    for top in SOURCES:
        for folder, _, names in os.walk(os.path.join(root, top)):
            found += [os.path.relpath(os.path.join(folder, n), root) for n in names if n.endswith(".c")]
    return sorted(found)


def known_functions(root, files=None):
    """Every function in C files, by Universal Ctags: name to a list of Functions, one for each place."""
    if not shutil.which("ctags"):
        raise Wrong("Universal Ctags is not installed: `make deps` installs it (Debian's package universal-ctags)")
    command = ["ctags", "--options=NONE", "--languages=C", "--kinds-C=f", "--sort=no", "--output-format=json", "--fields=+neKS", "-f", "-", "-L", "-"]
    ran = subprocess.run(command, cwd=root, input="\n".join(files or source_files(root)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if ran.returncode:
        raise Wrong("ctags failed; it has to be Universal Ctags (Debian's package universal-ctags): " + ran.stderr.strip())
    found = {}
    for tag in map(json.loads, ran.stdout.splitlines()):
        if tag["_type"] == "tag" and "end" in tag:
            returns = tag.get("typeref", "typename:int").split(":", 1)[1]
            function = Function(tag["name"], tag["path"], tag["line"], tag["end"], plain_type(returns), tag.get("file", False))
            found.setdefault(function.name, []).append(function)
    return found


def plain_type(text):
    """A return type as the compiler sees it: without what only says how the function is compiled."""
    text = re.sub(r"^(struct|union|enum):", r"\1 ", text)
    return " ".join(w for w in text.split() if w not in ("static", "inline", "__always_inline", "noinline", "extern"))


def cases(path, macro):
    """The names in MACRO(name) at the beginning of a line of a C file; None if there is no such file."""
    try:
        with open(path, encoding="utf-8") as f:
            return re.findall(r"^%s\((\w+)\)" % macro, f.read(), re.M)
    except FileNotFoundError:
        return None


# ---- checking lab.toml

def of_type(value, wanted):
    return isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool)


def wrong_entries(entries, keys, optional):
    """What is wrong with the names and types of a table's entries."""
    for key in entries:
        if key not in keys:
            yield f"unknown key {key!r}; {listed(key, keys)}"
        elif not of_type(entries[key], keys[key]):
            yield f"{key!r} has the wrong type"
    for key in keys:
        if key not in entries and key not in optional:
            yield f"{key!r} is missing"


def wrong_form(entries):
    """What can be said of lab.toml without a look at anything else."""
    yield from wrong_entries(entries, KEYS, OPTIONAL)
    for i, check in enumerate(entries.get("check") or [], 1):
        for wrong in wrong_entries(check, CHECK_KEYS, CHECK_OPTIONAL):
            yield f"check {check.get('name', i)}: {wrong}"
    for name, value in (entries.get("functions") or {}).items():
        if not isinstance(value, str):
            yield f"{name}: what the stub returns is to be written in quotation marks"


def wrong_functions(lab, known):
    if not lab.taken:
        yield "no function is taken out"
    for name, value in lab.taken.items():
        places = known.get(name, [])
        if not places:
            yield f"there is no function {name} in a .c file of {', '.join(SOURCES)}; {listed(name, known, False)}"
        elif len(places) > 1:
            yield f"there are several functions {name}: {', '.join(p.file for p in places)}"
        elif places[0].returns != "void" and not value:
            yield f"{name} returns {places[0].returns}: its value is missing"
        if not any(name in c.functions for c in lab.checks):
            yield f"no check is about {name}"
        if lab.steps and name not in lab.steps:
            yield f"steps: {name} is missing"
    for name, step in lab.steps.items():
        if name not in lab.taken:
            yield f"steps: {name} is not a function of this lab; {listed(name, lab.taken)}"
        if not of_type(step, int) or step < 1:
            yield f"steps: {name} has no number of a step"


def kernel_files(name, root=ROOT):
    """The files with the checks of a lab that run in the kernel: kernel.c, and kernel_*.c beside it; relative to the root."""
    folder = os.path.join("labs", name)
    more = sorted(n for n in os.listdir(os.path.join(root, folder)) if re.fullmatch(r"kernel_\w+\.c", n))
    return [os.path.join(folder, n) for n in ["kernel.c", *more] if os.path.exists(os.path.join(root, folder, n))]


def wrong_case(root, lab, check):
    """Why the case that a check names cannot be run, or None."""
    if check.in_kernel:
        path, macro, files = f"labs/{lab.name}/kernel.c", "KERNEL_CHECK", kernel_files(lab.name, root)
    else:
        path, macro = f"tests/guest/{check.program}.c", "TEST"
        files = [path]
    found = [cases(os.path.join(root, f), macro) for f in files]
    if not found or None in found:
        return f"there is no {path}"
    there = sum(found, [])
    if check.case not in there:
        return f"{path} has no {macro}({check.case}); {listed(check.case, there)}"
    return None


def wrong_checks(root, lab):
    seen = set()
    for check in lab.checks:
        if check.name in seen:
            yield f"check {check.name} is there twice"
        seen.add(check.name)
        wrong = wrong_case(root, lab, check)
        if wrong:
            yield f"check {check.name}: {wrong}"
        if check.points < 1:
            yield f"check {check.name}: {check.points} points"
        if not check.says.strip():
            yield f"check {check.name}: 'says' is empty"
        if check.leaks and check.in_kernel:
            yield f"check {check.name}: 'leaks' is for guest tests only"
        if not check.functions:
            yield f"check {check.name}: whose work is it? 'functions' is empty"
        for name in check.functions:
            if name not in lab.taken:
                yield f"check {check.name}: {name} is not a function of this lab; {listed(name, lab.taken)}"
    total = sum(c.points for c in lab.checks)
    if total != FULL_SCORE:
        yield f"the points are {total}, not {FULL_SCORE}"


def wrong_between(root, lab, labs):
    """What is wrong between this lab and the others: its number, its files, what comes before it, what it shows."""
    names = {l.name: l for l in labs}
    for other in labs:
        if other is lab:
            continue
        if other.number == lab.number:
            yield f"{other.name} has the number {lab.number} too"
        for file in sorted(set(lab.files) & set(other.files)):
            yield f"{file} has functions of {other.name} too: a file belongs to one lab"
        for file in sorted(set(lab.view) & set(other.files)):
            yield f"view: {file} is the work of {other.name}"
    for name in lab.after:
        if name not in names:
            yield f"after: there is no lab {name!r}; {listed(name, names)}"
        elif names[name].number >= lab.number:
            yield f"after: {name} has the number {names[name].number}, this lab {lab.number}"
    for kind, paths in ("docs", lab.docs), ("view", lab.view):
        for path in paths:
            if not os.path.isfile(os.path.join(root, path)):
                yield f"{kind}: there is no file {path}"
    for file in sorted(set(lab.view) & set(lab.files)):
        yield f"view: {file} is the work of this lab, and handed out anyhow"


def listed(what, names, all_if_none=True):
    """A few names that come close, or all."""
    near = [n for n in names if what and what in n][:6] + difflib.get_close_matches(what, names, 4, 0.6)
    if near:
        return "did you mean " + ", ".join(dict.fromkeys(near)) + "?"
    if not all_if_none:
        return "perhaps it is a macro, or in a header?"
    return "there are " + ", ".join(map(str, names)) if names else "there are none"


# ---- reading

def load(root, name, known):
    """One lab, whose entries have the right names and types."""
    path = os.path.join(root, "labs", name, "lab.toml")
    try:
        with open(path, "rb") as f:
            entries = tomllib.load(f)
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"labs/{name}/lab.toml: {error}")
    wrong = list(wrong_form(entries))
    if wrong:
        raise Wrong("\n".join(f"labs/{name}/lab.toml: {w}" for w in wrong))
    return Lab(name, entries, known)


def load_all(root, known):
    """The labs by number, and by lab what is wrong with it; one whose entries are wrong is in the second only."""
    try:
        names = sorted(n for n in os.listdir(os.path.join(root, "labs")) if os.path.isfile(os.path.join(root, "labs", n, "lab.toml")))
    except FileNotFoundError:
        names = []
    labs, wrong = [], {}
    for name in names:
        try:
            labs.append(load(root, name, known))
        except Wrong as error:
            wrong[name] = str(error)
    for lab in labs:
        found = [*wrong_functions(lab, known), *wrong_checks(root, lab), *wrong_between(root, lab, labs)]
        if found:
            wrong[lab.name] = "\n".join(f"labs/{lab.name}/lab.toml: {w}" for w in found)
    return sorted(labs, key=lambda l: l.number), wrong


def read(root=ROOT, known=None):
    """All labs, by number; raises Wrong with all that is wrong with any of them."""
    labs, wrong = load_all(root, known or known_functions(root))
    if wrong:
        raise Wrong("\n".join(wrong.values()))
    return labs


def one(text, root=ROOT, known=None):
    """The lab with this number or name, which must be in order; what is wrong with others does not matter."""
    labs, wrong = load_all(root, known or known_functions(root))
    if text in wrong:
        raise Wrong(wrong[text])
    lab = find(labs, text)
    if lab.name in wrong:
        raise Wrong(wrong[lab.name])
    return lab


def find(labs, text):
    """The lab with this number or name."""
    for lab in labs:
        if text in (lab.name, str(lab.number)):
            return lab
    if not text:
        raise Wrong("which lab? LAB= takes its number or its name:\n" + table(labs))
    raise Wrong(f"there is no lab {text}; " + (listed(text, [l.name for l in labs]) if labs else "there are none"))


def table(labs):
    return "\n".join(f"{l.number:3} {l.name:16} {l.title}: {len(l.taken)} functions, {len(l.checks)} checks" for l in labs)


def answer(what, text):
    questions = {"name": lambda lab: [lab.name], "files": lambda lab: lab.files, "functions": lambda lab: lab.taken,
                 "programs": lambda lab: lab.programs}
    if what not in questions:
        raise Wrong(f"{what}: not one of {', '.join(questions)}")
    return "\n".join(questions[what](one(text)))


def say(error, who="labs"):
    """An error's text on standard error; a line that names its place needs no name before it."""
    for line in str(error).splitlines():
        print(line if line.startswith((" ", "labs/")) else f"{who}: {line}", file=sys.stderr)


def main():
    if sys.argv[1:] and len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        print(answer(*sys.argv[1:]) if sys.argv[1:] else table(read()))
    except (Wrong, OSError) as error:
        say(error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
