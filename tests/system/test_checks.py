"""How a lab's kernel is judged: what a check's verdict is when it ends in any of the ways of tests/checks/, and what is believed."""
import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from machine import ROOT, build
import checks
import vmrun

KERNEL = build("debug", "lab-selftest.elf")


def check(name, **more):
    return checks.Check({"name": name, "points": 1, "says": "", "functions": [], **more})


def make_image(folder, first=build("labs", "runner")):
    """A root file system with a first program and the cases."""
    tree = os.path.join(folder, "tree")
    for name in ("dev", "mnt", "proc", "sys", "tests", "tmp"):
        os.makedirs(os.path.join(tree, name))
    shutil.copy(first, os.path.join(tree, "checks"))
    os.chmod(os.path.join(tree, "checks"), 0o755)
    shutil.copy(build("tests", "checks", "cases"), os.path.join(tree, "tests"))
    path = os.path.join(folder, "root.img")
    subprocess.run([os.path.join(ROOT, "scripts", "mkimage"), "--slack", "1048576", tree, path], check=True)
    return path


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return make_image(str(tmp_path_factory.mktemp("checks")))


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    return vmrun.make_disk(str(tmp_path_factory.mktemp("disk") / "mnt"), 4 << 20)


def names(path, macro):
    with open(os.path.join(ROOT, "tests", "checks", path)) as f:
        return re.findall(rf"^{macro}\((\w+)\)", f.read(), re.M)


def texts(verdicts):
    return {v.name.split("/", 1)[1]: "ok" if v.ok else v.text for v in verdicts}


def is_as_told(found, wanted):
    """Each text matches what is wanted of its check, and there is no other check."""
    assert found.keys() == wanted.keys()
    assert [f"{name}: {found[name]}" for name in wanted if not re.search(wanted[name], found[name])] == []


DEAD = "reset or was switched off without a word"
IN_THE_KERNEL = {
    "passes": "^ok$",
    "user_memory_can_be_touched": "^ok$",
    "fails": r"^f\(0x1000\): wanted 3, seen 0x2000$",
    "fails_by_error": r"^f\(\): wanted 0, seen -ENOMEM$",
    "fails_with_all_locks": "^the text has two lines$",
    "says_that_something_is_not_there": r"^do_something\(\): wanted 2, seen 1$",
    "shows_a_random_number": "^0014a0a5$",
    "crashes": "^the kernel crashed: Unable to handle kernel NULL pointer dereference at 00000008 in stray_store",
    "is_found_out_by_mm_check": r"^the kernel stopped: mm_check.*\(called by exit_mm\)$",
    "loops": r"^the check has not ended after 2 seconds of the machine's time: spin\+0x",
    "sleeps_for_ever": "^the check has not ended after 2 seconds of the machine's time: it sleeps$",
    "floods_the_log": ".",
    "writes_to_the_link": "^the machine sent what is no answer$",
    "forges_a_verdict": "^the machine sent an answer that is not the check's own$",
    "resets_the_machine": DEAD,
    "switches_the_machine_off": DEAD,
    "passes_at_last": "^ok$",
}


def test_checks_in_the_kernel(image, disk):
    """One that fails, or takes the machine down, does so alone."""
    listed = [name for name in names("kernel.c", "KERNEL_CHECK") if name in IN_THE_KERNEL]
    verdicts = checks.judge(KERNEL, image, [check(f"kernel/{name}") for name in listed], disk, seed=5)
    is_as_told(texts(verdicts), IN_THE_KERNEL)
    assert {v.name: v.missing for v in verdicts if v.missing} == {"kernel/says_that_something_is_not_there": ["do_something"]}


@pytest.mark.parametrize("name", ["loops_with_interrupts_off", "stops_the_processor"])
def test_a_machine_that_is_not_heard_of(name, image, monkeypatch):
    monkeypatch.setattr(checks, "CPU_SECONDS", 2)
    found = texts(checks.judge(KERNEL, image, [check(f"kernel/{name}"), check("kernel/passes")]))
    is_as_told(found, {name: "loops: nothing was heard of it|sleeps and never wakes", "passes": "^ok$"})


BY_PROGRAMS = {
    "passes": "^ok$",
    "fails": r"^tests/checks/cases.c:\d+: 1 \+ 1 is 2 \(0x2\), not 3 = 3 \(0x3\)$",
    "is_skipped": "^the case was skipped: there is no need$",
    "crashes": "^killed by signal 11",
    "exits_early": "^exit status 3",
    "leaks": "^not given back: .*pages.*objects of",
    "loops": "^it has not ended after 6 seconds of the machine's time$",
    "floods": "^it prints without an end$",
    "closes_its_output_and_loops": "^it has not ended after",
    "leaves_children": "^ok$",
    "has_a_disk": "^ok$",
    "takes_the_machine_down": DEAD,
    "passes_at_last": "^ok$",
}


