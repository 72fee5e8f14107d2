"""Plausible mistakes: lists like tests/mutants.txt, and how one of them is made in a file's text."""
import re
import sys


class Mutant:
    def __init__(self, name, kind, file, function):
        self.name, self.kind, self.file, self.function = name, kind, file, function
        self.old, self.new, self.likely, self.append = [], [], [], ""

    def apply(self, text):
        """The file's text with the mistake, or None if its place is not there exactly once."""
        start = re.search(r"^[^\s#/*}].*\b%s\((?:[^;{]|\n)*\n\{\n" % self.function, text, re.M)
        end = start and text.find("\n}\n", start.end() - 2)
        if not start or end < 0:
            return None
        body = text[start.start():end]
        words = re.escape(" ".join(" ".join(self.old).split())).replace(r"\ ", r"\s+")
        if len(re.findall(words, body)) != 1:
            return None
        return text[:start.start()] + re.sub(words, lambda m: "\n".join(self.new), body) + text[end:]


def read_list(path):
    """The mistakes, and the programs that every one of them has to pass."""
    mutants, programs, likely = [], [], {}
    for number, line in enumerate(open(path), 1):
        line = line.rstrip("\n")
        if line.startswith("programs: "):
            programs += line.split()[1:]
        elif line.startswith("likely "):
            file, names = line[7:].split(":")
            likely[file] = names.split()
        elif line.startswith("@ "):
            name, kind, file, function = re.fullmatch(r"@ (.*) \((.*)\) (\S+) (\S+)", line).groups()
            mutants.append(Mutant(name, kind, file, function))
            mutants[-1].likely = likely.get(file, [])
        elif line.startswith("! "):
            mutants[-1].likely = line.split()[1:]
        elif line.startswith("& "):
            mutants[-1].append = line[2:]
        elif line[:1] in ("-", "+"):
            (mutants[-1].old if line[0] == "-" else mutants[-1].new).append(line[1:].strip())
        elif line and not line.startswith("#"):
            sys.exit(f"{path}:{number}: not understood")
    return mutants, programs
