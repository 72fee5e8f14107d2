"""A share of `make labs`: the checks of each lab deserve their points."""
import os
import subprocess
import sys

import pytest
from machine import PAE, ROOT

import labs

pytestmark = pytest.mark.skipif(PAE, reason="handouts are of the kernel without PAE")

SHARE = "40"  # of the functions and of the mistakes only every fortieth: the first, and in a long list a second


@pytest.mark.parametrize("lab", [lab.name for lab in labs.read()])
def test_points_are_deserved(lab):
    """The full tree and the solution in a handout get all points; what is left out or wrong costs some."""
    proof = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts", "labproof"), "--share", SHARE, lab], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert proof.returncode == 0 and proof.stdout.count("left out: ") >= 1, proof.stdout
