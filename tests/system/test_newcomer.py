"""What one types first works as the README says, and what cannot work says why in a sentence."""
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from machine import BUILD, PROMPT, ROOT, Console, boot_arguments, build, needs_busybox


def werror():
    """With other flags than the last time make would build all anew."""
    with open(build("flags")) as f:
        return ["WERROR=1"] if "-Werror" in f.read() else []


def make(*arguments, **environment):
    """make, with the build folder as it is; its result."""
    ours = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}  # make test -j2 is no part of it
    return subprocess.run(["make", "--no-print-directory", f"BUILD={os.path.relpath(BUILD, ROOT)}", *werror(), *arguments], cwd=ROOT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**ours, **environment})


def script(name):
    """A program of scripts/ as a module."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(ROOT, "scripts", name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.path.insert(0, os.path.join(ROOT, "scripts"))
    loader.exec_module(module)
    return module


def check(*tests):
    return subprocess.run([os.path.join(ROOT, "scripts", "check"), *tests], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_check_runs_a_program_and_a_case():
    result = make("check", "T=mremap brk/the_heap_is_named")
    assert result.returncode == 0, result.stdout
    said = [line for line in result.stdout.split("\n") if line.startswith(("ok", "not ok"))]
    assert "ok mremap/errors" in said and said[-1] == "ok brk/the_heap_is_named", result.stdout
    assert sum("brk/" in line for line in said) == 1


@pytest.mark.parametrize("test, said", [
    ("mrempa", "there is no guest test mrempa; did you mean mremap"),
    ("brk/the_heap", "brk has no case the_heap; did you mean below_the_heap_is_refused, the_heap_keeps"),
    ("", "which test? make check T=mremap")])
def test_check_of_what_is_not_there(test, said):
    result = check(*test.split())
    assert result.returncode == 2 and said in result.stdout and "Traceback" not in result.stdout, result.stdout


def test_check_tells_why(capsys):
    """The reason stands behind the test's name: file, line, what was seen, what was wanted."""
    failed = script("check").report(["@@ begin /tests/brk\n", "ok first\n", 'not ok second: tests/guest/brk.c:94: m.name is "", not "[heap]"\n',
                                     "@@ leak /tests/brk: 2 pages\n", "@@ end /tests/brk 1\n"])
    assert failed and set(failed) == {"brk"}
    assert capsys.readouterr().out.split("\n")[:3] == ["ok brk/first", 'not ok brk/second: tests/guest/brk.c:94: m.name is "", not "[heap]"',
                                                       "not ok brk: 2 pages were not given back"]


def test_run_without_grub():
    """QEMU loads the kernel where there is no GRUB for a PC; only the ISO cannot be made."""
    said = make("-n", "run", "GRUB=/none").stdout
    assert f"-kernel {os.path.relpath(BUILD, ROOT)}/kernel.elf" in said and "norandmaps" in said and "-cdrom" not in said, said
    assert "mapix.iso" not in make("-n", "all", "GRUB=/none").stdout
    iso = os.path.join(BUILD, "mapix.iso")
    before = os.stat(iso).st_mtime
    result = make("iso", "GRUB=/none", "-W", os.path.relpath(build("kernel.elf"), ROOT))
    assert result.returncode and "no ISO: it needs" in result.stdout, result.stdout
    assert os.stat(iso).st_mtime == before


def stubs(folder, **programs):
    """A folder for PATH that has these programs and the few tools that a script needs."""
    folder.mkdir()
    for tool in {"sh", "grep", "uname"} - set(programs):
        (folder / tool).symlink_to(shutil.which(tool))
    for name, text in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
    return str(folder)