def test_cases_of_programs(image, disk):
    listed = [check(f"cases/{name}", leaks=name in ("leaks", "passes")) for name in names("cases.c", "TEST")]
    is_as_told(texts(checks.judge(KERNEL, image, listed, disk)), BY_PROGRAMS)


def test_what_is_not_there(image):
    found = checks.judge(KERNEL, image, [check("kernel/nothing"), check("cases/nothing"), check("nobody/nothing")])
    assert [v.text for v in found] == ["the kernel has no such check", "exit status 0, and no result. ",
                                       "exit status 127, and no result. execve of /tests/nobody: errno 2 (No such file or directory)"]


@pytest.mark.parametrize("first, why", [
    ("text", "the first program cannot be executed: ENOEXEC"),
    ("main(){return 3;}", "the first program ended with status 3"),
    ("main(){*(volatile int *)8 = 1;}", "the first program was killed by SIGSEGV"),
    ("main(){for(;;);}", "the machine loops: nothing was heard of it for 2 seconds of the processor's time")])
def test_no_program_can_run(first, why, tmp_path, monkeypatch):
    """One sentence for all of them; the checks in the kernel have their points."""
    monkeypatch.setattr(checks, "CPU_SECONDS", 2)
    program = str(tmp_path / "first")
    if "main" in first:
        subprocess.run(["i686-linux-gnu-gcc", "-w", "-static", "-O1", "-x", "c", "-", "-o", program], input=first.encode(), check=True)
    else:
        with open(program, "w") as f:
            f.write(first)
    found = checks.judge(KERNEL, make_image(str(tmp_path), program), [check("cases/passes"), check("kernel/passes"), check("cases/passes_at_last")])
    assert [(v.ok, v.text) for v in found] == [(False, f"no program can run: {why}"), (True, ""), (False, f"no program can run: {why}")]


def test_a_kernel_that_does_not_come_so_far(tmp_path):
    empty = str(tmp_path / "empty")
    with open(empty, "wb") as f:
        f.truncate(1 << 20)
    found = checks.judge(KERNEL, empty, [check("kernel/passes"), check("cases/passes")])
    for verdict in found:
        assert not verdict.ok and verdict.text.startswith("the kernel does not come as far as its checks: the kernel stopped: "), verdict
    with pytest.raises(vmrun.Failure, match="QEMU says: .*nothing"):
        checks.judge("/nothing", empty, [check("kernel/passes")])


def test_seeds():
    image = build("debug", "mnt.img")
    first, again, other = (checks.judge(KERNEL, image, [check("kernel/shows_a_random_number")], seed=seed)[0].text for seed in (1, 1, 2))
    assert first == again != other


# ---- machines that lie

LIAR = """
    import sys
    sys.path.insert(0, {scripts!r})
    import checks

    kind = {kind!r}
    number, nonce = 0, b""

    def say(line):
        sys.stdout.write(line + "\\n")
        sys.stdout.flush()

    def verdict(name, ok, text="", key=None, at=None, signed=None):
        at, word = number if at is None else at, "ok" if ok else "failed"
        code = checks.siphash(key or nonce, f"{{at}} {{word}} {{signed or name}} {{text}}".encode())
        say(f"verdict {{at}} {{word}} {{name}} {{code:016x}} {{text}}")

    say("mapix-checks 1 kernel")
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "nonce":
            nonce = bytes.fromhex(rest)
        elif word == "go":
            say("mapix-checks 1 user")
            number = 0
        elif word == "run":
            number += 1
            if rest.startswith("decoy/"):
                verdict(rest, kind == "decoys pass" or not checks.decoy_fails(nonce, rest), "decoy")
            else:
                {lie}
"""

LIES = {
    "honest": "verdict(rest, True)",
    "decoys pass": "verdict(rest, True)",
    "another key": "verdict(rest, True, key=bytes(16))",
    "another name is signed": "verdict(rest, True, signed='decoy/1')",
    "another check answers": "verdict('other', True)",
    "the number is old": "verdict(rest, True, at=number - 1)",
    "the number is new": "verdict(rest, True, at=number + 1)",
    "twice": "verdict(rest, False); verdict(rest, True)",
    "the text is changed": "number and say(f'verdict {number} ok {rest} {checks.siphash(nonce, f\"{number} ok {rest} \".encode()):016x} x')",
    "no code": "say(f'verdict {number} ok {rest}')",
    "says pass": "say('PASS')",
    "says nothing": "sys.exit()",
    "does not stop": "[say('x' * 60000) for _ in range(100)]",
    "one endless line": "sys.stdout.write('x' * 10000000)",
}
NOT_BELIEVED = {"decoys pass": "has passed, which has to fail: nothing that it says counts$", "says nothing": DEAD, "twice": "^$",
                **dict.fromkeys(("another key", "another name is signed", "another check answers", "the number is old", "the number is new",
                                 "the text is changed"), "^the machine sent an answer that is not the check's own$")}


