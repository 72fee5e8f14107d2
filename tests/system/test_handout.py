"""What students get: made for one lab, compiled, booted, searched for the solution, and completed with it."""
import ast
import collections
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import pytest
from machine import BUILD, PAE, ROOT, execute

import labs
import stubs

pytestmark = pytest.mark.skipif(PAE, reason="handouts are of the kernel without PAE")

LABS = labs.load_all(ROOT, labs.known_functions(ROOT))[0]
GENERATE = os.path.join(ROOT, "scripts", "handout")
OLDEST_PYTHON = 3, 8
NEWER = r"\btomllib\b|\.removeprefix\(|\.removesuffix\(|\bzip\(.*strict=|root_dir=|\bimport graphlib|functools\.cache\b|\bdict\[|\blist\["
HEADERS = [open(p, encoding="utf-8").read() for top in labs.SOURCES for p in sorted(glob.glob(os.path.join(ROOT, top, "**", "*.h"), recursive=True))]
TELLING = 24  # characters: a shorter line of code may stand anywhere


def run(*command, cwd=ROOT, **more):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BUILD")}
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**environment, **more})


def generate(*arguments):
    return run(sys.executable, "-B", GENERATE, *arguments)


def made(folder, *arguments):
    done = generate(*arguments, str(folder))
    assert done.returncode == 0, done.stderr
    return str(folder), done.stdout


@pytest.fixture(scope="module")
def lab():
    there = labs.read()
    return labs.find(there, "cow" if "cow" in (l.name for l in there) else there[0].name)


@pytest.fixture(scope="module")
def handout(lab, tmp_path_factory):
    """The folder of a lab's handout, just made; nobody changes it."""
    return made(tmp_path_factory.mktemp("handout") / "out", "--lab", lab.name)[0]


@pytest.fixture
def copy(handout, tmp_path):
    """One to work in."""
    return shutil.copytree(handout, tmp_path / "copy")


def files(folder):
    return [p for p in glob.glob(os.path.join(folder, "**", "*"), recursive=True, include_hidden=True) if os.path.isfile(p)]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def told(folder):
    return labs.json.loads(read(folder, "lib", "lab.json"))


# ---- the folder

def test_the_files_have_the_signatures_and_the_comments_and_no_bodies(lab, handout):
    known = labs.known_functions(ROOT)
    left = labs.known_functions(handout, lab.files)
    assert told(handout)["files"] == lab.files
    for path in lab.files:
        was, now = read(ROOT, path).split("\n"), read(handout, path).split("\n")
        here = [f for f in lab.functions.values() if f.file == path]
        for function in here:
            stub, = left[function.name]
            assert now[stub.line - 1] == was[function.line - 1]
            wanted = stubs.stub(function, lab.taken[function.name])
            assert now[stub.end - 1 - len(wanted):stub.end - 1] == wanted, function.name
        inside = {i for f in here for i in range(*stubs.body(stubs.blanked("\n".join(was)).split("\n"), f).indices(len(was))[:2])}
        kept = [line for i, line in enumerate(was) if i not in inside]
        added = {f'#include "{stubs.PRINTK}"', f"#include <{stubs.ERRNO}>", *(l for f in here for l in stubs.stub(f, lab.taken[f.name])),
                 *(l for f in here for l in stubs.contract(f.name, HEADERS))}
        assert [l for l in kept if l not in added] == [l for l in now if l not in added], path
    assert all(len(known[name]) == 1 for name in lab.taken)


@pytest.mark.parametrize("name", [l.name for l in LABS])
def test_each_stub_stands_below_its_contract(name):
    lab = labs.one(name)
    for path in lab.files:
        here = [f for f in lab.functions.values() if f.file == path]
        text = stubs.without(read(ROOT, path), here, lab.taken, HEADERS)
        for f in here:
            assert f.static or stubs.contract(f.name, HEADERS), f"{f.name}: its prototype in a header has no contract"
            assert re.search(rf"\*/\n(?:[^\n}};]+\n)*?[^\n}};]*\b{f.name}\([^{{;]*\)\n\{{\n\tnot_there\(__func__\);", text), f"{f.name}: there is no comment above it"


def test_a_contract_is_found():
    header = "/* ---- a.c ---- */\nint f(void);\n/* mm/a.c: of both. */\nint g(int a,\n      int b);\nvoid h(void);\n\nvoid i(void);\n"
    assert [stubs.contract(name, [header]) for name in "fghij"] == [[], ["/* mm/a.c: of both. */"], ["/* mm/a.c: of both. */"], [], []]


