"""A look at a machine's memory from outside: is the kernel's code still the one that was started?

A submission runs in ring 0 and may write anywhere, so also over the code that judges it, and may map other pages in its place.
The host stops the machine, has QEMU read the kernel's code and constants through the page tables in force, and compares them
with the kernel's file. What has been changed and changed back in the meantime is not seen.
"""
import json
import re
import socket
import struct
import tempfile

PT_LOAD, PF_W = 1, 2
PROGRAM_HEADER = 32  # bytes, in files of 32 bits
GATE = struct.Struct("<HHHH")  # an entry of the interrupt descriptor table: offset, selector, attributes, offset
PRESENT = 0x8000
ANSWER_MAX = 1 << 20
SECONDS = 20


class Lost(Exception):
    """The machine's monitor does not answer: it has ended."""


class Monitor:
    """QEMU's monitor on the socket PATH (-qmp unix:PATH,server=on,wait=off)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.pending = b""
        try:
            self.socket.connect(path)
            self.line()
        except OSError as error:
            raise Lost(str(error))
        self.ask("qmp_capabilities")

    def line(self):
        """The next line from QEMU."""
        while b"\n" not in self.pending:
            try:
                data = self.socket.recv(65536)
            except OSError as error:
                raise Lost(str(error))
            if not data or len(self.pending) > ANSWER_MAX:
                raise Lost("the monitor has ended")
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def ask(self, command, **arguments):
        """What QEMU returns for a command; events are passed over."""
        try:
            self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        except OSError as error:
            raise Lost(str(error))
        while True:
            answer = self.line()
            if "error" in answer:
                raise Lost(answer["error"].get("desc", "the monitor refuses"))
            if "return" in answer:
                return answer["return"]

    def memory(self, address, size):
        """SIZE bytes at an address of the kernel's."""
        with tempfile.NamedTemporaryFile(prefix="memory-") as f:
            self.ask("memsave", val=address, size=size, filename=f.name)
            return f.read()

    def close(self):
        self.socket.close()


class Witness:
    """What the file of a kernel says of its code and constants. FORBIDDEN: pairs of addresses between which no interrupt may lead."""

    def __init__(self, kernel, forbidden=()):
        with open(kernel, "rb") as f:
            self.image = f.read()
        self.segments = list(self.constant_segments())
        self.forbidden = list(forbidden)

    def constant_segments(self):
        """(address, bytes) of what is loaded and not writable."""
        start, = struct.unpack_from("<I", self.image, 28)
        count, = struct.unpack_from("<H", self.image, 44)
        for i in range(count):
            kind, offset, address, _, size, _, flags, _ = struct.unpack_from("<8I", self.image, start + i * PROGRAM_HEADER)
            if kind == PT_LOAD and not flags & PF_W:
                yield address, self.image[offset:offset + size]

    def look(self, path):
        """What is wrong in the machine whose monitor is at the socket PATH, in a sentence, or None."""
        try:
            monitor = Monitor(path)
            try:
                return "; ".join(self.faults(monitor)) or None
            finally:
                monitor.close()
        except Lost as reason:
            return f"the machine ended before it could be looked at ({reason})"

    def faults(self, monitor):
        """What is not as it was started: a list of sentences. The machine is stopped for the time being."""
        monitor.ask("stop")
        try:
            return [*self.changed(monitor), *self.interrupts(monitor)]
        finally:
            monitor.ask("cont")

    def changed(self, monitor):
        for address, wanted in self.segments:
            seen = monitor.memory(address, len(wanted))
            if seen != wanted:
                at = next((i for i, pair in enumerate(zip(seen, wanted)) if pair[0] != pair[1]), len(seen))
                yield f"the kernel's code or constants have been changed at {address + at:#x}"

    def interrupts(self, monitor):
        text = monitor.ask("human-monitor-command", **{"command-line": "info registers"})
        base, limit = (int(word, 16) for word in re.search(r"^IDT= +([0-9a-f]+) ([0-9a-f]+)", text, re.M).groups())
        table = monitor.memory(base, min(limit, 2047) + 1)
        for vector, (low, _, attributes, high) in enumerate(GATE.iter_unpack(table[:len(table) // GATE.size * GATE.size])):
            target = high << 16 | low
            if attributes & PRESENT and any(begin <= target < end for begin, end in self.forbidden):
                yield f"interrupt {vector} leads into the submission's code"
