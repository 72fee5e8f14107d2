"""The user's disk: `make run` mounts it at /home, and what is written there is kept."""
import os
import subprocess

import pytest
from machine import BUILD, PROMPT, ROOT, Console, needs_busybox
from test_newcomer import make, werror
from test_user_disk import e2fs, is_clean

pytestmark = needs_busybox


@pytest.fixture
def home(tmp_path):
    """Where the disk is to be: it is not there yet."""
    return tmp_path / "my home.img"


@pytest.fixture
def run(home):
    """run(): `make run` at its prompt."""
    machines = []

    def start():
        argv = ["make", "--no-print-directory", f"BUILD={os.path.relpath(BUILD, ROOT)}", f"HOME_IMG={home}", *werror(), "run"]
        machines.append(Console(command=argv, rows=40, columns=120))
        machines[-1].expect(PROMPT, 120)
        return machines[-1]
    yield start
    for machine in machines:
        machine.close()


def ended_by(machine, command):
    machine.send(command + "\n")
    return machine.qemu.wait(60)


def test_the_first_run_makes_it(run, home):
    machine = run()
    assert f"{home} is new" in machine.seen
    assert machine.run("pwd; echo $HOME; df /home | tail -n 1").split()[:2] == ["/home", "/home"]
    assert machine.run("grep -c ' /home ext2 ' /proc/mounts") == "1"
    assert ended_by(machine, "poweroff") == 0
    assert os.stat(home).st_size == 1 << 30 and os.stat(home).st_blocks * 512 < 64 << 20
    assert is_clean(home) is True
    inode = os.stat(home).st_ino
    machine = run()
    assert "is new" not in machine.seen and "looked over" not in machine.seen
    assert os.stat(home).st_ino == inode


def test_two_at_once(run, home):
    """The second says what is the matter and what to do, and does no harm."""
    run()
    second = make("run", f"HOME_IMG={home}")
    assert second.returncode and "the disk of another Mapix that is running" in second.stdout, second.stdout
    assert "make run HOME_IMG=other.img" in second.stdout and "Traceback" not in second.stdout
    again = make("home", f"HOME_IMG={home}")
    assert again.returncode and "the disk of another Mapix" in again.stdout, again.stdout


@pytest.mark.parametrize("answer, kept", [("", True), ("n\n", True), ("y\n", False)])
def test_make_home_asks(home, answer, kept):
    assert make("home", f"HOME_IMG={home}").returncode == 0  # there is none yet: nothing to ask
    assert e2fs("debugfs", "-w", "-R", "mkdir mine", str(home)).returncode == 0
    asked = subprocess.run(["make", "--no-print-directory", f"HOME_IMG={home}", "home"], cwd=ROOT, input=answer, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    assert "Throw it away" in asked.stdout and ("nothing was changed" in asked.stdout) == kept, asked.stdout
    assert (asked.returncode != 0) == kept
    assert ("mine" in e2fs("debugfs", "-R", "ls /", str(home)).stdout) == kept


def test_make_clean_keeps_it():
    """Nothing that `make clean` removes lies outside the build folder."""
    said = make("-n", "clean").stdout
    assert said.split() == ["rm", "-rf", os.path.relpath(BUILD, ROOT)], said


def test_a_damaged_disk_is_not_booted(home):
    home.write_bytes(b"\0" * (1 << 20))
    said = make("run", f"HOME_IMG={home}")
    assert said.returncode and "is damaged. Repair it" in said.stdout and "make home" in said.stdout, said.stdout