def body_of(function):
    """The lines of a function's body."""
    lines = read(ROOT, function.file).split("\n")
    return [line.strip() for line in lines[stubs.body(stubs.blanked("\n".join(lines)).split("\n"), function)]]


def solution(lab):
    """The lines of each function of a lab, and the set of those that no other function has."""
    taken = {f.name: [line for line in body_of(f) if len(line) >= TELLING] for f in lab.functions.values()}
    lines = [line for body in taken.values() for line in body]
    everywhere = collections.Counter(line.strip() for top in labs.SOURCES for path in files(os.path.join(ROOT, top)) if path.endswith((".c", ".h"))
                                     for line in read(path).split("\n"))
    return taken, {line for line in lines if everywhere[line] == lines.count(line)}


@pytest.mark.parametrize("name", [l.name for l in LABS])
def test_no_page_of_a_lab_quotes_its_solution(name):
    lab = labs.one(name)
    common, = re.findall(r"^COMMON_DOCS = (.*)$", read(GENERATE), re.M)
    pages = [*ast.literal_eval(common), *lab.docs, *lab.view, f"labs/{name}/README.md"]
    _, telling = solution(lab)
    assert [(page, line) for page in pages for line in telling & set(map(str.strip, read(ROOT, page).split("\n")))] == []


def test_no_solution_is_inside(lab, handout):
    taken, telling = solution(lab)
    assert len(telling) > len(lab.taken)
    found = {(os.path.relpath(path, handout), line) for path in files(handout) for line in telling if line.encode() in open(path, "rb").read()}
    assert [f for f in found if not f[0].startswith("checks/")] == []
    shown = {line for _, line in found}  # a check may prepare by hand what a function does, but not by all of its steps
    assert [name for name, body in taken.items() if 2 * len(shown & set(body)) > len(set(body))] == []


def test_no_lab_shows_the_work_of_another(handout, lab):
    others = {f for l in labs.read() if l is not lab and l.name != lab.name for f in l.files}
    assert [f for f in others if os.path.exists(os.path.join(handout, f))] == []
    members = run("ar", "t", os.path.join(handout, "lib", "kernel.a")).stdout.split()
    assert len(members) == len(set(members)) > 100
    assert [f for f in lab.files if f.replace("/", ".") + ".o" in members] == []


def test_no_path_of_this_machine_and_no_history_is_inside(handout):
    assert not os.path.exists(os.path.join(handout, ".git"))
    secret = [p.encode() for p in {ROOT, BUILD, os.path.expanduser("~"), tempfile.gettempdir()} if len(p) > len("/root")]
    for path in files(handout):
        data = open(path, "rb").read() if not path.endswith(".img") else b""
        assert [p for p in secret if p in data.replace(b"/tmp/", b"") and p != b"/tmp"] == [], path
    assert [p for p in files(handout) if os.path.islink(p)] == []
    assert not any(os.path.exists(os.path.join(handout, "checks", name)) for name in ("teacher.md", "mutants.txt"))


def test_every_link_of_a_page_leads_somewhere(handout):
    for path in files(handout):
        if path.endswith(".md"):
            prose = re.sub(r"^```.*?^```", "", read(path), flags=re.S | re.M)
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose):
                assert "://" in target or os.path.exists(os.path.join(os.path.dirname(path), target)), f"{path}: {target}"
    assert "@" not in re.sub(r"`[^`]*`", "", read(handout, "README.md"))


def test_a_page_says_what_is_not_in_the_handout(lab, handout):
    """Files and commands that the pages of docs/ name are there, or are said to be in the full tree."""
    there = set(re.search(r"^\.PHONY: (.*)$", read(handout, "Makefile"), re.M)[1].split())
    for path in glob.glob(os.path.join(handout, "docs", "**", "*.md"), recursive=True):
        text = read(path)
        said = set(re.findall(r"`([^`]+)`", next((l for l in text.split("\n")[:3] if l.startswith("*This page is about the full kernel.")), "")))
        for name in re.findall(r"`((?:mm|kernel|user|libc|tests|scripts|boot|labs)/[\w./*-]+)[^`\n]*`", text):
            assert name in said or glob.glob(os.path.join(handout, name)) or not glob.glob(os.path.join(ROOT, name)), (path, name)
        for command in re.findall(r"`(make [^`\n]+|git [^`\n]+)`", text):
            goals = [w for w in command.split()[1:] if "=" not in w]
            assert command in said or command.startswith("make") and set(goals) <= there, (path, command)


