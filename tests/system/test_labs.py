"""labs/NAME/lab.toml: those that are here are in order, and what is wrong with one is said."""
import ast
import glob
import os
import re
import subprocess
import sys

import pytest
from machine import ROOT
from test_docs import called, prose, read

import labs

PAGES = sorted(os.path.relpath(p, ROOT) for p in glob.glob(os.path.join(ROOT, "labs", "*.md")) + glob.glob(os.path.join(ROOT, "labs", "*", "*.md"))
               if "/common/" not in p)
READER = os.path.join(ROOT, "scripts", "labs.py")
GOOD = """
number = 2
title = "Two functions"
after = []
hours = 2.5
docs = ["docs/faults.md"]
view = ["mm/fault.h"]
[functions]
do_mincore = "-ENOMEM"
can_do_mincore = "false"
[[check]]
name = "kernel/the_range_is_looked_at"
points = 60
says = "mincore tells which pages are there"
functions = ["do_mincore"]
[[check]]
name = "brk/the_heap_is_named"
points = 40
says = "a file that one may not write is not told about"
functions = ["can_do_mincore", "do_mincore"]
leaks = true
"""
KERNEL = "KERNEL_CHECK(the_range_is_looked_at)\n{\n}\n"


@pytest.fixture(scope="module")
def known():
    return labs.known_functions(ROOT)


@pytest.fixture
def tree(tmp_path):
    """A tree with the kernel's source and the labs that write() makes."""
    for name in ("boot", "kernel", "mm", "tests", "docs"):
        os.symlink(os.path.join(ROOT, name), tmp_path / name)
    return tmp_path


def write(tree, name, text, kernel=KERNEL):
    folder = tree / "labs" / name
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(text)
    if kernel:
        (folder / "kernel.c").write_text(kernel)


