"""The frame buffer of QEMU's standard VGA: what programs draw is what QEMU's screendump shows, and the text comes back."""
import os
import re
import shutil

import pytest
from guest import parse
from machine import PROMPT, Patience, boot_arguments, build, execute
from test_vga import Monitor, at_prompt

# user/vmview/picture.c
AREAS_Y, LINE_HEIGHT, CELLS_X, CELL_WIDTH, MARGIN, MOST_LINES = 48, 10, 312, 6, 8, 4
KINDS = {"code": 0x4080ff, "file": 0x00c0c0, "data": 0x40c040, "heap": 0xff9020, "anon": 0xe0e040, "stack": 0xff4040,
         "shared": 0xb060ff, "device": 0xff60c0, "kernel": 0xc0c0c0}


class Picture:
    """A screendump (PPM)."""

    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
        head = re.match(rb"P6\n(\d+) (\d+)\n255\n", data)
        self.width, self.height = map(int, head.groups())
        self.data = data[head.end():]

    def pixel(self, x, y):
        at = 3 * (y * self.width + x)
        return int.from_bytes(self.data[at:at + 3], "big")


class Screen(Monitor):
    def picture(self):
        path = os.path.join(self.folder, "picture")
        self.command(f'screendump "{path}"')
        return Picture(path)

    def wait_for_picture(self, wanted, seconds=120):
        patience = Patience(self.pid, seconds)
        while patience.left() > 0:
            picture = self.picture()
            if wanted(picture):
                return picture
        raise AssertionError(f"the last picture has {picture.width} x {picture.height} pixels")


@pytest.fixture
def machine(console, tmp_path):
    """A shell on the serial line, and the screen beside it."""
    path = str(tmp_path / "monitor")
    m = console(*boot_arguments(), "-vga", "std", "-monitor", f"unix:{path},server=on,wait=off")
    m.screen = Screen(path, tmp_path, m.qemu.pid)
    m.expect(PROMPT, 60)
    return m


def test_calls(tmp_path):
    """The guest test that the other boots skip, because they have no screen."""
    (tmp_path / "tests").mkdir()
    for name in "runner", "framebuffer":
        shutil.copy(build("tests", "guest", name), tmp_path / "tests")
    result = execute("/tests/runner", "/tests/framebuffer", overlay=str(tmp_path), qemu="-vga std")
    reports = {}
    parse(result.out, reports)
    assert reports["framebuffer"].status == 0, result.out
    assert len(reports["framebuffer"].lines) > 10 and all(line.startswith("ok ") for line in reports["framebuffer"].lines), result.out