def test_the_headers_that_one_needs_are_named(lab, handout):
    """Of all functions that the solution calls and a header declares, that header is named."""
    line = re.search(r"^What they call is declared, .* in (.*)\.$", read(handout, "README.md"), re.M)[1]
    named = "".join(read(handout, path) for path in re.findall(r"`([^`]+)`", line))
    called = {w for f in lab.functions.values() for w in re.findall(r"\b([a-z]\w+)\(", "\n".join(body_of(f)))}
    declared = {w for w in called if any(re.search(rf"^[a-z][\w *]*?\b{w}\(", text, re.M) for text in HEADERS)}
    assert len(declared) > 5 and [w for w in declared if not re.search(rf"\b{w}\(", named)] == []


def test_the_scripts_run_on_older_pythons(handout):
    scripts = [p for p in files(os.path.join(handout, "scripts")) if p.endswith(".py") or b"python3" in open(p, "rb").readline()]
    assert len(scripts) > 2
    for path in scripts:
        text = read(path)
        ast.parse(text, path, feature_version=OLDEST_PYTHON)
        assert not re.search(NEWER, text), path


# ---- compiled and booted

def test_it_compiles_without_a_warning_and_only_what_is_new(lab, copy):
    first = run("make", "WERROR=1", cwd=copy)
    assert first.returncode == 0 and first.stderr == "", first.stderr
    assert sorted(re.findall(r"CC +(\S+)", first.stdout)) == lab.files
    assert run("make", "WERROR=1", cwd=copy).stdout.count("CC") == 0
    os.utime(os.path.join(copy, lab.files[0]))
    again = run("make", "WERROR=1", cwd=copy).stdout
    assert re.findall(r"(CC|LD) +(\S+)", again) == [("CC", lab.files[0]), ("LD", "build/kernel.elf")]
    os.utime(os.path.join(copy, "mm", "mm_types.h"))
    assert run("make", "WERROR=1", cwd=copy).stdout.count("CC") == len(lab.files)


def test_the_checks_say_what_is_to_be_done(lab, copy):
    done = run("make", "check", cwd=copy)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    in_order = sorted(lab.checks, key=lambda c: c.step)
    assert re.findall(r"^(?:ok|FAILED) +\d+/(\d+)  (\S+):", done.stdout, re.M) == [(str(c.points), c.name) for c in in_order]
    assert [int(n) for n in re.findall(r"^---- step (\d+)", done.stdout, re.M)] == sorted({c.step for c in lab.checks})
    assert re.match(r"next: step 1: \w+.*; T=step1 runs", done.stdout.splitlines()[-1])
    assert done.stdout.count("no program can run") == (not told(copy)["shell"])
    assert re.search(r"^\d+ of 100 points", done.stdout, re.M)
    assert "(it is not there yet)" in done.stdout and any(f"{name} in {f.file}" in done.stdout for name, f in lab.functions.items())


def test_the_checks_pass_with_the_solution(lab, copy):
    for path in lab.files:
        shutil.copy(os.path.join(ROOT, path), os.path.join(copy, path))
    done = run("make", "check", cwd=copy)
    assert done.returncode == 0 and "100 of 100 points" in done.stdout, done.stdout + done.stderr


