"""The gates through which a submission goes to the grader: what a lab's file may be, say, and become."""
import glob
import os
import re
import subprocess
import sys

import pytest
from machine import ROOT, build

sys.path.insert(0, os.path.join(ROOT, "scripts"))
import gate
import labs

CROSS = "i686-linux-gnu-"
CC = [CROSS + "gcc", "-m32", "-march=i686", "-std=gnu11", "-ffreestanding", "-O2", "-fno-pic", "-fno-pie", "-fno-common", "-fno-asynchronous-unwind-tables"]


def known(name):
    """Is there a header of this name?"""
    return os.path.isfile(os.path.join(ROOT, name)) or os.path.isfile(build("uapi", name)) or name in gate.COMPILERS_HEADERS


def faults(text):
    return gate.text_faults(text.encode() if isinstance(text, str) else text, known)


@pytest.mark.parametrize("text", [
    'void f(void) { asm("cli"); }',
    'void f(void) { __as\\\nm__ volatile("cli"); }',
    'void f(void) { __asm/**/("cli"); }',
    '#define A asm\n',
    '#define A(x, y) x##y\n',
    '%:define A(x, y) x%:%:y\n',
    'char *s = R"(")"; void f(void) { asm("cli"); } //")";',
    '#include "/etc/shadow"\n',
    '#include "../kernel/main.c"\n',
    '#include "mm/../../x.h"\n',
    '#include <mm/brk.c>\n',
    '#define H "/etc/passwd"\n#include H\n',
    '# /* */ include /* */ "mm/brk.c"\n',
    '#include_next <linux/errno.h>\n',
    '#import "mm/mm.h"\n',
    '#embed "/etc/passwd"\n',
    '#if __has_include("/home/a/secret")\n#endif\n',
    '#include "kernel/x86/kbuild.h"\nvoid f(void) { DEFINE(x\\n.incbin "/etc/shadow", 0); }',
    '#include "kernel/checks/check.h"\n',
    'void f(int *p) { int x, e; __get_user_asm(x, p, e, "l nop; .incbin \\"/etc/shadow\\"; movl", "=r"); }',
    '#pragma weak panic\n',
    '_Pragma("weak panic")\n',
    '#line 1 "kernel/x86/cpu.h"\n',
    '# 1 "kernel/x86/cpu.h"\n',
    'int x __attribute__((section(".rodata.checks")));',
    '__attribute__((constructor)) static void f(void) {}',
    '[[gnu::section(".text")]] int x;',
    '<:<:gnu::section(".text"):>:> int x;',
    'int g(void) __attribute__((alias("f")));',
    'int \\u0061;',
    b'int x; /* \xff\xfe */',
    b'int x;\0int y;',
])
def test_a_text_that_is_not_taken(text):
    assert faults(text)


@pytest.mark.parametrize("text", [
    '#include "mm/mm.h"\n#include <linux/errno.h>\n#include <stdarg.h>\n',
    '/* asm */ // asm\nconst char *s = "asm \\" R";\n',
    "char c = '\"', d = '\\'';\n",
    'static int f(int x) __attribute__((unused));\n',
    'int a[3], b[3]; int f(int i) { return a[b[i]]; }\n',
    '#define MANY(x) do { \\\n\tf(x); \\\n} while (0)\n',
    '#if 1\n#elif 0\n#else\n#error no\n#endif\n',
])
def test_a_text_that_is_taken(text):
    assert faults(text) == []


def test_the_line_of_a_fault():
    assert [line for line, _ in faults('int a; /*\n\n*/\n#define B \\\n 1\nint c;\nvoid f(void) { asm(""); }\n')] == [7]


def test_every_file_of_a_lab_is_taken():
    paths = [path for lab in labs.load_all(ROOT, labs.known_functions(ROOT))[0] for path in lab.files]
    assert paths
    for path in paths:
        with open(os.path.join(ROOT, path), "rb") as f:
            assert gate.text_faults(f.read(), known) == [], path


def test_no_other_header_takes_a_piece_of_assembly():
    """A macro that puts an argument into assembly lets a lab's file write assembly: such a macro is refused by its name or its header's."""
    for path in glob.glob("kernel/**/*.h", root_dir=ROOT, recursive=True) + glob.glob("mm/**/*.h", root_dir=ROOT, recursive=True):
        if path.startswith(gate.CLOSED):
            continue
        with open(os.path.join(ROOT, path)) as f:
            text = f.read().replace("\\\n", " ")
        for name, parameters, body in re.findall(r"^#define\s+(\w+)\(([^)]*)\)(.*)$", text, re.M):
            words = [w.strip() for w in parameters.split(",") if w.strip()]
            pasted = [w for w in words if re.search(r'"\s+%s\b|\b%s\s+"|#\s*%s\b' % (w, w, w), body)]
            if pasted and ("asm" in body or name.startswith("_ASM")):
                assert name in gate.REFUSED_NAMES, f"{path}: {name}({pasted[0]})"