def smaps(machine, pid):
    """The areas of a process: pages, pages in memory, the name."""
    areas = []
    for line in machine.run(f"cat /proc/{pid}/smaps", 60).split("\n"):
        head = re.match(r"([0-9a-f]{8})-([0-9a-f]{8}) (\S{4}) \S+ \S+ \S+ *(\S*)", line)
        if head:
            areas.append({"pages": (int(head[2], 16) - int(head[1], 16)) // 4096, "perms": head[3], "name": head[4]})
        elif line.startswith("Rss:"):
            areas[-1]["rss"] = int(line.split()[1]) // 4
    return areas


def settled(machine, pid):
    """Its areas, once nothing changes any more."""
    patience, last = Patience(machine.qemu.pid, 120), None
    while patience.left() > 0:
        areas = smaps(machine, pid)
        if areas == last and sum(a["rss"] for a in areas) > 5:
            return areas
        last = areas
    raise AssertionError(last)


def color_of(area):
    if area["name"] in ("[heap]", "[stack]"):
        return KINDS[area["name"][1:-1]]
    if area["name"].startswith("["):
        return KINDS["kernel"]
    if not area["name"]:
        return KINDS["anon"]
    return KINDS["code" if "x" in area["perms"] else "data" if "w" in area["perms"] else "file"]


def dimmed(color, quarters):
    return sum(((color >> shift & 0xff) * quarters // 4) << shift for shift in (0, 8, 16))


def test_vmview_draws_each_page(machine):
    """A cell for each page, bright where smaps says that the page is in memory."""
    machine.start("sleep 1000 &")
    pid = machine.run("echo $!")
    areas = settled(machine, pid)
    machine.run(f"vmview {pid} </dev/null &")
    last = sum(a["rss"] for a in areas)
    picture = machine.screen.wait_for_picture(lambda p: p.width == 1024 and p.height == 768 and drawn(p, areas) == last)
    y = AREAS_Y
    per_line = (picture.width - CELLS_X - MARGIN) // CELL_WIDTH
    for area in areas:
        cells = [picture.pixel(CELLS_X + i % per_line * CELL_WIDTH, y + i // per_line * LINE_HEIGHT) for i in range(area["pages"])]
        color = color_of(area)
        assert cells.count(dimmed(color, 1)) == area["pages"] - area["rss"], (area, [hex(c) for c in cells])
        assert cells.count(dimmed(color, 3)) + cells.count(color) == area["rss"], (area, [hex(c) for c in cells])
        y += -(-area["pages"] // per_line) * LINE_HEIGHT
    assert picture.pixel(CELLS_X, y) == 0
    # what another program reads of the frame buffer is what the screen shows
    text = machine.run("dd if=/dev/fb0 bs=4096 count=1 skip=50 2>/dev/null | od -An -v -tx4 | head -4", 60)
    words = [int(word, 16) & 0xffffff for word in text.split()]
    assert len(words) == 16 and words == [picture.pixel(x, 50) for x in range(16)]


def drawn(picture, areas):
    """How many pages the picture shows in memory, if it shows these areas."""
    y, n = AREAS_Y, 0
    per_line = (picture.width - CELLS_X - MARGIN) // CELL_WIDTH
    for area in areas:
        for i in range(area["pages"]):
            x, line = CELLS_X + i % per_line * CELL_WIDTH, y + i // per_line * LINE_HEIGHT
            if line >= picture.height:
                return -1
            n += picture.pixel(x, line) in (dimmed(color_of(area), 3), color_of(area))
        y += -(-area["pages"] // per_line) * LINE_HEIGHT
    return n


def test_the_text_comes_back(machine):
    """To the last pixel: the registers, the font and the characters."""
    machine.run(r"printf '\033[?25l\033[31mred \033[7mreverse\033[m text' >/dev/tty1")
    before = machine.screen.picture()
    assert any(before.data)
    machine.start("sleep 1000 </dev/fb0 &")
    assert machine.screen.picture().data == before.data  # opening it changes nothing
    machine.run("dd if=/dev/urandom of=/dev/fb0 bs=4096 count=256 2>/dev/null", 60)
    assert (machine.screen.picture().width, machine.screen.picture().height) == (1024, 768)
    machine.run(r"printf '\nmore' >/dev/tty1")  # is kept
    machine.run("kill $!; wait $!")
    after = machine.screen.picture()
    assert (after.width, after.height) == (before.width, before.height)
    row = 3 * 16 * before.width
    assert after.data[:row] == before.data[:row]
    assert any(after.data[row:2 * row]) and not any(before.data[row:2 * row])


def test_a_killed_program_gives_the_screen_back(machine):
    machine.run(r"printf '\033[?25ltext' >/dev/tty1")
    before = machine.screen.picture()
    machine.run("vmview </dev/null & sleep 1", 60)
    machine.screen.wait_for_picture(lambda p: p.width == 1024)
    machine.run("kill -9 $!; wait $!")
    machine.screen.wait_for_picture(lambda p: p.data == before.data)


def test_a_mode_is_chosen(machine):
    assert machine.run("cat /proc/fb") == "0 bochs"
    assert 'geometry 1024 768 1024 768 32' in machine.run("fbset")
    machine.start("sleep 1000 </dev/fb0 &")
    machine.run("fbset -g 800 600 800 1200 16")
    assert 'geometry 800 600 800 1200 16' in machine.run("fbset")
    machine.screen.wait_for_picture(lambda p: (p.width, p.height) == (800, 600))
    assert machine.run("cd /sys/class/graphics/fb0; cat bits_per_pixel virtual_size stride; cd /").split() == ["16", "800,1200", "1600"]
    machine.run(r"printf '\340\377' | dd of=/dev/fb0 2>/dev/null")
    assert machine.screen.picture().pixel(0, 0) == 0xfffc00 or machine.screen.picture().pixel(0, 0) >> 16 == 0xff


def test_a_panic_is_shown_as_text(console, tmp_path):
    path = str(tmp_path / "monitor")
    m = console(*boot_arguments("console=tty0 init=/bin/sh"), "-vga", "std", "-monitor", f"unix:{path},server=on,wait=off")
    screen = Screen(path, tmp_path, m.qemu.pid)
    screen.wait_for(at_prompt)
    screen.type("exec 3</dev/fb0\n")
    screen.type("head -c 1 <&3\n")
    screen.wait_for_picture(lambda p: p.width == 1024)
    screen.type("exit\n")
    screen.wait_for_picture(lambda p: p.width != 1024)
    screen.wait_for(lambda lines: any("Attempted to kill init" in line for line in lines))
