"""What the grader takes of a submission: the lab's files and nothing else, and only if they are plain C of the mechanism.

A file passes three gates. It must be a regular file of bounded size (take). Its text must hold no inline assembly and include
no other file than the kernel's headers (text_faults; nothing of a file that was asked for in vain is ever shown). And the object
that comes of it must look like the original's: the same global symbols, no other sections, names that mm/ uses, no instruction
of the system that mm/ does not use (object_faults). docs/grading.md says what this stops and what it does not.
"""
import bisect
import json
import os
import re
import resource
import stat
import subprocess

FILE_MAX = 256 << 10  # bytes of a source file
GROWTH_MAX = 256 << 10  # bytes that an object's code and data may hold more than the original's
CPU_MAX = 30  # seconds of a compiler
MEMORY_MAX = 320 << 20
OBJECT_MAX = 16 << 20
WORDS_MAX = 4000  # characters of a compiler's words that a student gets to read

DIRECTIVES = {"include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "error", "warning"}
ATTRIBUTES = {"unused", "noinline", "always_inline", "packed", "aligned", "format", "printf", "fallthrough", "const", "pure", "cold", "hot",
              "noreturn", "may_alias", "warn_unused_result", "nonnull"}
REFUSED_NAMES = {**dict.fromkeys(("asm", "__asm", "__asm__"), "inline assembly; the kernel's headers have what the mechanism needs"),
                 **dict.fromkeys(("__get_user_asm", "__put_user_asm", "_ASM_EXTABLE"), "a macro that takes a piece of assembly"),
                 **dict.fromkeys(("_Pragma", "__pragma"), "a pragma"),
                 **dict.fromkeys(("__has_include", "__has_include_next", "__has_embed"), "a question about files")}
COMPILERS_HEADERS = {"stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "limits.h"}
CLOSED = ("kernel/checks/", "labs/", "tests/", "kernel/x86/kbuild.h")  # what belongs to the checks, and one whose macros write assembly

SYSTEM = set("""in inb inw inl out outb outw outl ins insb insw insl outs outsb outsw outsl cli sti hlt lgdt lgdtl lgdtw lidt lidtl lidtw
    sgdt sgdtl sidt sidtl lldt sldt ltr str lmsw smsw clts invd wbinvd invlpg invpcid rdmsr wrmsr rdpmc rdtsc rdtscp cpuid int int1 int3 icebp into
    iret iretl iretw sysenter sysexit syscall sysret lcall ljmp lret lretl lss lds les lfs lgs pushf pushfl pushfw popf popfl popfw vmcall
    vmmcall vmlaunch xsetbv xgetbv monitor mwait rsm ud0 ud1 swapgs arpl lar lsl verr verw (bad)""".split())
SYSTEM_REGISTER = re.compile(r"%(?:cr|db|dr|tr)\d|%[cdefgs]s(?![:\w])")
PREFIXES = {"lock", "rep", "repz", "repnz", "repe", "repne", "data16", "addr16", "cs", "ds", "es", "fs", "gs", "ss", "notrack", "bnd"}
SECTIONS = re.compile(r"\.(?:text|rodata|data|bss)|\.text\.(?:unlikely|hot)|\.rodata\.(?:str|cst)[\d.]+|\.comment|\.note\.GNU-stack|\.debug_\w+|\.group")
COMPILERS_CALLS = {"memcpy", "memmove", "memset", "memcmp", "not_there"}
LAYOUT = {"_text", "_etext", "_sdata", "_edata", "_end", "__start_rodata", "__end_rodata"}  # where the kernel lies: for files that have it now


class Refused(Exception):
    """A file is not taken; the text tells the student why."""


# ---------------------------------------------------------------- the file

def take(folder, path):
    """The bytes of FOLDER/PATH, which must be a regular file of bounded size that no symbolic link leads to."""
    at, mode = folder, 0
    for part in path.split("/"):
        at = os.path.join(at, part)
        try:
            mode = os.lstat(at).st_mode
        except OSError:
            raise Refused(f"{path} is not in the submission")
        if stat.S_ISLNK(mode):
            raise Refused(f"{path}: a symbolic link is not taken")
    if not stat.S_ISREG(mode):
        raise Refused(f"{path} is not a regular file")
    with os.fdopen(os.open(at, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as f:
        data = f.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        raise Refused(f"{path} is larger than {FILE_MAX >> 10} KiB")
    return data


# ---------------------------------------------------------------- its text

SPLICE = re.compile(r"\\[ \t\v\f]*\n")
STRAY = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]|\r")
TOKEN = re.compile(r"""
    (?P<space>(?:[ \t\v\f]|//[^\n]*|/\*.*?\*/)+)
  | (?P<line>\n)
  | (?P<raw>(?:u8|[uUL])?R")
  | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')
  | (?P<name>(?:[A-Za-z_$\x80-\U0010ffff]|\\[uU])[\w$\\\x80-\U0010ffff]*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<sign>%:%:|\#\#|%:|<:|:>|<%|%>|.)
""", re.X | re.S)
DIGRAPHS = {"%:%:": "##", "%:": "#", "<:": "[", ":>": "]", "<%": "{", "%>": "}"}


class Token:
    """A token of the preprocessor: its text, its kind (a group of TOKEN), its line, where it begins and ends in the joined text."""

    def __init__(self, match, line):
        self.text = DIGRAPHS.get(match.group(), match.group())
        self.kind, self.line, self.start, self.end = match.lastgroup, line, match.start(), match.end()


def lines_of(text):
    """Lists of tokens, one for each line as the preprocessor sees it: continued lines joined, comments gone, digraphs spelled out."""
    splices, removed = [], 0
    for match in SPLICE.finditer(text):
        splices.append(match.start() - removed)
        removed += len(match.group())
    newlines, found = 0, [[]]
    for match in TOKEN.finditer(SPLICE.sub("", text)):
        if match.lastgroup == "line":
            found.append([])
        elif match.lastgroup != "space":
            found[-1].append(Token(match, 1 + newlines + bisect.bisect_right(splices, match.start())))
        newlines += match.group().count("\n")
    return [line for line in found if line]


def header_fault(line, known):
    """What is wrong with the tokens of an #include; KNOWN says whether there is a header of this name."""
    text = "".join(token.text for token in line[2:])
    name = text[1:-1]
    if (text[:1], text[-1:]) not in (('"', '"'), ("<", ">")) or not re.fullmatch(r"[\w./+-]+", name):
        return "an #include names its header by \"path\" or <path>"
    if name.startswith("/") or ".." in name.split("/") or not name.endswith(".h") or name.startswith(CLOSED) or not known(name):
        return f"{text} is none of the headers that a lab may include"
    return None


def directive_fault(line, known):
    """What is wrong with a line that begins with #."""
    word = line[1].text if len(line) > 1 else ""
    if not word:
        return None
    if word not in DIRECTIVES:
        return f"#{word} is not taken in a lab's file"
    if word == "include":
        return header_fault(line, known)
    if word == "define" and any(token.text == "##" for token in line):
        return "a macro pastes names together (##)"
    return None


def attribute_fault(tokens, at):
    """What is wrong with the __attribute__ at this place: one that changes where or how the linker puts things."""
    depth = 0
    for token in tokens[at + 1:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth <= 0:
            return None
        if token.kind == "name" and token.text.strip("_") not in ATTRIBUTES:
            return f"__attribute__(({token.text})) is not taken in a lab's file"
    return "an __attribute__ does not end"


def token_fault(tokens, at):
    """What is wrong with one token where it stands."""
    token = tokens[at]
    if token.kind == "raw" or token.text in ('"', "'") or token.kind == "name" and "\\" in token.text:
        return "a string or a name that is not plain C"
    if token.text in REFUSED_NAMES:
        return REFUSED_NAMES[token.text]
    if token.text == "[" and at + 1 < len(tokens) and tokens[at + 1].text == "[":
        return "an attribute in [[ ]]"
    if token.text.startswith("__attribute"):
        return attribute_fault(tokens, at)
    return None


def text_faults(data, known):
    """What in a source file is not taken: (line, sentence). KNOWN(name) says whether the kernel has a header of this name."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return [(1, "the file is not text in UTF-8")]
    stray = STRAY.search(text)
    if stray:
        return [(text.count("\n", 0, stray.start()) + 1, "a control character")]
    faults, lines = [], lines_of(text)
    for line in lines:
        fault = line[0].text == "#" and directive_fault(line, known)
        if fault:
            faults.append((line[0].line, fault))
    tokens = [token for line in lines for token in line]
    for at, token in enumerate(tokens):
        fault = token_fault(tokens, at)
        if fault:
            faults.append((token.line, fault))
    return sorted(faults)


# ---------------------------------------------------------------- its object

def limit():
    """In a child: bounded time, memory and output, so that no macro can keep the grader busy."""
    for what, most in ((resource.RLIMIT_CPU, CPU_MAX), (resource.RLIMIT_AS, MEMORY_MAX), (resource.RLIMIT_FSIZE, OBJECT_MAX), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def clean_environment():
    """What tools see: no variable by which a caller could add a path, a flag or a wrapper."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TMPDIR": os.environ.get("TMPDIR", "/tmp")}


def compile_file(command, source, target, folder):
    """Compile SOURCE by COMMAND in FOLDER; (worked, the compiler's words)."""
    done = subprocess.run([*command, "-c", "-o", target, source], cwd=folder, env=clean_environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=limit)
    words = done.stdout.decode(errors="replace")[:WORDS_MAX]
    if done.returncode < 0 or done.returncode > 1:
        words += f"\nthe compiler was stopped: it used more than {CPU_MAX} s, or {MEMORY_MAX >> 20} MiB"
    return done.returncode == 0, words.strip()


def output_of(*command):
    """What a tool of the compiler's prints about an object."""
    return subprocess.run(command, env=clean_environment(), check=True, stdout=subprocess.PIPE).stdout.decode(errors="replace")


def instructions(text):
    """The words of the system among the instructions that objdump lists: {word: function where it was first seen}."""
    function, found = "", {}
    for line in text.splitlines():
        mark = re.match(r"[0-9a-f]+ <(.*)>:$", line)
        if mark:
            function = mark[1]
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0].strip().endswith(":"):
            continue
        words = [word for word in columns[1].split() if word not in PREFIXES]
        register = SYSTEM_REGISTER.search(columns[1])
        if words and words[0] in SYSTEM:
            found.setdefault(words[0], function)
        elif register:
            found.setdefault(register.group(), function)
    return found


def describe(paths, cross):
    """What the gate looks at in objects, taken together: sections, size, what they define and want, instructions of the system."""
    headers = re.findall(r"^ +\d+ (\S+) +([0-9a-f]+) .*\n(.*)", output_of(cross + "objdump", "-h", *paths), re.M)
    symbols = [words for words in map(str.split, output_of(cross + "nm", "-f", "posix", *paths).splitlines()) if len(words) > 1]
    there = {words[0] for words in symbols if len(words) > 2 and (words[1].isupper() or words[1] in "iu")}
    return {
        "sections": {name for name, _, _ in headers},
        "size": sum(int(size, 16) for _, size, flags in headers if "ALLOC" in flags),
        "defines": there,
        "wants": {words[0] for words in symbols if len(words) == 2 and words[1] in "Uvw"} - there,
        "functions": {words[0] for words in symbols if len(words) > 2 and words[1] in "tTwW"},
        "system": instructions(output_of(cross + "objdump", "-d", "--no-show-raw-insn", "-w", *paths)),
    }


def manifest(objects, mm_objects, cross):
    """What is known of the originals. OBJECTS: {path of a lab's file: its original object}; MM_OBJECTS: those whose habits are allowed to all."""
    originals = {path: describe([object_], cross) for path, object_ in objects.items()}
    known = [describe(mm_objects, cross), *originals.values()]
    names = COMPILERS_CALLS.union(*(d["wants"] | d["defines"] for d in known)) - LAYOUT
    return {
        "files": {path: {"defines": sorted(d["defines"]), "wants": sorted(d["wants"]), "size": d["size"]} for path, d in originals.items()},
        "sections": sorted(s for s in set().union(*(d["sections"] for d in known)) if not SECTIONS.fullmatch(s)),
        "names": sorted(names),
        "functions": sorted(set().union(*(d["functions"] for d in known))),
        "system": sorted(set().union(*(d["system"] for d in known))),
    }


def write_manifest(path, objects, mm_objects, cross):
    """Write manifest() to the file PATH."""
    with open(path, "w") as f:
        json.dump(manifest(objects, mm_objects, cross), f, indent=1)
        f.write("\n")


def object_faults(path, seen, known):
    """What in the object of the lab's file PATH is not as in the original. SEEN: describe(); KNOWN: manifest()."""
    original = known["files"][path]
    faults = [f"it defines {name}, which the original does not: make it static" for name in sorted(seen["defines"] - set(original["defines"]))]
    faults += [f"it does not define {name}, which the rest of the kernel needs" for name in sorted(set(original["defines"]) - seen["defines"])]
    faults += [f"it uses {name}, which nothing in mm/ uses" for name in sorted(seen["wants"] - set(known["names"]) - set(original["wants"]))]
    faults += [f"it has a section {name}" for name in sorted(seen["sections"] - set(known["sections"])) if not SECTIONS.fullmatch(name)]
    faults += [f"{function}() holds {word}, which nothing in mm/ uses" for word, function in seen["system"].items() if word not in known["system"]]
    if seen["size"] > original["size"] + GROWTH_MAX:
        faults.append(f"its code and data are {seen['size'] >> 10} KiB")
    return faults
