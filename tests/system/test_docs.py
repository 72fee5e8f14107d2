"""Docs, README and comments name only what is there: functions, files, links, kernel options, system calls, fields, call trees."""
import functools
import glob
import importlib.machinery
import importlib.util
import os
import re
import subprocess

import pytest
from csource import functions, read, source, without_comments
from machine import ROOT

PAGES = ["README.md"] + sorted(os.path.relpath(p, ROOT) for p in glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
SOURCES = ("boot", "kernel", "mm", "libc", "user", "tests/guest", "tests/host", "tests/bench")
COMMENTED = ("boot", "kernel", "mm", "libc", "user")
STRUCTURES = ("mm_struct", "vm_area_struct")
LARGEST_PICTURE = 100000
FOLDERS = ("boot", "kernel", "mm", "libc", "user", "tests", "scripts", "docs", "labs")


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


@pytest.mark.parametrize("page", PAGES)
def test_breakpoints_exist(page):
    """What a page tells the reader to type in gdb stops somewhere."""
    named = re.findall(r"(?:`|\(gdb\) |^ {4})[ht]?break (\w+)", read(page), re.M)
    assert [name for name in named if name not in functions() and name not in called()] == []


def pictures():
    """(page, words, path) of each picture that a page shows."""
    for page in PAGES:
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)#\s]+)\)", prose(page)):
            yield page, words, os.path.relpath(os.path.join(ROOT, os.path.dirname(page), target), ROOT)


def test_pictures_are_there_and_can_be_made_anew():
    """Each picture of a page is a small file that scripts/pictures makes, with words for those who do not see it; no file is left over."""
    loader = importlib.machinery.SourceFileLoader("pictures", os.path.join(ROOT, "scripts", "pictures"))
    made = importlib.util.module_from_spec(importlib.util.spec_from_loader("pictures", loader))
    loader.exec_module(made)
    known = sorted(f"docs/pictures/{name}" for name in {**made.TRACES, **made.LESSONS, **made.TEXTS})
    assert sorted({path for _, _, path in pictures()}) == known
    assert sorted(os.path.relpath(p, ROOT) for p in glob.glob(os.path.join(ROOT, "docs", "pictures", "*"))) == known
    assert [path for path in known if os.path.getsize(os.path.join(ROOT, path)) > LARGEST_PICTURE] == []
    assert [path for _, words, path in pictures() if len(words.split()) < 5] == []


def linked(*pages):
    """The pages to which these link."""
    return {os.path.relpath(os.path.join(ROOT, os.path.dirname(page), target), ROOT)
            for page in pages for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(page))}


def test_every_page_is_on_the_way():
    """A reader finds each page from the README or the start page, and each experiment from the list of them."""
    known = linked("README.md", "docs/start-here.md", "docs/experiments/README.md")
    assert [page for page in PAGES if page.startswith("docs/") and not page.startswith("docs/zh/") and page not in known] == []


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


def fields(structure):
    """The names of a structure's fields, in order."""
    body = re.search(rf"^struct {structure} \{{(.*?)^\}};", without_comments(read("mm/mm_types.h")), re.M | re.S).group(1)
    body = re.sub(r"struct \{[^}]*\} ", "struct inner ", body)
    return [name for line in body.split(";") for name in re.findall(r"(\w+)(?:\[\w+\])?\s*(?:,|$)", line.strip())]


