"""gdb commands for Mapix, all under the prefix `mapix`; `help mapix` lists them.

They only read the kernel's structures through the debugger, so they work wherever the machine was stopped, in user mode too.
"""
import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mapixlib import check, commands, programs


class Mapix(gdb.Command):
    """Mapix: tasks, address spaces, page tables, frames, the log; breakpoints and symbols of one program."""

    def __init__(self):
        super().__init__("mapix", gdb.COMMAND_USER, prefix=True)


Mapix()
commands.Tasks("tasks")
commands.Log("log")
commands.Vmas("vmas")
commands.Vmmap("vmmap")
commands.Walk("walk")
commands.Pt("pt")
commands.Frame("frame")
commands.Frame("page")
commands.Find("find")
check.Check("check")
programs.Symbols("symbols")
programs.Break("break")
programs.CurrentTask("mapix_current")
programs.TaskOf("mapix_task")
programs.MmOf("mapix_mm")
programs.VmaOf("mapix_vma")
programs.PteOf("mapix_pte")
programs.PageOf("mapix_page")
gdb.events.breakpoint_created.connect(programs.keep_to_the_kernel)