def test_what_is_no_file_of_the_lab(tmp_path):
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "brk.c").symlink_to("/etc/shadow")
    (tmp_path / "kernel").symlink_to("/etc")
    os.mkfifo(tmp_path / "mm" / "fifo.c")
    (tmp_path / "mm" / "dir.c").mkdir()
    with open(tmp_path / "mm" / "huge.c", "wb") as f:
        f.truncate(2 << 30)
    for path, why in ("mm/brk.c", "symbolic link"), ("kernel/passwd", "symbolic link"), ("mm/fifo.c", "regular"), ("mm/dir.c", "regular"), \
            ("mm/huge.c", "larger"), ("mm/none.c", "not in the submission"):
        with pytest.raises(gate.Refused, match=why):
            gate.take(tmp_path, path)
    (tmp_path / "mm" / "vma.c").write_bytes(b"int x;\n")
    assert gate.take(tmp_path, "mm/vma.c") == b"int x;\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """compile(text): the faults of this object beside an original that has one global function f and wants g."""
    folder = tmp_path_factory.mktemp("objects")

    def compiled(text, name):
        (folder / f"{name}.c").write_text(text)
        worked, words = gate.compile_file(CC, f"{name}.c", f"{name}.o", folder)
        assert worked, words
        return str(folder / f"{name}.o")
    first = compiled("int g(int); int f(int x) { return g(x) + 1; }", "original")
    manifest = gate.manifest({"mm/a.c": first}, [first], CROSS)
    return lambda text: gate.object_faults("mm/a.c", gate.describe([compiled(text, "student")], CROSS), manifest)


def test_an_object_like_the_original(original):
    assert original("static int h(int x) { return x * 3; } int g(int); int f(int x) { static char b[100]; b[x] = 1; return h(g(x)) + b[0]; }") == []


F = "int g(int); int f(int x) { return g(x); } "


@pytest.mark.parametrize("text, why", [
    (F + "void panic(const char *s) {}", "defines panic"),
    (F + "__attribute__((weak)) void run_kernel_checks(void) {}", "defines run_kernel_checks"),
    (F + "int h(int x) __attribute__((alias(\"f\")));", "defines h"),
    ("int not_f;", "does not define f"),
    ("void check_fail(void); int f(int x) { check_fail(); return 0; }", "uses check_fail"),
    ("extern char _text[] __attribute__((weak)); int f(int x) { return _text[x]; }", "uses _text"),
    (F + "__attribute__((section(\".rodata.checks\"), used)) static int table[3];", "section .rodata.checks"),
    (F + "__attribute__((constructor)) static void h(void) { g(1); }", "section"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"outb %al, %dx\"); }", "h() holds out"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"rep outsb\"); }", "h() holds outsb"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"lidt (%eax)\"); }", "h() holds lidt"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"mov %eax, %dr7\"); }", "h() holds %d"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"mov %eax, %ds\"); }", "h() holds %ds"),
    (F + "static __attribute__((used)) void h(void) { asm volatile(\"cli; hlt\"); }", "h() holds hlt"),
    (F + "static __attribute__((used)) char big[300000];", "KiB"),
])
def test_an_object_that_is_not_taken(original, text, why):
    assert any(why in fault for fault in original(text)), original(text)


def test_the_compiler_is_bounded(tmp_path):
    """A macro that grows without end costs the compiler its memory or its time, not the grader's."""
    lines = ["#define A0 x x x x x x x x x x x x x x x x"]
    lines += [f"#define A{n} {f'A{n - 1} ' * 16}" for n in range(1, 12)]
    (tmp_path / "bomb.c").write_text("\n".join(lines) + "\nint x = A11;\n")
    worked, words = gate.compile_file(CC, "bomb.c", "bomb.o", tmp_path)
    assert not worked and len(words) < gate.WORDS_MAX + 200


def test_the_tools_see_no_variable_of_the_caller(tmp_path, monkeypatch):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "there.h").write_text("int there;\n")
    (tmp_path / "a.c").write_text("#include <there.h>\n")
    monkeypatch.setenv("CPATH", str(tmp_path / "x"))
    assert subprocess.run([*CC, "-c", "-o", "/dev/null", "a.c"], cwd=tmp_path).returncode == 0
    assert not gate.compile_file(CC, "a.c", "a.o", tmp_path)[0]
