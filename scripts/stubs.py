"""Take functions out of a C file: signature and comment stay, and the body says that the function is not there yet.

without(text, functions, values, headers) is the file's text with stubs, each below its contract: the comment that stands
there, and the one at the function's prototype in a header. default(function) is what a stub returns for which no lab has
said so.
"""
import re

PRINTK = "kernel/core/printk.h"
ERRNO = "linux/errno.h"
# a comment that begins a part of a file
HEADING = re.compile(r"/\* -{4}")
# names of functions that return an address or an error, as mmap does
ADDRESS = re.compile(r"mmap|brk|remap|unmapped_area|move_vma|map_region")


class NoBody(Exception):
    """A function's body is not where it should be; the text says which."""


def blanked(text):
    """The text with spaces instead of comments, strings and characters, so that braces in them do not count."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def body(lines, function):
    """The lines between a function's braces, as a slice of `lines`; the braces stand on lines of their own."""
    first, last = function.line - 1, function.end - 1
    for number in range(first, last):
        if lines[number].rstrip() == "{":
            break
        if "{" in lines[number]:
            raise NoBody(f"{function.file}: the opening brace of {function.name} is not on a line of its own")
    else:
        raise NoBody(f"{function.file}: {function.name} has no opening brace")
    if lines[last].rstrip() != "}":
        raise NoBody(f"{function.file}: the closing brace of {function.name} is not on line {last + 1}")
    return slice(number + 1, last)


def stub(function, value):
    """The lines of a stub's body. VALUE is an expression: what it returns, or what a void function does."""
    last = [f"\t{value};" if function.returns == "void" else f"\treturn {value};"] if value else []
    return ["\tnot_there(__func__);", *last]


def included(lines, header, quotes):
    """The lines with an include of this header behind the other ones of its kind."""
    line = f"#include {quotes[0]}{header}{quotes[1]}"
    if line in lines:
        return lines
    places = [i for i, l in enumerate(lines) if l.startswith(f"#include {quotes[0]}")] or [i for i, l in enumerate(lines) if l.startswith("#include ")]
    if not places:
        raise NoBody(f"there is no place for {line}")
    return lines[:places[-1] + 1] + [line] + lines[places[-1] + 1:]


def begin(lines, function):
    """The index of a definition's first line, and that of the comment directly above it; the two are the same: there is none."""
    first = function.line - 1
    while first and lines[first - 1].strip() and not lines[first - 1].rstrip().endswith(("*/", "}", ";")):
        first -= 1
    above = first
    if first and lines[first - 1].rstrip().endswith("*/"):
        while not lines[above].lstrip().startswith("/*"):
            above -= 1
    return first, first if HEADING.match(lines[above]) else above


def contract(name, headers):
    """The comment at a function's prototype, as lines; empty: there is none. HEADERS: texts. A comment holds for the prototypes below it."""
    for text in headers:
        prototype = re.search(rf"^[a-z][\w *]*?\b{name}\(", text, re.M)
        comments = [m for m in re.finditer(r"^/\*.*?\*/$", text[:prototype.start()], re.M | re.S)] if prototype else []
        if comments and "\n\n" not in text[comments[-1].end():prototype.start()] and not HEADING.match(comments[-1].group()):
            return comments[-1].group().split("\n")
    return []


def without(text, functions, values, headers=()):
    """The text with stubs instead of these functions' bodies; values[name] is what the stub returns (stub()).

    HEADERS: texts with the contracts of functions that are not static.
    """
    lines, plain = text.split("\n"), blanked(text).split("\n")
    for function in sorted(functions, key=lambda f: -f.line):
        lines[body(plain, function)] = stub(function, values[function.name])
        above = begin(lines, function)[1]
        lines[above:above] = [] if function.static else contract(function.name, headers)
    lines = included(lines, PRINTK, '""')
    if any(re.search(r"-E[A-Z]+\b", values[f.name]) for f in functions):
        lines = included(lines, ERRNO, "<>")
    return "\n".join(lines)


def default(function):
    """What a stub returns: the mechanism's failure where there is one, otherwise nothing or zero."""
    returns = function.returns
    known = {"void": "", "bool": "false", "vm_fault_t": "VM_FAULT_SIGBUS", "int": "-ENOSYS", "long": "-ENOSYS", "ssize_t": "-ENOSYS"}
    if returns in known:
        return known[returns]
    if returns.endswith("*"):
        return "NULL"
    if returns == "unsigned long" and ADDRESS.search(function.name):
        return "-ENOMEM"
    return f"({returns}){{0}}" if re.search(r"_t$|^(struct|union) ", returns) else "0"