def section(page, heading):
    """A section of a page, with the smaller ones below it, without its blocks of code."""
    text = re.sub(r"^```.*?^```", "", read(page), flags=re.M | re.S)
    return re.search(rf"^## {heading}.*?\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)


def rows(text):
    """The cells of each row of the tables in a text, without the headings."""
    cells = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return [row for row in cells if row[0] not in ("Field", "Column", "Line", "File")]


def rows_of(structure):
    return rows(section("docs/fields.md", f"struct {structure}"))


def named(cell):
    return re.findall(r"`(\w+)\(\)`", cell)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_table_has_every_field(structure):
    assert [name for row in rows_of(structure) for name in re.findall(r"`(\w+)`", row[0])] == fields(structure)


def is_set(field, body):
    """An assignment, or the address of the field is taken (a lock, a list, a tree)."""
    lvalue = rf"(?:->|\.){field}\b(?:\[[^\]]*\])?"
    return re.search(rf"{lvalue}\s*(?:=(?!=)|[-+|&]=|\+\+|--)|(?:\+\+|--|&)[\w>().-]*{lvalue}"
                     rf"|(?:memset|memcpy)\([\w>-]*{lvalue}", body) is not None


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_functions_touch_the_field(structure):
    wrong = []
    for cell, _, setters, readers in rows_of(structure):
        names = re.findall(r"`(\w+)`", cell)
        bodies = functions()
        assert named(setters) and (named(readers) or readers.startswith("nobody")), cell
        wrong += [f"{cell}: {name} does not set it" for name in named(setters)
                  if not any(is_set(field, bodies.get(name, "")) for field in names)]
        wrong += [f"{cell}: {name} does not read it" for name in named(readers)
                  if not any(re.search(rf"\b{field}\b", bodies.get(name, "")) for field in names)]
    assert wrong == []


@pytest.mark.parametrize("structure", STRUCTURES)
def test_what_nobody_reads_is_read_by_nobody(structure):
    for cell, _, setters, readers in rows_of(structure):
        if readers.startswith("nobody"):
            users = [name for name, body in functions().items() if re.search(rf"(?:->|\.){cell.strip('`')}\b", body)]
            assert set(users) <= set(named(setters)), cell


def test_the_table_of_maps_names_fields():
    """Each column is printed from a field that the function which prints it mentions."""
    printed = functions()["show_map_vma"] + functions()["show_vma_header_prefix"]
    table = [row for row in rows(section("docs/maps-line.md", "maps")) if re.match(r"`(?:vm_|VM_)|.*`vm_file", row[1])][:8]
    assert [row[0] for row in table] == ["start", "end", "`r`, `w`, `x`", "`s` or `p`", "offset", "device", "inode", "name"]
    for column, field, _ in table:
        for name in re.findall(r"\b(vm_\w+|VM_\w+|f_\w+|i_\w+|s_dev)\b", field):
            assert name in printed, column


def test_the_table_of_smaps_has_every_line():
    printed = re.findall(r'(?:put_kb|put_pss|seq_puts|seq_printf)\(m, "(\w+):', functions()["show_smap"] + functions()["__show_smap"]
                         + functions()["show_smap_vma_flags"])
    lines = [name for row in rows(section("docs/maps-line.md", "smaps")) for name in row[0].split(", ")]
    assert sorted(lines) == sorted(name for name in printed if name not in ("Pss_Anon", "Pss_File", "Pss_Shmem"))


def test_the_table_of_flags_has_every_flag():
    """The letters beside each flag are those that smaps prints for it."""
    printed = dict(re.findall(r'\{(VM_\w+), "(..)"\}', functions()["show_smap_vma_flags"]))
    table = {}
    for row in rows(section("docs/maps-line.md", "VmFlags")):
        table.update(zip(re.findall(r"`(VM_\w+)`", row[1]), row[0].split()))
    table.pop("Flag", None)
    assert table == printed


def trees():
    """Pairs (caller, callee) of the right sides of the call trees; a callee "->OP: NAME" is called through a table."""
    for block in re.findall(r"^```\n(Linux.*?)^```", read("docs/call-trees.md"), re.M | re.S):
        head, *lines = block.splitlines()
        left, above = head.index("Mapix"), []
        for line in lines:
            name = line[left:].strip()
            depth = (len(line[left:]) - len(line[left:].lstrip())) // 2
            if name:
                above = above[:depth] + [name]
                assert len(above) == depth + 1, f"{name}: nothing calls it"
                yield (above[-2].split(": ")[-1] if depth else None), name


def body_of(function):
    """The body of a function, of C or of assembly; empty if there is none."""
    if function in functions():
        return functions()[function]
    match = re.search(rf"^{function}:\n(.*?)(?=^\w+:|\Z)", read("kernel/x86/entry/entry.asm"), re.M | re.S)
    return match.group(1) if match else ""


def what_is_wrong(caller, name):
    """What the source does not have of a line of a tree; None: it is right."""
    operation, _, callee = name.removeprefix("->").rpartition(": ")
    if not body_of(callee) and not re.search(rf"#\s*define {callee}\(", source()):
        return f"there is no {callee}"
    if operation:
        return None if re.search(rf"\.{operation} = {callee}\b", source()) else name
    return None if not caller or re.search(rf"\b(?:static_call_)?{callee}\b", body_of(caller)) else f"{caller} does not call {callee}"


def test_the_call_trees_are_those_of_the_source():
    assert len(list(trees())) > 150
    assert [wrong for wrong in (what_is_wrong(*line) for line in trees()) if wrong] == []


def terms():
    return [row for row in rows(read("docs/glossary.md")) if row[0] != "Term"]


def test_the_glossary_is_in_order():
    words = [row[0].lower().replace("_", "").replace("-", " ") for row in terms()]
    assert len(words) > 100 and words == sorted(set(words))


def test_the_pages_use_the_terms_of_the_glossary():
    """Each term stands in the page that its line names."""
    unused = [(term, page) for term, _, _, page, _ in terms()
              if not re.search(re.escape(term.removesuffix("y")), re.sub(r"\s+", " ", read("docs/" + re.search(r"\((.*)\)", page).group(1))), re.I)]
    assert unused == []


def test_the_source_has_what_the_glossary_names():
    missing = [name for *_, places in terms() for name in re.findall(r"`([^`]+)`", places)
               if not re.search(rf"^{name} \{{" if name.startswith("struct ") else rf"\b{name.removesuffix('()')}\b", source(), re.M)]
    assert missing == [] and all("`" in row[-1] for row in terms())


CHINESE = [page for page in PAGES if page.startswith("docs/zh/")]


def english(page):
    return page.replace("docs/zh/", "docs/")


def in_chinese(page):
    translated = page.replace("docs/", "docs/zh/", 1)
    return translated if translated in CHINESE else page


def code(page):
    """The blocks of code: between fences, or indented."""
    return re.findall(r"^```(?:.|\n)*?^```$|(?<=\n\n)(?: {4}.*\n)+", read(page), re.M)


def words(page):
    """What stands between back quotes in a page's text, each once."""
    return {re.sub(r"\s+", " ", word) for word in re.findall(r"`([^`]+)`", re.sub(r"^(?: {4}.*\n)+", "", prose(page), flags=re.M))}


def test_the_start_and_all_experiments_are_in_chinese():
    pages = ["docs/start-here.md"] + [page for page in PAGES if page.startswith("docs/experiments/")]
    assert [page for page in pages if in_chinese(page) == page] == []


@pytest.mark.parametrize("page", CHINESE)
def test_the_chinese_page_is_in_step(page):
    """It has the English page's headings, code and output, links (to Chinese pages where there are some) and names."""
    levels = [[len(line) for line in re.findall("^#+", prose(p), re.M)] for p in (page, english(page))]
    assert levels[0] == levels[1]
    assert code(page) == code(english(page))
    assert linked(page) - {english(page)} == {in_chinese(target) for target in linked(english(page)) if target != page}
    assert words(page) ^ words(english(page)) == set()


def test_lines_that_gdb_shows_are_there():
    """`start_kernel (…) at kernel/main.c:LINE`: a breakpoint stops at the function's beginning."""
    shown = [(page, *found) for page in PAGES for found in re.findall(r"\b(\w+) \([^)\n]*\) at ([\w/]+\.c):(\d+)", read(page))]
    assert shown
    for page, function, path, line in shown:
        assert re.search(rf"\b{function}\(", "\n".join(read(path).split("\n")[int(line) - 5:int(line)])), (page, function, line)