def test_the_labs_of_this_tree_are_in_order():
    done = subprocess.run([sys.executable, "-B", READER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    assert [l.number for l in labs.read()] == list(range(1, len(done.stdout.splitlines()) + 1))


@pytest.mark.parametrize("name", ["README.md", "kernel.c", "teacher.md", "mutants.txt"])
def test_a_lab_is_complete(name):
    assert [l.name for l in labs.read() if not os.path.isfile(os.path.join(ROOT, "labs", l.name, name))] == []


def test_a_lab_is_read(tree, known):
    write(tree, "second", GOOD)
    lab, = labs.read(str(tree), known)
    assert (lab.name, lab.number, lab.hours, lab.files, lab.programs) == ("second", 2, 2.5, ["mm/mincore.c"], ["brk"])
    assert lab.taken == {"do_mincore": "-ENOMEM", "can_do_mincore": "false"}
    assert [(c.name, c.points, c.in_kernel, c.leaks) for c in lab.checks] == [("kernel/the_range_is_looked_at", 60, True, False),
                                                                            ("brk/the_heap_is_named", 40, False, True)]
    assert labs.one("2", str(tree), known).name == labs.one("second", str(tree), known).name == "second"


def test_the_checks_of_a_lab_may_be_several_files(tree, known):
    write(tree, "second", GOOD, "/* nothing */\n")
    with pytest.raises(labs.Wrong, match="labs/second/kernel.c has no KERNEL_CHECK"):
        labs.read(str(tree), known)
    (tree / "labs" / "second" / "kernel_more.c").write_text(KERNEL)
    assert labs.read(str(tree), known)
    assert labs.kernel_files("second", str(tree)) == ["labs/second/kernel.c", "labs/second/kernel_more.c"]


WRONG = {
    "unknown key 'titel'; did you mean title?": ("title =", "titel ="),
    "'title' is missing": ("title =", "titel ="),
    "'hours' has the wrong type": ("hours = 2.5", 'hours = "2"'),
    "'number' has the wrong type": ("number = 2", "number = true"),
    "check brk/the_heap_is_named: unknown key 'leak'; did you mean leaks?": ("leaks =", "leak ="),
    "do_mincore: what the stub returns is to be written in quotation marks": ('"-ENOMEM"', "-12"),
    "there is no function do_mincor in a .c file": ("do_mincore", "do_mincor"),
    "do_mincore returns long: its value is missing": ('"-ENOMEM"', '""'),
    "no check is about can_do_mincore": ('"can_do_mincore", ', ""),
    "can_do_mincor is not a function of this lab; did you mean can_do_mincore": ('["can_do_mincore"', '["can_do_mincor"'),
    "the points are 99, not 100": ("points = 40", "points = 39"),
    "0 points": ("points = 40", "points = 0"),
    "tests/guest/brk.c has no TEST(the_heap_is_namd); did you mean the_heap_is_named": ("heap_is_named", "heap_is_namd"),
    "there is no tests/guest/brak.c": ("brk/", "brak/"),
    "labs/second/kernel.c has no KERNEL_CHECK(the_range)": ("kernel/the_range_is_looked_at", "kernel/the_range"),
    "check brk/the_heap_is_named is there twice": ("kernel/the_range_is_looked_at", "brk/the_heap_is_named"),
    "'says' is empty": ('"mincore tells which pages are there"', '" "'),
    "whose work is it? 'functions' is empty": ('["do_mincore"]', "[]"),
    "after: there is no lab 'frist'": ("after = []", 'after = ["frist"]'),
    "docs: there is no file docs/fault.md": ("docs/faults.md", "docs/fault.md"),
    "view: there is no file mm/faults.h": ("mm/fault.h", "mm/faults.h"),
    "view: mm/mincore.c is the work of this lab": ("mm/fault.h", "mm/mincore.c"),
    "steps: can_do_mincore is missing": ("[functions]", "[steps]\ndo_mincore = 1\n[functions]"),
    "steps: mincore is not a function of this lab": ("[functions]", "[steps]\ndo_mincore = 1\ncan_do_mincore = 1\nmincore = 2\n[functions]"),
    "steps: do_mincore has no number of a step": ("[functions]", "[steps]\ndo_mincore = 0\ncan_do_mincore = 1\n[functions]"),
    "Expected": ("number = 2", "number 2"),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_wrong_is_said(tree, known, sentence):
    text = GOOD.replace(*WRONG[sentence])
    assert text != GOOD
    write(tree, "second", text)
    with pytest.raises(labs.Wrong) as error:
        labs.read(str(tree), known)
    assert sentence in str(error.value) and all(line.startswith("labs/second/lab.toml: ") for line in str(error.value).splitlines())


def test_a_function_of_two_places_is_refused(tree, known):
    twice = next(n for n, places in known.items() if len(places) > 1)
    write(tree, "second", GOOD.replace("do_mincore", twice))
    with pytest.raises(labs.Wrong, match=f"there are several functions {twice}: "):
        labs.read(str(tree), known)


def test_labs_that_get_in_each_others_way(tree, known):
    write(tree, "second", GOOD.replace("after = []", 'after = ["third"]'))
    write(tree, "third", GOOD)
    with pytest.raises(labs.Wrong) as error:
        labs.read(str(tree), known)
    for sentence in ("second has the number 2 too", "mm/mincore.c has functions of third too: a file belongs to one lab",
                     "after: third has the number 2, this lab 2"):
        assert sentence in str(error.value)


def test_a_lab_that_shows_the_work_of_another(tree, known):
    write(tree, "second", GOOD)
    write(tree, "third", GOOD.replace("number = 2", "number = 3").replace("can_do_mincore", "madvise_hugepage").replace("do_mincore", "do_madvise")
          .replace("mm/fault.h", "mm/mincore.c"))
    with pytest.raises(labs.Wrong, match="view: mm/mincore.c is the work of second"):
        labs.read(str(tree), known)


def test_one_lab_does_not_suffer_from_another(tree, known):
    write(tree, "second", GOOD)
    write(tree, "third", "number 3")
    assert labs.one("second", str(tree), known).number == 2
    with pytest.raises(labs.Wrong, match="labs/third/lab.toml: Expected"):
        labs.one("third", str(tree), known)
    with pytest.raises(labs.Wrong, match="there is no lab secnd; did you mean second?"):
        labs.one("secnd", str(tree), known)


# ---- the pages

def test_the_table_of_the_labs_is_the_labs():
    rows = re.findall(r"^\| (\d+) \| \[([\w-]+)\]\(([\w-]+)/README\.md\) \| (.*) \| ([\d.]+) \|$", read("labs/README.md"), re.M)
    assert rows == [(str(l.number), l.name, l.name, l.title, str(l.hours)) for l in labs.read()]


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose(page))
    missing = [t for t in targets if "://" not in t and not os.path.exists(os.path.join(ROOT, os.path.dirname(page), t))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_functions_of_a_page_exist(page):
    assert [name for name in re.findall(r"`(\w+)\(\)`", prose(page)) if name not in called()] == []


def test_the_lab_that_is_made_for_teachers_is_in_order(tree, known):
    text = read("labs/README.md")
    toml, = re.findall(r"^```toml\n(.*?)^```", text, re.S | re.M)
    kernel, = re.findall(r"^```c\n(.*?)^```", text, re.S | re.M)
    write(tree, "mincore", re.sub(r"(?m)^after = .*", "after = []", toml), kernel)
    lab, = labs.read(str(tree), known)
    for check in lab.checks:
        assert f"{check.points}/{check.points}  {check.name}: {check.says}\n" in text
    assert f"{len(lab.taken)} functions taken out of {', '.join(lab.files)}; {len(lab.checks)} checks." in text
    _, file, function, old = re.search(r"^@ (.*) \(\w+\) (\S+) (\S+)\n-(.*)$", text, re.M).groups()
    assert function in lab.taken and file in lab.files and read(file).count(old) == 1


def steps_of(lab):
    """The text of each step of a lab's README, by number."""
    text = read(f"labs/{lab.name}/README.md")
    parts = re.split(r"^(?:\*\*|### )Step (\d+):", text.split("The work\n", 1)[1], flags=re.M)
    return {int(number): re.split(r"^## ", part, flags=re.M)[0] for number, part in zip(parts[1::2], parts[2::2])}


@pytest.mark.parametrize("name", [l.name for l in labs.load_all(ROOT, labs.known_functions(ROOT))[0]])
def test_the_steps_of_a_lab_are_those_of_its_text(name):
    lab = labs.one(name)
    steps = steps_of(lab)
    assert list(steps) == list(range(1, len(steps) + 1)) and {*lab.steps.values(), *(c.step for c in lab.checks)} <= set(steps)
    assert [f for f, step in lab.steps.items() if f not in steps[step]] == []
    for number, text in steps.items():
        points = re.match(r".*\b(\d+) points", text)
        assert not points or int(points[1]) == sum(c.points for c in lab.checks if c.step == number), number


def test_the_step_of_a_check(tree, known):
    text = GOOD.replace("[functions]", "programs_from = 3\n[steps]\ndo_mincore = 2\ncan_do_mincore = 1\n[functions]")
    write(tree, "second", text)
    assert [c.step for c in labs.one("2", str(tree), known).checks] == [2, 3]
    write(tree, "third", text.replace("number = 2", "number = 3").replace("leaks = true", "step = 7"))
    assert [c.step for c in labs.load(str(tree), "third", known).checks] == [2, 7]


@pytest.mark.parametrize("page", [p for p in PAGES if p.endswith("README.md")])
def test_lines_of_a_page_are_short(page):
    text = re.sub(r"^```.*?^```", "", read(page), flags=re.S | re.M)
    assert [line for line in text.split("\n") if len(line) > 120 and not line.startswith(("|", "#"))] == []


@pytest.mark.parametrize("name", [l.name for l in labs.load_all(ROOT, labs.known_functions(ROOT))[0]])
def test_what_a_text_tells_to_read_is_handed_out(name):
    """Headers always are. Whatever else the text names stands in the folder, or the text says that it is in the full tree."""
    lab = labs.one(name)
    common, = re.findall(r"^COMMON_DOCS = (.*)$", read("scripts/handout"), re.M)
    handed = {*ast.literal_eval(common), *lab.docs, *lab.view, *lab.files}
    for paragraph in re.split(r"\n\n|\n(?=[-*|]|\d+\.)", read(f"labs/{name}/README.md")):
        named = re.findall(r"`((?:docs|mm|kernel|scripts|tests|user|libc)/[\w./-]+)", paragraph)
        assert [p for p in named if p not in handed and not p.endswith(".h") and os.path.exists(os.path.join(ROOT, p)) and "full" not in paragraph] == []


def test_experiments_of_a_text_are_there():
    named = [(page, name) for page in PAGES for name in re.findall(r"/experiments/(\w+)\b(?!\.md)", read(page))]
    assert named and [n for n in named if not os.path.exists(os.path.join(ROOT, "user", "experiments", n[1] + ".c"))] == []
