"""What can be checked of the source without running it."""
import glob
import os
import re
import shutil
import subprocess

import pytest
from machine import ROOT, build

MOST_LINES = 750
CLANG_FORMAT = "14"
KERNEL = ("boot", "kernel", "mm")
ALL = KERNEL + ("libc", "user", "tests", "labs")


def sources(folders, endings):
    found = []
    for folder in folders:
        for path in glob.glob(os.path.join(ROOT, folder, "**", "*"), recursive=True):
            if path.endswith(endings):
                found.append(os.path.relpath(path, ROOT))
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def code(path):
    """The text without comments and strings, line by line as before."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, read(path), flags=re.S)


def test_floors():
    result = subprocess.run([os.path.join(ROOT, "scripts", "floors"), build(), build("debug")], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert result.returncode == 0, result.stdout


def clang_format_version():
    """The major version: another one formats differently."""
    if not shutil.which("clang-format"):
        return None
    out = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True).stdout
    return re.search(r"version (\d+)", out).group(1)


@pytest.mark.skipif(clang_format_version() != CLANG_FORMAT, reason=f"no clang-format of version {CLANG_FORMAT}")
def test_clang_format():
    result = subprocess.run(["clang-format", "--dry-run", "--Werror", *sources(ALL, (".c", ".h"))], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout[:4000]


def test_inline_assembly_stands_in_kernel_x86_headers_only():
    bad = [path for path in sources(KERNEL, (".c", ".h")) if not re.fullmatch(r"kernel/x86/\w+\.h", path)
           and re.search(r"\b(?:asm|__asm__|__asm)\b\s*(?:volatile|__volatile__|goto|inline)*\s*\(", code(path))]
    assert bad == []


def test_page_table_levels_are_known_in_few_places():
    """Who steps through page tables by hand, or takes an entry apart, has to be found when a level or a kind is added."""
    may = r"mm/phys/pgtable(?:_large)?\.[ch]|kernel/x86/pgtable-\w+\.h|mm/pagewalk\.[ch]|kernel/published\.c"
    names = r"\b(?:PGDIR_\w+|PTRS_PER_\w+|pgd_index|pgd_offset|pmd_offset|pgd_val|pmd_val|p[gm]d_addr_end|_PAGE_(?:PROTNONE|HWPOISON|SPECIAL))\b"
    bad = [f"{path}: {name}" for path in sources(KERNEL, (".c", ".h")) if not re.fullmatch(may, path)
           for name in re.findall(names, code(path))]
    assert bad == []


def test_entries_of_user_memory_are_set_where_the_lock_is_checked():
    """set_pte() and set_pmd() are for the kernel's own tables; the others want page_table_lock."""
    bad = [path for path in sources(KERNEL, (".c", ".h")) if not re.match(r"mm/phys/|kernel/x86/pgtable-", path)
           and re.search(r"\b(?:set|replace)_p(?:te|md)\(", code(path))]
    assert bad == []


def test_gdb_commands_know_the_kernels_numbers():
    """They read them from what the kernel publishes, and have no copy of a shift, a mask or a bit."""
    folder = os.path.join("scripts", "gdb", "mapixlib")
    text = "".join(read(os.path.join(folder, name)) for name in sorted(os.listdir(os.path.join(ROOT, folder))))
    published = set(re.findall(r"(?:NUMBER|HALVES)\((\w+)\)", read("kernel/published.c")))
    used = set(re.findall(r"\"(_?(?:PAGE|PTE|PGDIR|PTRS|VM)_\w+)\"", text))
    assert len(used) > 30 and used <= published
    assert re.findall(r"(?m)^\W*(?:_?PAGE|PTE|PGDIR|PTRS|VM)_\w+\W[^\n]*= *\(*(?:0x|\d)", text) == []
    assert re.findall(r"<< *(?:12|22)\b|>> *(?:12|22)\b|& *~?(?:0x3ff|0xfff|1023|4095)\b|0xC0000000", text, re.I) == []


# Functions that nobody calls yet, or not by name.
UNCALLED = {
    "the compiler calls them": {"__ctzdi2", "__divdi3", "__divmoddi4", "__moddi3", "__udivmoddi4"},
    "the boot loader": {"_start"},
    "checks that tests on the host and debuggers call": {"page_alloc_check", "radix_tree_tag_get", "slab_check"},
    "for device drivers": {"pci_read_config_word", "pci_write_config_word", "pci_write_config_dword", "kmem_cache_destroy"},
    "their own file alone, before it defines them": {"filp_close", "mmap_region"},
    "the checks of labs/device": {"devmem_is_allowed", "follow_phys"},
    "for the tables of large memory": {"vmalloc_to_page"},
}


