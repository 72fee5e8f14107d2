"""The programs of tests/guest/, each an ordinary Linux program: every case, and that nothing of the kernel's memory leaks."""
import guest
import pytest


@pytest.fixture(scope="module")
def reports():
    return guest.run()


@pytest.mark.parametrize("program, case", guest.cases(), ids=lambda name: name)
def test_case(reports, program, case):
    reports[program].check(case)


@pytest.mark.parametrize("program", [p.name for p in guest.programs()])
def test_no_leak(reports, program):
    assert reports[program].status is not None, reports[program].trouble
    # reclaim takes and brings back pages of the program itself, so the tree of its file has other nodes afterwards; a second run adds none
    allowed = "radix_tree_node" if program == "reclaim" else None
    assert [leak for leak in reports[program].leaks if not allowed or allowed not in leak] == []
