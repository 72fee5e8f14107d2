"""What one types at a prompt: that of our shell, and that of busybox's."""
import glob
import os
import re
import time

import pytest
from machine import PROMPT, ROOT, Console, boot_arguments, build, compiled, needs_busybox


@pytest.fixture(scope="module", params=["msh", "ash"])
def shell(request):
    """Each of both at its prompt, shared by the tests of this file."""
    if not os.path.lexists(build("root", "bin", request.param)):
        pytest.skip(f"no {request.param} in the image")
    machine = Console(*boot_arguments())
    machine.expect(PROMPT, 60)
    machine.run(f"exec {request.param}")
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def msh():
    """Ours, as init starts it."""
    machine = Console(*boot_arguments())
    machine.expect(PROMPT, 60)
    yield machine
    machine.close()


def test_pipe(shell):
    assert shell.run("echo one two | grep -c one") == "1"


def test_variables_and_status(shell):
    assert shell.run("X='a  b'; echo \"$X\" $X") == "a  b a b"
    assert shell.run("false; echo $?") == "1"


def test_redirection_to_tmpfs(shell):
    assert shell.run("echo hello > /tmp/f; cat < /tmp/f; rm /tmp/f") == "hello"


def test_loops(shell):
    assert shell.run("for i in 1 2 3; do echo $i; done | wc -l") == "3"


def test_ps_with_grep(shell):
    shell.start("sleep 100 &")
    out = shell.run("/bin/ps aux | grep sleep")
    assert re.search(r"^\S+ +\d+ .*sleep 100$", out, re.M), out
    shell.run("kill $!; wait")


def test_maps_of_the_last_job(shell):
    shell.start("/bin/sleep 100 &")
    out = shell.run("cat /proc/$!/maps")
    assert re.search(r"^08048000-\w{8} r[-x]{2}[xp-]+ .* /bin/sleep$", out, re.M), out
    assert re.search(r"^[0-9a-f]{8}-[0-9a-f]{8} rw-p 00000000 00:00 0 +\[stack\]$", out, re.M), out
    shell.run("kill $!; wait")


def test_interrupt(shell):
    shell.send("sh -c 'echo started; exec sleep 1000'\n")
    shell.expect(r"^started\n")
    shell.send("\x03")
    shell.expect(PROMPT)
    assert shell.run("echo $?") == "130"


def test_end_of_file(shell):
    shell.send("echo started; cat\n")
    shell.expect(r"^started\n")
    shell.send("typed\n\x04")
    shell.expect(r"typed\n(?:.*\n)*typed\n.*" + PROMPT)


def test_erase(shell):
    assert shell.run("echo abX\x7fc") == "abc"


def test_history(shell):
    shell.run("echo remembered")
    shell.send("\x1b[A\n")
    shell.expect(r"remembered\n.*" + PROMPT)


def test_unknown_command(shell):
    assert "not found" in shell.run("nonesuch")
    assert shell.run("echo $?") == "127"


def test_program_that_crashes(shell):
    """The shell lives on after a child that was killed."""
    shell.run("sh -c 'kill -11 $$'")
    assert shell.run("echo alive") == "alive"


def test_damaged_programs(shell):
    """A truncated and a senseless ELF file: ENOEXEC or what the shell makes of it, and the shell lives."""
    shell.run("head -c 100 /bin/ls > /tmp/short; echo -n garbage > /tmp/bad; chmod 755 /tmp/short /tmp/bad")
    shell.run("/tmp/short")
    assert shell.run("echo $?") in ("126", "127", "2")
    shell.run("/tmp/bad; rm /tmp/short /tmp/bad")
    assert shell.run("echo alive") == "alive"


