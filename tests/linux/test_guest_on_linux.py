"""The same binaries as in tests/system/test_guest.py, on Debian's i386 Linux: what they assert is Linux's behaviour."""
import guest
import pytest


@pytest.fixture(scope="module")
def reports():
    return guest.run(on_linux=True)


@pytest.mark.parametrize("program, case", guest.cases(on_linux=True), ids=lambda name: name)
def test_case(reports, program, case):
    reports[program].check(case)