def nm(path):
    out = subprocess.run([os.environ.get("NM", "nm"), "-A", *path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [(line.split(":", 1)[0], *line.split()[-2:]) for line in out.splitlines()]


def test_every_function_is_called():
    """What no other file uses is static; what nobody uses is not there."""
    uses, defines = set(), {}
    for folder in (build(), build("debug")):
        objects = glob.glob(os.path.join(folder, "kernel", "**", "*.[ca]*.o"), recursive=True)
        for part in ("boot", "mm", "kernel-libc"):
            objects += glob.glob(os.path.join(folder, part, "**", "*.[ca]*.o"), recursive=True)
        own = {path: os.path.relpath(path, folder)[:-2] for path in objects}
        for path, kind, name in nm([path for path in objects if "vdso/" not in path]):
            if kind in "Uuw":
                uses.add(name)
            elif kind == "T" and os.path.exists(os.path.join(ROOT, own[path])) and not own[path].startswith("kernel/checks/"):  # for the labs
                defines[name] = own[path]
    for path in sources(("kernel/checks",), (".c",)):
        uses.update(re.findall(r"\w+", code(path)))
    assert len(defines) > 1000
    known = set().union(*UNCALLED.values())
    assert {name: path for name, path in defines.items() if name not in uses | known} == {}
    assert known <= defines.keys() - uses, "called now"


def test_the_kernel_does_without_memory_failure():
    """HWPOISON=0: who asks about broken pages compiles, and needs nothing of the file that is left out."""
    folder = os.path.relpath(build("no-hwpoison"), ROOT)
    files = [path for path in sources(KERNEL, (".c",)) if '#include "mm/reclaim/memory_failure.h"' in read(path)]
    own = ["mm/reclaim/memory_failure.c", "mm/reclaim/memory_failure_hugetlb.c"]
    files = [path for path in files if path not in own]
    objects = [os.path.join(folder, f"{path}.o") for path in files]
    result = subprocess.run(["make", "--no-print-directory", f"BUILD={folder}", "HWPOISON=0", "WERROR=1", *objects], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout
    left_out = {name for _, kind, name in nm([build(f"{path}.o") for path in own]) if kind.isupper() and kind != "U"}
    assert {"madvise_inject_error", "force_sig_mceerr"} <= left_out
    assert left_out & {name for _, _, name in nm([os.path.join(ROOT, path) for path in objects])} == set()


def test_only_one_header_knows_broken_pages():
    """Others ask it: whether a page or an entry is broken, and for the signal."""
    own = {"mm/reclaim/memory_failure.c", "mm/reclaim/memory_failure.h", "mm/phys/page.h", "mm/phys/pgtable.h"}
    bad = [path for path in sources(KERNEL, (".c", ".h")) if path not in own
           and re.search(r"\b(?:PG_hwpoison|PTE_POISON|BUS_MCEERR_A[OR])\b", code(path))]
    assert bad == []


def test_length_of_files():
    long = {path: n for path in sources(ALL, (".c", ".h", ".asm")) if (n := read(path).count("\n")) > MOST_LINES}
    assert long == {}


def test_no_notes_to_ourselves():
    bad = [path for path in sources(ALL, (".c", ".h", ".asm", ".py")) if re.search(r"\b(?:TODO|FIXME|XXX)\b", read(path))
           and not path.endswith("test_style.py")]
    assert bad == []


def test_files_begin_with_a_comment():
    bad = [path for path in sources(KERNEL, (".c", ".h", ".asm")) if not read(path).startswith(("/*", ";"))]
    assert bad == []


def test_no_conditional_compilation_in_functions():
    bad = []
    for path in sources(KERNEL, (".c", ".h")):
        depth, in_macro = 0, False
        for number, line in enumerate(code(path).split("\n"), 1):
            if depth > 0 and re.match(r"\s*#\s*(?:if|elif|else)", line):
                bad.append(f"{path}:{number}")
            in_macro = in_macro or line.lstrip().startswith("#")
            if not in_macro:
                depth += line.count("{") - line.count("}")
            in_macro = in_macro and line.endswith("\\")
    assert bad == []


def without_contract(text):
    """The prototypes of a header that no comment describes: neither one above them, or above the group
    they stand in, nor one on their own lines. A blank line or any other code ends a group. What only
    names files or draws a line describes nothing."""
    bad, described, depth, lines = [], False, 0, text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        first = number
        number += 1
        if line.startswith("#"):
            while lines[number - 1].endswith("\\"):
                number += 1
        elif depth == 0 and line.startswith("/*"):
            while "*/" not in lines[number - 1]:
                number += 1
            comment = "\n".join(lines[first:number])
            described = not re.fullmatch(r"/\*(?:\s|[\w/.]+\.c|[\w/]+/|,|and)*\*/|/\* -{2}.*", comment, re.S)
        elif depth == 0 and re.match(r"typedef|(?!static)[A-Za-z_][\w\s*]*\b\w+\((?!\*)", line):
            while not re.search(r"[;{]", lines[number - 1]):
                number += 1
            if "{" not in line and not line.startswith("typedef") and not described and "/*" not in lines[number - 1]:
                bad.append((first + 1, line))
            while "/*" in lines[number - 1] and "*/" not in lines[number - 1]:
                number += 1
            depth += line.count("{") - line.count("}")
        else:
            if depth or not re.match(r"extern |struct \w+;", line):
                described = False
            depth += line.count("{") - line.count("}")
    return bad


def test_prototypes_have_contracts():
    assert without_contract("/* Ends. */\nvoid a(void);\nint b(void); /* 0 */\nint c(int x,\n\tint y);\n") == []
    assert without_contract("/* Ends. */\nvoid a(void);\n\nint b(void);\n") == [(4, "int b(void);")]
    assert without_contract("/* a.c, b.c */\nvoid a(void);\n") == [(2, "void a(void);")]
    assert without_contract("/* Ends. */\nstatic inline void a(void)\n{\n}\nvoid b(void);\n") == [(5, "void b(void);")]
    bad = {path: found for path in sources(("kernel", "mm"), (".h",)) if (found := without_contract(read(path)))}
    assert bad == {}
