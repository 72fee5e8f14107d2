"""The lists of mistakes are about the source as it is: each of them can be made (scripts/mutate and scripts/labproof make them)."""
import os
import subprocess
import sys

import labs
import mutants
import pytest
from machine import ROOT


def test_every_mistake_has_its_place():
    run = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts", "mutate"), "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("lab", [lab.name for lab in labs.read()])
def test_every_mistake_of_a_lab_has_its_place(lab):
    listed, _ = mutants.read_list(os.path.join(ROOT, "labs", lab, "mutants.txt"))
    texts = {}
    for file in {mutant.file for mutant in listed}:
        with open(os.path.join(ROOT, file)) as f:
            texts[file] = f.read()
    assert [mutant.name for mutant in listed if mutant.apply(texts[mutant.file]) is None] == []