def test_interrupt_amid_forks(console):
    """^C comes by an interrupt, in the midst of whatever fork, exec and exit do, or between two jobs: it ends the loop each
    time, and the kernel that checks itself goes on."""
    machine = console("-kernel", build("debug", "kernel.elf"), *boot_arguments()[2:])
    machine.expect(PROMPT, 60)
    for n in range(25):
        machine.send("while :; do echo a | cat | cat >/dev/null; done\n")
        time.sleep(0.2 + n * 0.013)
        machine.send("\x03")
        machine.expect(PROMPT)
    assert machine.run("echo alive") == "alive"
    assert "panic" not in machine.seen


def test_kill_right_after_the_start(msh):
    """The shell ignores SIGTERM, and so does its child until it has undone that: a signal that comes so early waits."""
    for n in range(20):
        assert "Terminated" in msh.run("sleep 301 & kill %1; wait; jobs")
    assert "sleep 301" not in msh.run("ps aux | grep -v grep")


@needs_busybox
def test_an_interrupt_that_the_shell_gets_reaches_the_job(msh):
    """The job sleeps for long, and SIGINT comes to the shell alone, as it may before the job runs."""
    msh.run("/bin/sh -c 'sleep 1; kill -INT $PPID' &")
    msh.run("sleep 1000")
    assert msh.run("echo $?; wait").startswith("130")


# short ones: busybox's shell breaks a line that is longer than the screen is wide
LINES = [
    ("echo $((6 * 7)) $((2 + 3 * (4 - 1)))", "42 11"),
    ("echo /exp*s/malloc* '*' \"$HOME\" \\$HOME '$HOME' ~", "/experiments/malloc * /root $HOME $HOME /root"),
    ("echo \"$(echo a; echo b)\" $(echo c; echo d) `echo e`", "a\nb c d e"),
    ("i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done", "1\n2\n3"),
    ("for i in a b c; do if [ $i = b ]; then continue; fi; echo $i; done", "a\nc"),
    ("for i in 1 2; do for j in a b; do echo $i$j; break; done; done", "1a\n2a"),
    ("if false; then echo 1; elif true; then echo 2; else echo 3; fi", "2"),
    ("(cd /tmp; pwd); pwd", "/tmp\n/"),
    ("{ echo b; echo a; } >/tmp/g; cat </tmp/g", "b\na"),
    ("echo c >>/tmp/g; wc -l </tmp/g; rm /tmp/g", "3"),
    ("cat /nonesuch 2>/dev/null || echo failed && ! true; echo $?", "failed\n1"),
    ("export A=5; B=6; C=7 sh -c 'echo $A $B $C'; echo \"$C\"", "5 7\n"),
    ("v='x y'; export D=$v; sh -c 'echo \"$D\"'", "x y"),
    ("V=$(false); echo $?; V=$(echo x); echo $? $V", "1\n0 x"),
    ("(exit 3); echo $?; echo a#b # c", "3\na#b"),
    ("sh -c 'echo $1 $0' x y", "y x"),
    ("ls /nonesuch >/tmp/out 2>&1; wc -l </tmp/out; rm /tmp/out", "1"),
    ("echo \"a\\$b\\\\c\" 'd\"e'\\'", "a$b\\c d\"e'"),
]


@pytest.mark.parametrize("line, wanted", LINES)
def test_line(shell, line, wanted):
    assert shell.run(line).split("\n")[-wanted.count("\n") - 1:] == wanted.split("\n")


@pytest.mark.parametrize("lines, wanted", [(("echo 'a", "b'"), "a\nb"), (("if true", "then echo yes; fi"), "yes"),
                                           (("for i in 1 2", "do", "echo $i", "done"), "1\n2"), (("echo a &&", "echo b"), "a\nb")])
def test_line_that_goes_on(shell, lines, wanted):
    for line in lines[:-1]:
        shell.send(line + "\n")
        shell.expect(r"> (?:\x1b\[6n)?$")
    assert shell.run(lines[-1]) == wanted


@pytest.mark.parametrize("line", ["fi", "echo )", "if true; fi", "| cat", "for 1 in 2", "echo >"])
def test_wrong_syntax(shell, line):
    assert "syntax error" in shell.run(line)
    assert shell.run("echo $?; echo alive").endswith("2\nalive")