def test_a_folder_may_have_a_space_in_its_name(handout, tmp_path):
    folder = shutil.copytree(handout, tmp_path / "my course")
    done = run("make", "WERROR=1", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert run("strings", "-a", *glob.glob(os.path.join(folder, "build", "mm", "*.o"))).stdout.find("my course") < 0


@pytest.mark.parametrize("tool", ["CC=no-gcc", "NASM=no-nasm", "QEMU=no-qemu"])
def test_a_tool_that_is_not_there(copy, tool):
    done = run("make", tool, "run", cwd=copy)
    assert done.returncode == 2 and f"There is no {tool.split('=')[1]} here: see README.md" in done.stderr


def shell(folder, *command):
    return execute(*(command or ("/bin/sh", "-c", "exit 7")), program=("env", f"MAPIX_KERNEL={folder}/build/kernel.elf", os.path.join(ROOT, "scripts", "mapix"), "exec"))


def test_it_boots_as_it_says(copy):
    assert run("make", cwd=copy).returncode == 0
    result = shell(copy)
    if told(copy)["shell"]:
        assert result.status == 7, result
    else:
        assert result.status == 125 and "is not there yet" in result.err, result
    for file, said in ("boots.md", told(copy)["shell"]), ("boots-not.md", not told(copy)["shell"]):
        assert (read(ROOT, "labs", "common", file).strip() in read(copy, "README.md")) == said


def test_it_boots_with_the_solution(lab, copy):
    for path in lab.files:
        shutil.copy(os.path.join(ROOT, path), os.path.join(copy, path))
    built = run("make", "WERROR=1", cwd=copy)
    assert built.returncode == 0, built.stderr
    result = shell(copy)
    assert result.status == 7, result


@pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
def test_gdb_finds_the_functions_to_write(lab, copy):
    path = next(iter(lab.functions.values())).file
    assert run("make", "BUILD=build/gdb", "OPT=-Og", "all", cwd=copy).returncode == 0
    out = run("gdb", "-batch", "-nx", "-ex", f"info line {next(iter(lab.taken))}", "-ex", f"list {next(iter(lab.taken))}", "build/gdb/kernel.elf", cwd=copy).stdout
    assert path in out and "not_there(__func__)" in out, out


# ---- single functions

def test_single_functions_are_taken_out(tmp_path):
    folder, words = made(tmp_path / "out", "--functions", "can_do_mincore,do_mincore")
    assert "do_mincore returns long: its stub returns -ENOSYS" in words and "can_do_mincore returns bool: its stub returns false" in words
    assert told(folder)["files"] == ["mm/mincore.c"] and told(folder)["shell"] is True
    assert run("make", "WERROR=1", cwd=folder).returncode == 0
    source = "/bin/sh", "-c", "dmesg | grep -c 'mincore is not there yet'; exit 3"
    assert shell(folder, *source).out == "0\n"
    checks = run("make", "check", cwd=folder)
    assert checks.returncode == 2 and "There are no checks of these functions" in checks.stderr


@pytest.mark.parametrize("returns, name, value", [("void", "f", ""), ("bool", "f", "false"), ("struct page *", "f", "NULL"), ("int", "f", "-ENOSYS"),
                                                  ("vm_fault_t", "f", "VM_FAULT_SIGBUS"), ("unsigned long", "do_mmap", "-ENOMEM"), ("unsigned long", "count", "0"),
                                                  ("pte_t", "f", "(pte_t){0}"), ("unsigned int", "f", "0")])
def test_what_a_stub_returns(returns, name, value):
    assert stubs.default(labs.Function(name, "mm/x.c", 1, 3, returns, False)) == value


def test_a_stub_may_give_a_lock_back():
    text = "#include \"x.h\"\n\nvoid f(int a)\n{\n\tg();\n}\n\n/* { */\nint\nh(int a)\n{\n\tchar c = '}';\n\n\treturn c;\n}\n"
    f, h = labs.Function("f", "x.c", 3, 6, "void", False), labs.Function("h", "x.c", 10, 15, "int", True)
    assert stubs.without(text, [f, h], {"f": "unlock()", "h": "(unlock(), -EIO)"}) == (
        "#include \"x.h\"\n#include \"kernel/core/printk.h\"\n#include <linux/errno.h>\n\nvoid f(int a)\n{\n\tnot_there(__func__);\n\tunlock();\n}\n\n"
        "/* { */\nint\nh(int a)\n{\n\tnot_there(__func__);\n\treturn (unlock(), -EIO);\n}\n")


# ---- what can go wrong

def wrong(*arguments):
    done = generate(*arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stdout == ""
    return done.stderr


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine").write_text("x")
    assert "not empty" in wrong("--functions", "do_mincore", str(tmp_path))
    assert os.listdir(tmp_path) == ["mine"]
    assert "not empty" in wrong("--functions", "do_mincore", str(tmp_path / "mine"))


def test_a_lab_or_a_function_that_is_not_there(tmp_path):
    out = str(tmp_path / "out")
    name = labs.read()[-1].name
    assert f"did you mean {name}" in wrong("--lab", name[:-1] + "s", out)
    assert "there is no lab 77" in wrong("--lab", "77", out)
    assert "which lab?" in wrong(out)
    assert "did you mean do_wp_page" in wrong("--functions", "do_wp_pag", out)
    twice = next(name for name, places in labs.known_functions(ROOT).items() if len(places) > 1)
    assert f"several functions {twice}" in wrong("--functions", twice, out)
    assert "OUT=" in wrong("--lab", "1", "")
    assert os.listdir(tmp_path) == []


def test_without_ctags(tmp_path):
    done = run(sys.executable, "-B", GENERATE, "--lab", "1", str(tmp_path / "out"), PATH=str(tmp_path))
    assert done.returncode == 2 and "Universal Ctags is not installed" in done.stderr
