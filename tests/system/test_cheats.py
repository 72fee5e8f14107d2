"""Attempts to get points without the work. None gets more than the functions that are there deserve.

All files of the lab are the kernel's own, except mm/brk.c: there do_brk() is missing, and what stands in its place tries to
have it believed otherwise. docs/grading.md explains what each attempt runs into.
"""
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import formats
import pytest
from machine import PAE, ROOT, patiently

pytestmark = pytest.mark.skipif(PAE, reason="handouts are of the kernel without PAE")

LAB, FILE, FUNCTION = "calls", "mm/brk.c", "do_brk"
CHECKS = 2  # of the lab's checks of do_brk(), in the kernel and by a program each
SECONDS = 300
# The first program is spared: all that is tried is tried in checks.
INIT = "\tif (current->pid == 1)\n\t\treturn current->mm->brk;\n"
sys.path.insert(0, os.path.join(ROOT, "scripts"))


def loaded(folder):
    """scripts/grade of a handout, as a module."""
    loader = importlib.machinery.SourceFileLoader("grade_of_a_lab", os.path.join(folder, "scripts", "grade"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def run(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, done.stdout
    return done.stdout


class Course:
    """A lab as a platform has it, and submissions to it."""

    def __init__(self, folder):
        self.folder, self.handout = folder, os.path.join(folder, "source", "handout")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        made = os.path.join(folder, "made")
        run(sys.executable, "-B", os.path.join(ROOT, "scripts", "handout"), "--lab", LAB, made, env=environment)
        self.prune(os.path.join(made, "lib", "lab.json"))
        run(sys.executable, "-B", os.path.join(ROOT, "scripts", "autograder"), made, os.path.join(folder, "autograder.zip"))
        run(sys.executable, "-c", f"import zipfile; zipfile.ZipFile({os.path.join(folder, 'autograder.zip')!r}).extractall({os.path.join(folder, 'source')!r})")
        self.module = loaded(self.handout)
        with open(os.path.join(self.handout, FILE)) as f:
            self.stub = f.read()
        self.count = 0

    def prune(self, path):
        """Fewer checks, so that a test takes seconds: those of do_brk() alone."""
        with open(path) as f:
            lab = json.load(f)
        mine = [c for c in lab["checks"] if FUNCTION in c["functions"]]
        in_kernel = [c for c in mine if c["name"].startswith("kernel/")]
        lab["checks"] = in_kernel[:CHECKS] + [c for c in mine if c not in in_kernel][:CHECKS]
        with open(path, "w") as f:
            json.dump(lab, f)
        self.files = lab["files"]

    def with_body(self, body, before=""):
        """The text of mm/brk.c with BODY in do_brk(), and BEFORE in front of it."""
        found = re.search(r"^unsigned long do_brk\(unsigned long brk\)\n\{\n.*?^\}\n", self.stub, re.M | re.S)
        return self.stub[:found.start()] + before + f"\nunsigned long do_brk(unsigned long brk)\n{{\n{INIT}{body}\n\treturn current->mm->brk;\n}}\n" + self.stub[found.end():]

    def submission(self, text):
        """A folder with the kernel's own files, and mm/brk.c with this text."""
        self.count += 1
        folder = os.path.join(self.folder, f"submission{self.count}")
        for path in self.files:
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), os.path.join(folder, path))
        with open(os.path.join(folder, FILE), "w") as f:
            f.write(text)
        return folder

    def graded(self, folder):
        """results.json of a submission."""
        out = folder + ".out"
        os.mkdir(out)
        done = patiently([sys.executable, "-B", os.path.join(self.handout, "scripts", "grade"), "--submission", folder, "--out", out], SECONDS)
        assert done.returncode == 0, done.stdout
        with open(os.path.join(out, "results.json")) as f:
            value = json.load(f)
        with open(os.path.join(out, "result.json")) as f:
            assert formats.classroom50(json.load(f)) == []
        assert formats.gradescope(value) == []
        return value

    def attempt(self, body, before=""):
        """What do_brk() with this body gets: the points of each check, and all that is said."""
        value = self.graded(self.submission(self.with_body(body, before)))
        return [test["score"] for test in value["tests"]], "\n".join([value["output"], *(test["output"] for test in value["tests"])])

    def refused(self, text):
        """Why mm/brk.c with this text is not taken; no kernel is made of it."""
        work = os.path.join(self.folder, "work")
        shutil.rmtree(work, ignore_errors=True)
        os.mkdir(work)
        return "\n".join(self.module.object_of(self.module.Handout(self.handout), FILE, self.submission(text), work)[1])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(str(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="module")
def deserved(course):
    """What is due without do_brk()."""
    points, said = course.attempt("\tnot_there(__func__);")
    assert "do_brk() is not there yet" in said and 0 in points
    return points


def no_more(points, deserved):
    return all(a <= b for a, b in zip(points, deserved))


def test_the_work_gets_its_points(course):
    """Else the other tests would say nothing."""
    value = course.graded(course.submission(open(os.path.join(ROOT, FILE)).read()))
    assert all(test["score"] == test["max_score"] for test in value["tests"]), value
    assert len(value["tests"]) > CHECKS


# ---------------------------------------------------------------- what is not even taken

def test_other_files_in_the_submission(course, deserved):
    """Checks, scripts, headers, a Makefile, the manifest, results and links of the student's own."""
    folder = course.submission(course.with_body("\tnot_there(__func__);"))
    for path, text in (("scripts/grade", "#!/bin/sh\necho 100\n"), ("scripts/checks.py", "def judge(*a, **k): return []\n"),
                       ("scripts/gate.py", ""), ("Makefile", "grade:\n\techo 100\n"), ("mm/internal.h", "#define do_brk(x) (x)\n"),
                       ("kernel/checks/check.h", "#define EXPECT(...)\n"), ("results.json", '{"score": 100}'), ("lib/gate.json", "{}"),
                       ("lib/lab.json", '{"lab": "x", "files": [], "checks": []}'), ("lib/stubs/mm/brk.c", "int x;"), ("lib/checks.a", "")):
        os.makedirs(os.path.dirname(os.path.join(folder, path)) or folder, exist_ok=True)
        with open(os.path.join(folder, path), "w") as f:
            f.write(text)
    value = course.graded(folder)
    assert [test["score"] for test in value["tests"]] == deserved


def test_a_link_where_the_results_go(course, tmp_path):
    """The results replace a link of this name: they are not written where it leads."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "results.json").symlink_to(precious)
    course.module.write_json(str(tmp_path / "results.json"), {"a": 1})
    assert precious.read_text() == "mine" and json.loads((tmp_path / "results.json").read_text()) == {"a": 1}


@pytest.mark.parametrize("make, why", [
    (lambda path: os.symlink(os.path.join(ROOT, FILE), path), "symbolic link"),
    (lambda path: os.symlink("/etc/shadow", path), "symbolic link"),
    (os.mkfifo, "regular file"),
    (os.mkdir, "regular file"),
    (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2 << 30), "larger"),
], ids=["the-solution", "shadow", "fifo", "folder", "2-GiB"])
def test_what_is_no_file(course, tmp_path, make, why):
    folder = course.submission("")
    os.remove(os.path.join(folder, FILE))
    make(os.path.join(folder, FILE))
    (tmp_path / "work").mkdir()
    notes = course.module.object_of(course.module.Handout(course.handout), FILE, folder, str(tmp_path / "work"))[1]
    assert why in notes[0] and "stands in for it" in notes[-1]


@pytest.mark.parametrize("before, why", [
    ('#include "/etc/passwd"', "none of the headers"),
    ('#include "../source/handout/lib/lab.json"', "none of the headers"),
    ('#include "kernel/checks/check.h"', "none of the headers"),
    ('asm(".incbin \\"/etc/passwd\\"");', "inline assembly"),
    ('#define P(a, b) a##b\nP(as, m)("cli");', "pastes names"),
    ('__attribute__((section(".rodata.checks"), used)) static const int mine[2];', "section"),
    ('__attribute__((constructor)) static void early(void) {}', "constructor"),
    ('static void __attribute__((unused)) f(int *p) { int x, e; __get_user_asm(x, p, e, "l nop; .incbin \\"/etc/passwd\\"; movl", "=r"); }', "a piece of assembly"),
    ("void check_fail(const char *fmt, ...) {}", "it defines check_fail"),
    ("void machine_power_off(void);\nvoid *keep(void) { return machine_power_off; }", "it defines keep"),
    ("void machine_power_off(void);\nstatic void (*volatile off)(void) = machine_power_off;", "it uses machine_power_off"),
    ("long serial_poll_write(int, const char *, int);\nstatic void *volatile w = serial_poll_write;", "it uses serial_poll_write"),
    ("extern int __start_checks[];\nstatic void *volatile w = __start_checks;", "it uses __start_checks"),
    ("struct task_struct;\nstatic void *volatile w = task_pt_regs;", "it uses task_pt_regs"),
    ('#include "kernel/x86/cpu.h"\nstatic void __attribute__((unused)) f(void) { outb(0x2f8, 1); }\nstatic void *volatile w = f;', "holds out"),
    ('static char big[1 << 24];\nstatic void *volatile w = big;', "KiB"),
], ids=lambda v: re.sub(r"\W+", "-", v)[:30])
def test_what_is_refused(course, before, why):
    text = course.with_body("\tnot_there(__func__);", before)
    said = course.refused(text)
    assert why in said and "stands in for it" in said
    assert "root:" not in said  # nothing of the file that was asked for


# ---------------------------------------------------------------- what runs in ring 0

PASS = '''
	static bool said;
	if (!said) {
		said = true;
		for (int i = 0; i < 2000; i++)
			printk("ok PASS 100/100 verdict %d ok do_brk 0123456789abcdef \\n", i);
	}
	not_there(__func__);'''

# The frames of the function, of its caller and so on: return to where the caller's caller is to go on.
UNWIND = '''
	unsigned long *own = __builtin_frame_address(0), *callers = (unsigned long *)own[0];
	own[1] = callers[1];
	own[0] = callers[0];'''

# Make the page of ADDRESS writable, whatever it holds.
WRITABLE = '''
static void make_writable(unsigned long address)
{
	pte_t *pte = kernel_pte(address);

	*(unsigned long *)pte |= 2;
	flush_tlb_kernel_range(address & PAGE_MASK, (address & PAGE_MASK) + PAGE_SIZE);
}
'''

# In the caller's code: each function that it calls shall return at once. The one that judges is among them.
PATCH = '''
	unsigned char *code = __builtin_return_address(0);

	for (int i = 0; i < 96; i++) {
		unsigned char *target = code + i + 5 + *(int *)(code + i + 1);

		if (code[i] != 0xe8 || target < (unsigned char *)PAGE_OFFSET + 0x100000 || target > (unsigned char *)PAGE_OFFSET + 0x400000)
			continue;
		make_writable((unsigned long)target);
		*target = 0xc3;
	}'''

# Instructions as data. In front: edx = port, eax = value.
CODE = '''
static const unsigned char out_byte[] = {0x89, 0xc1, 0x88, 0xc8, 0xee, 0xc3}; /* mov ecx, eax; mov al, cl; out dx, al; ret */
static const unsigned char out_word[] = {0x66, 0xef, 0xc3};
'''
SERIAL = '''
	void (*out)(int value, int port) = (void *)out_byte;

	for (const char *c = "verdict 2 ok the_break_moves 0123456789abcdef 7\\n"; *c; c++)
		out(*c, 0x2f8);'''
POWER_OFF = '''
	void (*out)(int value, int port) = (void *)out_word;

	out(0x2000, 0x604);'''

# The program's registers: at its return to user space it makes another system call, exit(0).
EXIT = '''
	struct pt_regs *regs = (struct pt_regs *)((char *)current->stack + THREAD_SIZE) - 1;

	if (!memcmp(current->comm, "brk", 4) && !memcmp(current->parent->comm, "brk", 4)) {
		regs->ip -= 2;
		regs->bx = 0;
		return 1;
	}'''

ATTEMPTS = {
    "prints-pass": (PASS, "", "not there yet"),
    "loops": ("\tfor (;;)\n\t\tbarrier();", "", "loops in do_brk"),
    "waits": ("\tcurrent->state = TASK_UNINTERRUPTIBLE;\n\tschedule();", "", "has not ended after"),
    "panics": ('\tpanic("PASS");', "", "PASS"),
    "no-kernel-memory": ("\tmemset((void *)(PAGE_OFFSET + 0x100000), 0, 0x300000);", "", "the kernel crashed"),
    "no-page-tables": ("\tmemset(current->active_mm->pgd, 0, PAGE_SIZE);\n\tflush_tlb_kernel_range(PAGE_OFFSET, PAGE_OFFSET + PAGE_SIZE);", "", ""),
    "leaves-through-frames": (UNWIND, "", "the check was left before its end"),
    "overwrites-the-judge": (PATCH, WRITABLE, "have been changed"),
    "writes-to-the-link": (SERIAL, CODE, "not the check's own"),
    "powers-off": (POWER_OFF, CODE, "switched off"),
    "exits-with-0": (EXIT, '#include "kernel/x86/ptrace.h"\n#include "kernel/x86/thread.h"\n', "the case was left before its end"),
    "takes-all-memory": ("\twhile (alloc_pages(GFP_USER, 4))\n\t\t;", '#include "mm/phys/gfp.h"\n#include "mm/phys/page_alloc.h"\n', ""),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_in_ring_0(course, deserved, name):
    body, before, evidence = ATTEMPTS[name]
    assert course.refused(course.with_body(body, before)) == "", "the attempt does not even run"
    points, said = course.attempt(body, before)
    assert no_more(points, deserved), said
    assert evidence in said
    assert "not taken" not in said


def test_ok_to_everything(course, monkeypatch):
    """A machine in which a spoiled expectation is none: what it says of the others counts for nothing."""
    asked = course.module.checks.asked
    monkeypatch.setattr(course.module.checks, "asked", lambda check: re.sub(" spoil=.*", "", asked(check)))
    grade = course.module.grade(course.module.Handout(course.handout), course.submission(open(os.path.join(ROOT, FILE)).read()))
    assert grade.score == 0 and "with a spoiled expectation has passed, which has to fail" in grade.marks[0].text


def test_time_is_bounded(course, monkeypatch):
    monkeypatch.setattr(course.module.checks, "ALL_SECONDS", -1)
    grade = course.module.grade(course.module.Handout(course.handout), course.submission(course.with_body("")))
    assert grade.score == 0 and "no time is left for it" in grade.marks[0].text


def test_an_address_of_the_handouts_kernel(course, deserved):
    """Where the handout's own kernel has the judge's flag, the grader's kernel has something else."""
    made = os.path.join(course.folder, "made")
    run("make", "-s", "-C", made, "build/check.elf", env={k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "BUILD"})
    symbols = run("i686-linux-gnu-nm", os.path.join(made, "build", "check.elf"))
    addresses = re.findall(r"^([0-9a-f]{8}) b (?:failed|finished)$", symbols, re.M)
    assert addresses
    points, said = course.attempt("\n".join(f"\t*(volatile char *)0x{a} = {i};" for i, a in enumerate(addresses)))
    assert no_more(points, deserved), said


def test_no_two_kernels_are_alike(course, tmp_path):
    handout = course.module.Handout(course.handout)
    layouts = []
    for turn in "one", "two":
        work = tmp_path / turn
        work.mkdir()
        objects = [course.module.object_of(handout, path, course.handout, str(work))[0] for path in course.files]
        kernel = course.module.link(handout, objects, str(work))[0]
        layouts.append(dict(reversed(line.split()[::2]) for line in run("i686-linux-gnu-nm", kernel).splitlines() if len(line.split()) == 3))
    names = "check_fail", "do_brk", "run_kernel_checks", "printk"
    assert all(layouts[0][name] != layouts[1][name] for name in names)
    constants = b"".join(data for _, data in course.module.witness.Witness(kernel).segments)
    assert b"\0find_vma\0" in constants and b"\0check_fail\0" not in constants and b"\0do_exit\0" not in constants


# ---------------------------------------------------------------- when there can be no grade

@pytest.mark.parametrize("damage, why", [
    (lambda lib: os.remove(os.path.join(lib, "gate.json")), "is not a lab's handout"),
    (lambda lib: open(os.path.join(lib, "lab.json"), "w").write("{"), "is not a lab's handout"),
    (lambda lib: os.remove(os.path.join(lib, "kernel.a")), "ar failed")])
def test_a_damaged_handout(course, tmp_path, damage, why):
    """One sentence and exit status 2, and no results."""
    copy = shutil.copytree(course.handout, tmp_path / "handout")
    damage(copy / "lib")
    done = patiently([sys.executable, "-B", str(copy / "scripts" / "grade")], SECONDS)
    assert done.returncode == 2 and why in done.stdout and len(done.stdout.splitlines()) == 1
    assert not (copy / "results.json").exists()


def test_a_tool_that_is_missing(course, tmp_path):
    for name in "i686-linux-gnu-gcc", "sh":
        (tmp_path / name).symlink_to(shutil.which(name))
    done = patiently([sys.executable, "-B", os.path.join(course.handout, "scripts", "grade"), "--out", str(tmp_path)], SECONDS, env={**os.environ, "PATH": str(tmp_path)})
    assert done.returncode == 2 and "there is no i686-linux-gnu-ar here" in done.stdout


# ---------------------------------------------------------------- as the platforms run it

OFFLINE = ["unshare", "-n"] if os.geteuid() == 0 and shutil.which("unshare") else []
RUNNERS = {"CLASSROOM": "os", "ASSIGNMENT": "lab3", "ASSIGNMENT_TYPE": "individual", "OWNER": "ann", "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
           "COMMIT_URL": "https://host/commit/1", "RELEASE_URL": "https://host/release"}


def test_gradescope(course, tmp_path):
    """The layout of /autograder; the student has uploaded a zip of the handout's folder."""
    shutil.copytree(os.path.join(course.folder, "source"), tmp_path / "source")
    shutil.copy(tmp_path / "source" / "run_autograder", tmp_path)
    (tmp_path / "submission").mkdir()
    for path in course.files:
        target = tmp_path / "submission" / "lab3" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.join(ROOT, path), target)
    done = patiently([*OFFLINE, "bash", str(tmp_path / "run_autograder")], SECONDS, cwd="/")
    assert done.returncode == 0, done.stdout
    value = json.loads((tmp_path / "results" / "results.json").read_text())
    assert formats.gradescope(value) == []
    assert all(test["status"] == "passed" for test in value["tests"])


@pytest.mark.parametrize("made, found", [
    (["mm/brk.c"], "mm/brk.c"), (["lab3/mm/brk.c"], "lab3/mm/brk.c"), (["brk.c", "mmap.c"], "brk.c"), (["__MACOSX/x", "lab3/mm/brk.c"], "lab3/mm/brk.c"),
    (["mm/brk.c", "brk.c"], "mm/brk.c"), (["a/mm/brk.c", "b/mm/brk.c"], "mm/brk.c"), (["mm/mmap.c"], "mm/brk.c")])
def test_where_a_submission_has_a_file(course, tmp_path, made, found):
    for path in made:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert course.module.place(str(tmp_path), "mm/brk.c") == found


def test_classroom50(course, tmp_path):
    """The runner starts autograder.py in the student's checkout, in which there may be anything."""
    checkout = tmp_path / "checkout"
    shutil.copytree(course.submission(course.with_body("\tnot_there(__func__);")), checkout)
    (checkout / "result.json").symlink_to("/etc/passwd")
    done = patiently([*OFFLINE, sys.executable, os.path.join(course.folder, "source", "autograder.py")], SECONDS, cwd=checkout, env={**os.environ, **RUNNERS})
    assert done.returncode == 0, done.stdout
    value = json.loads((checkout / "result.json").read_text())
    assert formats.classroom50(value) == [] and os.path.getsize(checkout / "result.json") < formats.CLASSROOM50_MAX
    assert (value["owner"], value["submission"], value["classroom"]) == ("ann", RUNNERS["SUBMISSION_TAG"], "os")
    assert value["score"] < value["max-score"] and (checkout / "result.json").is_symlink() is False


def test_the_zip(course):
    """What is in it, and that it fits into a bundle of Classroom 50."""
    path = os.path.join(course.folder, "autograder.zip")
    names = zipfile.ZipFile(path).namelist()
    assert {"setup.sh", "run_autograder", "autograder.py", "runtime.json"} <= set(names)
    assert all(name in names for name in (f"handout/{FILE}", "handout/lib/check.img", "handout/scripts/grade"))
    assert os.path.getsize(path) < 10 << 20
    assert zipfile.ZipFile(path).getinfo("run_autograder").external_attr >> 16 & 0o111


@pytest.mark.skipif(not os.environ.get("FULL"), reason="installs a Debian; FULL=1 does it")
def test_in_a_bare_system(course, tmp_path):
    """setup.sh and run_autograder in a Debian that holds nothing else."""
    root = tmp_path / "root"
    run("debootstrap", "--variant=minbase", "bookworm", str(root))
    run("sh", "-c", f"cp /etc/resolv.conf {root}/etc/ && cp /etc/apt/apt.conf.d/* {root}/etc/apt/apt.conf.d/ && mkdir {root}/autograder")
    shutil.copytree(os.path.join(course.folder, "source"), root / "autograder" / "source")
    shutil.copy(root / "autograder" / "source" / "run_autograder", root / "autograder")
    shutil.copytree(course.submission(open(os.path.join(ROOT, FILE)).read()), root / "autograder" / "submission")
    inside = ["unshare", "-m", "sh", "-c", f"mount -t proc proc {root}/proc && mount --bind /dev {root}/dev && exec \"$@\"", "sh"]
    assert patiently([*inside, "chroot", str(root), "/bin/bash", "/autograder/source/setup.sh"], 900).returncode == 0
    done = patiently([*inside, "unshare", "-n", "chroot", str(root), "/bin/bash", "/autograder/run_autograder"], 600)
    assert done.returncode == 0, done.stdout
    value = json.loads((root / "autograder" / "results" / "results.json").read_text())
    assert all(test["status"] == "passed" for test in value["tests"])