@pytest.mark.parametrize("kind", LIES)
def test_what_is_believed(kind, tmp_path, monkeypatch):
    """Two checks of a machine that lies about each: only the honest one gets points."""
    script = tmp_path / "liar.py"
    script.write_text(textwrap.dedent(LIAR).format(scripts=os.path.join(ROOT, "scripts"), kind=kind, lie=LIES[kind]))
    monkeypatch.setattr(checks, "command", lambda *unused: [sys.executable, "-B", str(script)])
    found = checks.judge(KERNEL, "image", [check("kernel/one"), check("kernel/two"), check("cases/three")])
    assert [v.ok for v in found] == [kind == "honest"] * 3
    for verdict in found[:1]:
        assert kind == "honest" or re.search(NOT_BELIEVED.get(kind, "^the machine sent what is no answer$"), verdict.text), verdict


def test_codes_are_those_of_the_kernel():
    """The vectors of tests/host/test_siphash.c."""
    with open(os.path.join(ROOT, "tests", "host", "test_siphash.c")) as f:
        vectors = re.findall(r"\{(\d+), 0x([0-9a-f]{16})ULL\}", f.read())
    assert len(vectors) > 10
    for size, code in vectors:
        assert checks.siphash(bytes(range(16)), bytes(range(int(size)))) == int(code, 16)


@pytest.mark.parametrize("text, rows", [
    ("f(1): wanted 2, seen -ENOMEM", [("call", "f(1)"), ("wanted", "2"), ("seen", "-ENOMEM")]),
    ("tests/guest/brk.c:12: sbrk(0) is 1 (0x1), not old = 2 (0x2)",
     [("test", "tests/guest/brk.c:12"), ("call", "sbrk(0)"), ("wanted", "old = 2 (0x2)"), ("seen", "1 (0x1)")]),
    ("a.c:1: munmap(p, 0) gave errno 12 (Cannot allocate memory), not EINVAL",
     [("test", "a.c:1"), ("call", "munmap(p, 0)"), ("wanted", "EINVAL"), ("seen", "errno 12 (Cannot allocate memory)")]),
    ("the kernel stopped: bad", [("why", "the kernel stopped: bad")])])
def test_what_students_read(text, rows):
    assert checks.parts(text) == rows


def shown(capsys, lab, listed, verdicts):
    checks.show_all(lab, listed, verdicts)
    return capsys.readouterr().out + checks.what_next(lab, listed, verdicts)


def test_a_reason_of_many_is_said_once(capsys):
    lab = checks.Lab({"f": "mm/f.c", "g": "mm/g.c"}, {"f": 1, "g": 2})
    listed = [check("p/a", step=2, functions=["g"]), check("kernel/b", step=1, functions=["f"]), check("p/c", step=2, functions=["g"])]
    verdicts = [checks.Verdict("p/a", False, "no program can run: x", ["h"]), checks.Verdict("kernel/b", True), checks.Verdict("p/c", False, "no program can run: x", ["h"])]
    assert shown(capsys, lab, listed, verdicts) == (
        "---- step 1: f\nok        1/1  kernel/b: \n\n---- step 2: g\nFAILED    0/1  p/a: \nFAILED    0/1  p/c: \n\n"
        "2 checks have failed for one reason: no program can run: x\n               look at  h (it is not there yet)\n"
        "next: step 2: g; T=step2 runs the checks of this step only")
    assert [c.name for c in checks.chosen(listed, ["step2"])] == ["p/a", "p/c"]
    assert checks.what_next(lab, listed, [checks.Verdict("", True)] * 3) == ""


def test_functions_that_are_not_written(capsys, tmp_path, monkeypatch):
    """Known by their text: a check may fail before one of them is called."""
    monkeypatch.setattr(vmrun, "ROOT", str(tmp_path))
    (tmp_path / "a.c").write_text("int f(int a)\n{\n\tnot_there(__func__);\n\treturn 0;\n}\nint g(int a)\n{\n\treturn f(a);\n}\n")
    lab = checks.Lab({"f": "a.c", "g": "a.c", "h": "none.c"}, {})
    assert checks.unwritten(lab.files) == ["f"]
    out = shown(capsys, lab, [check("kernel/b", functions=["f", "g"])], [checks.Verdict("kernel/b", False, "why")])
    assert "look at  f in a.c (it is not there yet)\n" in out and "look at  g in a.c\n" in out
