"""The same programs as in tests/system/test_musl.py, on Debian's i386 Linux."""
import os

import musl
import pytest
from machine import ROOT


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    musl.fetched()
    return musl.run(musl.overlay(tmp_path_factory.mktemp("musl")), program=(os.path.join(ROOT, "scripts", "linux-exec"),))


@pytest.mark.parametrize("program, case", musl.cases(), ids=lambda name: name)
def test_case(reports, program, case):
    reports[program].check(case)