def test_jobs(msh):
    assert re.fullmatch(r"\[1\] \d+\n\[2\] \d+", msh.run("sleep 100 & sleep 200 &"))
    assert re.fullmatch(r"\[1\] +Running +sleep 100\n\[2\] +Running +sleep 200", msh.run("jobs"))
    assert re.fullmatch(r"\[1\] +Killed +sleep 100", msh.run("kill -KILL %1; wait %1"))
    assert re.fullmatch(r"\[2\] +Terminated +sleep 200", msh.run("kill %2; wait"))


def test_kill_of_nothing(msh):
    """What is no process and no job is not sent to the shell's own group."""
    for what in "nonsense", "%7", "-NONSENSE 1", "''":
        assert "kill: " in msh.run(f"kill {what}; echo $?") and msh.run("echo alive") == "alive"
    assert msh.run("sleep 100 & kill -SIGKILL $!; wait $!; echo $?").split("\n")[1] == "137"


def test_editing(msh):
    """Left and right, both ends of the line, what is erased before the cursor and under it, and a line of several rows."""
    assert msh.run("cho bd\x1b[Dc\x01e\x05e") == "bcde"
    assert msh.run("echo abxyz\x1b[D\x1b[D\x1b[3~\x08\x1b[C!") == "abz!"
    assert msh.run("nonsense\x15echo good bad\x1b[D\x1b[D\x1b[D\x1b[D\x0b") == "good"
    digits = "0123456789" * 12
    assert msh.run(f"echo {digits}" + "\x1b[D" * 120 + "x") == "x" + digits
    msh.run("echo first")
    msh.run("echo second")
    assert msh.run("\x1b[A\x1b[A\x1b[B\x1b[A\x08T") == "firsT"


def test_end_of_file_in_a_command(msh):
    """^D at the prompt for more: the command is given up, the shell is not."""
    msh.send("if true\n")
    msh.expect("> $")
    msh.send("\x04")
    msh.expect("unexpected end\n(?:.*\n)*.*" + PROMPT)
    assert msh.run("echo alive") == "alive"


def test_terminal_that_does_not_block(mapix, tmp_path):
    """A program left it so: the shell sets it right."""
    start = compiled(tmp_path, "start", r"""
        #include <fcntl.h>
        #include <unistd.h>
        int main(void) { return fcntl(0, F_SETFL, O_RDWR | O_NONBLOCK) < 0 || execl("/bin/msh", "msh", (char *)0); }
    """)
    result = mapix(start, overlay=tmp_path, stdin=b"echo al''ive\nexit 3\n")
    assert "alive" in result.out and result.status == 3, result


def test_shell_of_a_script(mapix, tmp_path):
    (tmp_path / "script").write_text("#!/bin/msh\n# all at once\nfor i in $1 2\ndo\n\techo $i\ndone\nsleep 0 & wait\nexit 4\n")
    (tmp_path / "script").chmod(0o755)
    result = mapix("/script", "1", overlay=tmp_path)
    assert (result.out, result.status) == ("1\n2\n", 4), result
    result = mapix("/bin/msh", "-c", "echo one two | grep -c one; exit 7")
    assert (result.out, result.status) == ("1\n", 7), result


def test_length_of_the_shell():
    """It is to be read."""
    lines = 0
    for path in glob.glob(os.path.join(ROOT, "user", "sh", "*")):
        with open(path) as f:
            lines += f.read().count("\n")
    assert 0 < lines <= 2000


@pytest.mark.parametrize("columns", [80, 0])
def test_what_is_typed_before_the_prompt_is_not_lost(columns):
    """From the machine's first moment on, also if the terminal does not say how large it is. An R ends a report of the cursor's place."""
    machine = Console(*boot_arguments(), columns=columns)
    machine.send("echo Roar $((6 * 7))\n")
    machine.expect(r"^Roar 42$", 60)
    machine.close()
