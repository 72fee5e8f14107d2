"""Docs, README and comments name only what is there: functions, files, links, kernel options, system calls."""
import functools
import glob
import os
import re
import subprocess

import pytest
from machine import ROOT

PAGES = ["README.md"] + sorted(os.path.relpath(p, ROOT) for p in glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
SOURCES = ("boot", "kernel", "mm", "libc", "user", "tests/guest", "tests/host", "tests/bench")
COMMENTED = ("boot", "kernel", "mm", "libc", "user")
FOLDERS = ("boot", "kernel", "mm", "libc", "user", "tests", "scripts", "docs", "labs")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def files(folders):
    """The files of these folders, at any depth."""
    found = [p for folder in folders for p in glob.glob(os.path.join(ROOT, folder, "**", "*"), recursive=True)]
    return sorted(os.path.relpath(p, ROOT) for p in found if os.path.isfile(p))


@functools.lru_cache(maxsize=None)
def called():
    """Every name that precedes a parenthesis in the source, and every label and macro of the assembly files."""
    names = set()
    for path in files(SOURCES):
        if path.endswith((".c", ".h")):
            names.update(re.findall(r"\b(\w+)\(", re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)))
        elif path.endswith((".asm", ".inc")):
            names.update(re.findall(r"^(?:%i?macro )?(\w+)", read(path), re.M))
    return names


def comments(folders):
    """Pairs of a path and one of its comments."""
    for path in files(folders):
        if path.endswith((".c", ".h")):
            found = re.findall(r"/\*.*?\*/|//[^\n]*", read(path), re.S)
        else:
            found = re.findall(r";[^\n]*", read(path)) if path.endswith((".asm", ".inc")) else []
        yield from ((path, comment) for comment in found)


def test_functions_in_comments_exist():
    missing = [f"{path}: {name}()" for path, comment in comments(COMMENTED)
               for name in re.findall(r"\b(\w+)\(\)", comment) if name not in called()]
    assert missing == []


def test_files_in_comments_exist():
    """Paths and names of files. Where a comment speaks of Linux or glibc, a file may be theirs."""
    there = {os.path.basename(path) for path in files(FOLDERS)} | {"linker.ld"}
    missing = [f"{path}: {name}" for path, comment in comments(("boot", "kernel", "mm")) if not re.search("Linux|glibc", comment)
               for name in re.findall(r"(?<![\w./<*-])((?:\w+/)*\w+\.(?:[ch]|asm|inc|ld))\b", comment)
               if not name.startswith(("linux/", "asm/"))
               and not (name in there or any(os.path.exists(os.path.join(ROOT, p, name)) for p in ("", "libc/include")))]
    assert missing == []


def prose(page):
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", read(page), flags=re.S | re.M)


@pytest.mark.parametrize("page", PAGES)
def test_functions_exist(page):
    missing = [name for name in re.findall(r"`(\w+)\(\)`", prose(page)) if name not in called()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page):
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./*-]*|Makefile|linker\.ld)`", prose(page))
    missing = [path for path in named if "NAME" not in path and not glob.glob(os.path.join(ROOT, path))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    folder = os.path.dirname(os.path.join(ROOT, page))
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(page))
    missing = [t for t in targets if "://" not in t and not os.path.exists(os.path.join(folder, t))]
    assert missing == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_ends_with_three_questions(page):
    """The last section of a page asks three questions; an experiment answers each (no answers are given)."""
    title, _, text = re.split("^## ", read(page), flags=re.M)[-1].partition("\n")
    assert title in ("Questions", "问题")
    questions = re.findall(r"^(\d)\. ((?:.+\n)(?:   .+\n)*)", text, re.M)
    assert [number for number, _ in questions] == ["1", "2", "3"]
    assert [text for _, text in questions if not re.search("[?？]", text)] == []
    assert text == "\n" + "".join(f"{number}. {text}" for number, text in questions)


def kernel_options():
    """The names that the source asks the command line for."""
    found = set()
    for folder in ("kernel", "mm"):
        for path in glob.glob(os.path.join(ROOT, folder, "**", "*.c"), recursive=True):
            text = read(path)
            found.update(re.findall(r'\bcmdline_(?:get|has|get_ulong)\("(\w+)"', text))
            if "cmdline_word(" in text:
                found.update(re.findall(r'!strn?cmp\(word, "(\w+)"', text))
    return found


def test_readme_has_every_kernel_option():
    table = read("README.md")
    assert [option for option in sorted(kernel_options()) if not re.search(rf"^\| `{option}\b", table, re.M)] == []


def test_readme_has_every_make_target():
    targets = set(re.findall(r"^\t@echo 'make (\S+)", read("Makefile"), re.M)) - {"iso,"}
    assert [t for t in sorted(targets) if not re.search(f"`make {t}[ `]", read("README.md"))] == []


def test_abi_coverage_is_current():
    result = subprocess.run([os.path.join(ROOT, "scripts", "abi-coverage")], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert result.returncode == 0, result.stdout