def deps(tmp_path, *arguments, **programs):
    """scripts/deps where only these programs are: its result, with what it says."""
    path = stubs(tmp_path / "bin", **programs)
    return subprocess.run(["/bin/sh", os.path.join(ROOT, "scripts", "deps"), *arguments], env={"PATH": path, "GRUB": "/none"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_deps_where_there_is_no_grub(tmp_path):
    """As on arm64: what only the ISO needs is left out, and named."""
    result = deps(tmp_path, id="echo 0", apt_get='echo "apt-get $*"', apt_cache='[ "$2" != grub-pc-bin ]')
    assert result.returncode == 0, result.stdout
    assert "deps: not to be had here, and only wanted for the ISO or a window: grub-pc-bin\n" in result.stdout
    installed = re.search(r"^apt-get install .*", result.stdout, re.M).group().split()
    assert {"install", "nasm", "qemu-system-x86", "grub-common"} <= set(installed) and "grub-pc-bin" not in installed, installed


def test_what_the_explorer_is_built_with_is_named(tmp_path):
    """scripts/deps-explorer where there is neither node nor apt-get."""
    for arguments, packages in (((), "nodejs npm"), (("test",), "nodejs npm chromium")):
        result = subprocess.run(["/bin/sh", os.path.join(ROOT, "scripts", "deps-explorer"), *arguments], env={"PATH": str(tmp_path)},
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert result.returncode == 2
        assert f"deps-explorer: there is no apt-get here: install what Debian calls {packages} with" in result.stdout


SYSTEMS = {
    "Fedora": ({"dnf": "exit 9", "uname": "echo Linux"}, "sudo dnf install", "qemu-system-x86", "ctags", "make CROSS="),
    "macOS": ({"brew": "exit 9", "uname": "echo Darwin"}, "brew install", "qemu", "universal-ctags", "make CROSS=i686-elf-"),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_deps_where_packages_have_other_names(tmp_path, system):
    """What there is, by the names of that system; what there is not; and the way out. Nothing is installed."""
    programs, command, qemu, ctags, cross = SYSTEMS[system]
    result = deps(tmp_path, **programs)
    lines = result.stdout.splitlines()
    assert result.returncode == 2 and len(lines) == 3, result.stdout
    before, names = lines[0].split(command)
    assert before.startswith("deps: no apt-get here") and {"nasm", "gdb", qemu, ctags} <= set(names.split()), lines[0]
    assert not {"grub-common", "-", "gcc-i686-linux-gnu", "libc6-dev"} & set(names.split()), lines[0]
    assert "libc6-dev-i386-cross" in lines[1] and "README.md" in lines[2] and lines[2].endswith(cross)


def test_deps_of_a_system_that_is_not_known(tmp_path):
    result = deps(tmp_path, uname="echo Plan9")
    assert result.returncode == 2 and len(result.stdout.splitlines()) == 1, result.stdout
    assert "there is no apt-get here" in result.stdout and "nasm" in result.stdout and "container" in result.stdout


def test_deps_tells_that_nothing_could_be_installed(tmp_path):
    result = deps(tmp_path, id="echo 0", apt_get='[ "$1" = update ]', apt_cache="exit 0")
    assert result.returncode == 1, result.stdout


def test_the_image_of_a_container_needs_one_file_and_no_busybox(tmp_path):
    """What Dockerfile copies is let through, and installs tools alone."""
    with open(os.path.join(ROOT, "Dockerfile"), encoding="utf-8") as f:
        steps = f.read()
    copied, = re.findall(r"^COPY (\S+) ", steps, re.M)
    with open(os.path.join(ROOT, ".dockerignore"), encoding="utf-8") as f:
        assert f.read().splitlines()[-2:] == ["*", f"!{copied}"]
    argument, = re.findall(r"^RUN sh /tmp/deps (\w+) ", steps, re.M)
    result = deps(tmp_path, argument, id="echo 0", apt_get='echo "apt-get $*"', apt_cache="exit 0")
    assert result.returncode == 0 and "apt-get install" in result.stdout and "busybox" not in result.stdout, result.stdout
    with open(os.path.join(ROOT, ".devcontainer", "devcontainer.json"), encoding="utf-8") as f:
        container = json.load(f)
    assert os.path.isfile(os.path.join(ROOT, ".devcontainer", container["build"]["dockerfile"]))
    assert os.path.samefile(os.path.join(ROOT, ".devcontainer", container["build"]["context"]), ROOT)


@pytest.mark.parametrize("displays, screen, status, said", [
    ("none curses", ":0", 1, "qemu-system-gui"),
    ("none gtk", "", 1, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
    ("none gtk", ":0", 0, "")])
def test_a_window_or_what_is_missing(tmp_path, displays, screen, status, said):
    path = stubs(tmp_path / "bin", qemu=f"printf '%s\\n' {displays}")
    result = subprocess.run(["/bin/sh", os.path.join(ROOT, "scripts", "window"), "qemu"], env={"PATH": path, "DISPLAY": screen},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == status and said in result.stdout, result.stdout
    assert bool(result.stdout) == bool(status)


COLUMNS = 150
PLACE = "mapix:/home# "
UPDATE = os.environ.get("README_UPDATE")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """`make run` in a terminal of 150 columns, at its prompt, with a disk of its own."""
    home = tmp_path_factory.mktemp("home") / "home.img"
    argv = ["make", "--no-print-directory", f"BUILD={os.path.relpath(BUILD, ROOT)}", f"HOME_IMG={home}", *werror(), "run"]
    machine = Console(command=argv, rows=40, columns=COLUMNS)
    machine.expect(PROMPT, 120)
    yield machine
    machine.close()


def blocks():
    """What README.md types at the prompt, and what it shows then."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = "".join(block for block in re.findall(r"^```\n(.*?)^```", f.read(), re.M | re.S) if block.startswith(PLACE))
    return [(line, shown.rstrip("\n")) for line, shown in re.findall(rf"^{PLACE}(.*)\n((?:(?!{PLACE}).*\n)*)", text, re.M)]


def shape(text):
    """The text without what each build has of its own: inodes, frames, process ids, sizes of parts and of what is resident."""
    lines = []
    for line in text.split("\n"):
        line = re.sub(r"(fe:00) \d+ +", r"\1 N ", line)
        line = re.sub(r"^\[1\] \d+$|^\d+:   ", "PID", line)
        line = re.sub(r"frame \w{6}", "frame N", line)
        line = re.sub(r"^([0-9a-f]{8}|total kB) +\d+ +\d+ +\d+", r"\1 N", line)
        lines.append(line.rstrip())
    return lines


def update(shown, said):
    """Put what is said now into README.md."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(ROOT, "README.md"), "w", encoding="utf-8") as f:
        f.write(text.replace(shown, said))


@needs_busybox
def test_the_first_session(run):
    """Line by line what the README shows: its addresses too."""
    assert len(blocks()) >= 5
    for line, shown in blocks():
        said = run.start(line) if line.endswith("&") else run.run(line)
        if not shown:
            continue
        if shown.endswith("\n…"):
            said = "\n".join(said.split("\n")[:shown.count("\n")] + ["…"])
        if UPDATE and shape(said) != shape(shown):
            update(shown, said)
        else:
            assert shape(said) == shape(shown), f"{line}\n{said}\n(README_UPDATE=1 in the environment writes it into README.md)"


@needs_busybox
def test_the_terminal_is_asked_for_its_width(run):
    widest = max(len(line) for line in run.run("ls /bin").split("\n"))
    assert 80 < widest <= COLUMNS


def test_control_a_belongs_to_the_shell(run):
    run.send("cho beginning\x01e\n")
    run.expect(r"^beginning\n.*" + PROMPT)


def test_what_is_typed_early_stays_typed(console):
    """A terminal that does not say how large it is; the line typed meanwhile is run."""
    machine = console(*boot_arguments(), columns=None)
    machine.expect(r"\x1b\[6n")
    machine.send("echo early\n")
    machine.expect(r"^early\n.*" + PROMPT)


def test_lines_end_alike_in_every_clone():
    if subprocess.run(["git", "rev-parse", "--git-dir"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this is no clone")
    files = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[:-1]
    text = [line for line in files if not line.endswith(".png")]
    assert [line for line in text if "attr/text=auto eol=lf" not in line or not line.startswith(("i/lf", "i/none"))] == []
    assert [line for line in files if line not in text and "attr/-text" not in line] == []


def test_the_docs_print_no_python_of_their_own():
    """Whose pytest python3 sees depends on the machine: make knows which."""
    for folder, _, files in os.walk(os.path.join(ROOT, "docs")):
        for name in files:
            if name.endswith(".png"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                assert "python3 -m" not in f.read(), name


def test_output_can_be_paged(run):
    """A screen, and q is enough."""
    start = run.at
    run.send("seq 200 | more\n")
    run.expect("--More--")
    shown = re.findall(r"^\d+$", run.seen[start:run.at], re.M)
    assert 35 < len(shown) <= 40, shown
    run.send("q")
    run.expect(PROMPT)
    run.send("man faults\n")
    run.expect(r"# Page faults")
    run.send("q")
    run.expect(PROMPT)


def test_run_ends_by_its_key(run):
    run.send("\x1dx")
    assert run.qemu.wait() == 0


@pytest.mark.parametrize("word, first", [
    ("brk", "# brk, mmap, munmap, mprotect"), ("faults", "# Page faults"), ("mremap", "# mremap, mlock, madvise"), ("cow", "# Copy-on-write\n"), ("2 mmap", "# brk, mmap, munmap, mprotect"),
    ("pmap", "pmap: "), ("sigaltstack", "# Memory faults as signals"), ("", "What is to be shown?")])
def test_man_shows_the_page_that_fits(mapix, word, first):
    result = mapix("/bin/man", *word.split())
    assert result.out.startswith(first), result


def test_man_says_where_help_is(mapix):
    result = mapix("/bin/man", "qwertz")
    assert result.status == 1 and "there is no page about qwertz\nPages: " in result.out and "--help" in result.out, result
