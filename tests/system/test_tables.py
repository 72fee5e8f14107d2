"""The tables of docs/ about structures, lines of maps and call trees say what is in the source."""
import re

import pytest
from csource import functions, read, source, without_comments

STRUCTURES = ("mm_struct", "vm_area_struct")


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
    return None if not caller or re.search(rf"\b{callee}\b", body_of(caller)) else f"{caller} does not call {callee}"


def test_the_call_trees_are_those_of_the_source():
    assert len(list(trees())) > 150
    assert [wrong for wrong in (what_is_wrong(*line) for line in trees()) if wrong] == []
