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


def test_there_is_swap(run, home):
    """256 MiB, that take no room on the host, and the tools for it."""
    machine = run()
    assert machine.run("tail -n 1 /proc/swaps").split()[:4] == ["/dev/vdc", "partition", "262140", "0"]
    assert machine.run("free | tail -n 1").split() == ["Swap:", "262140", "0", "262140"]
    assert machine.run("dmesg -n 4; swapoff /dev/vdc; wc -l </proc/swaps; mkswap /dev/vdc >/dev/null; swapon /dev/vdc; wc -l </proc/swaps").split() == ["1", "2"]
    assert ended_by(machine, "poweroff") == 0
    assert os.stat(f"{home}.swap").st_blocks * 512 < 1 << 20


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


# how a run can end: each unmounts everything
ENDS = {"poweroff": "poweroff\n", "reboot": "reboot\n", "its signal": "kill -USR2 1\n",
        "Ctrl-Alt-Del": "\x1dcsendkey ctrl-alt-delete\n"}


@pytest.mark.parametrize("end", ENDS)
def test_what_is_written_stays(run, home, end):
    """With a process that has a file open and ignores SIGTERM."""
    machine = run()
    machine.run("mkdir dir; echo kept >dir/file; cp /bin/busybox dir; md5sum dir/busybox >sum")
    machine.run("ash -c 'trap \"\" TERM HUP; while :; do sleep 1; done >>/home/dir/open' &")
    machine.send(ENDS[end])
    assert machine.qemu.wait(60) == 0
    assert is_clean(home) is True, machine.seen
    assert e2fs("debugfs", "-R", "cat /dir/file", str(home)).stdout.endswith("\nkept\n")
    machine = run()
    assert "looked over" not in machine.seen
    assert machine.run("cat dir/file; md5sum -c sum") == "kept\ndir/busybox: OK"


def test_halt(run, home):
    """The machine stands still, and the disk is clean."""
    machine = run()
    machine.run("echo kept >file")
    machine.send("halt\n")
    machine.expect("System halted", 60)
    assert is_clean(home) is True


def test_a_power_cut(run, home):
    """What was synced is there, and the next run repairs the rest."""
    machine = run()
    machine.run("echo kept >file; sync; cp /bin/busybox .")
    machine.send("\x1dx")
    assert machine.qemu.wait(60) == 0
    machine = run()
    assert "The last run was not ended by poweroff" in machine.seen
    assert machine.run("cat file") == "kept"
    assert ended_by(machine, "poweroff") == 0
    assert is_clean(home) is True


def test_the_root_is_thrown_away(run):
    """It can be written, and every run begins with what make built."""
    machine = run()
    assert machine.run("echo mine >/etc/mine; rm /bin/vi; cat /etc/mine; ls /bin/vi") == "mine\nls: /bin/vi: No such file or directory"
    assert ended_by(machine, "poweroff") == 0
    machine = run()
    assert machine.run("ls /etc/mine /bin/vi | cat") == "ls: /etc/mine: No such file or directory\n/bin/vi"


def test_mount_by_the_directory_alone(run):
    """/etc/fstab has the rest."""
    machine = run()
    assert machine.run("touch file; cd /; mount -o remount,ro /home; touch /home/more") == "touch: /home/more: Read-only file system"
    assert machine.run("mount -o remount,rw /home; touch /home/more; umount /home; ls /home") == ""
    assert machine.run("mount /home; ls /home").split() == ["file", "lost+found", "more"]
    assert machine.run("umount /home; mkdir /tmp/m; mount LABEL=mapix-home /tmp/m; ls /tmp/m").split() == ["file", "lost+found", "more"]
    assert machine.run("mount /nonesuch") == "mount: /nonesuch: not in /etc/fstab"
    assert "LABEL=nonesuch on /mnt failed: No such device" in machine.run("mount LABEL=nonesuch /mnt")


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
