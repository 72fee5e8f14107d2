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
    assert reports[program].leaks == []
