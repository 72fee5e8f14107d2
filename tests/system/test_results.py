"""The forms of a grade: what the platforms read fits their published formats."""
import datetime
import json
import os
import sys

import formats
import pytest
from machine import ROOT

sys.path.insert(0, os.path.join(ROOT, "scripts"))
import results

LAB = {"lab": "calls", "number": 3, "title": "Calls", "functions": {"do_brk": {"file": "mm/brk.c"}, "do_munmap": {"file": "mm/munmap.c"}}}
CHECKS = [{"name": "kernel/a", "points": 60, "says": "the heap grows", "functions": ["do_brk"]},
          {"name": "brk/b", "points": 40, "says": "the heap is unmapped", "functions": ["do_brk", "do_munmap"]}]
ENV = {"CLASSROOM": "os", "ASSIGNMENT": "lab3", "ASSIGNMENT_TYPE": "group", "OWNER": "ann", "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
       "COMMIT_URL": "https://host/commit/1", "RELEASE_URL": "https://host/release", "REVIEW_URL": "https://host/compare"}


def made(text="brk(): wanted 1, seen 2", notes=()):
    return results.Grade(LAB, [results.Mark(CHECKS[0], True), results.Mark(CHECKS[1], False, text)], notes, 12.3)


@pytest.mark.parametrize("notes", [(), ("mm/brk.c is not taken",)])
def test_gradescope(notes):
    value = json.loads(json.dumps(results.gradescope(made(notes=notes))))
    assert formats.gradescope(value) == []
    assert [(t["score"], t["max_score"], t["status"]) for t in value["tests"]] == [(60, 60, "passed"), (0, 40, "failed")]
    assert "seen 2" in value["tests"][1]["output"] and "do_munmap() in mm/munmap.c" in value["tests"][1]["output"]
    assert all(note in value["output"] for note in notes)


@pytest.mark.parametrize("env", [ENV, {}])
@pytest.mark.parametrize("notes", [(), ("mm/brk.c is not taken",)])
def test_classroom50(env, notes):
    value = json.loads(json.dumps(results.classroom50(made(notes=notes), env)))
    assert formats.classroom50(value) == []
    assert (value["score"], value["max-score"]) == (60, 100)
    assert sum(t["score"] for t in value["tests"]) == 60 and sum(t["max-score"] for t in value["tests"]) == 100
    assert value["assignment"] == env.get("ASSIGNMENT", "calls") and value["owner"] == env.get("OWNER", value["owner"])


def test_the_time_is_utc():
    now = datetime.datetime(2026, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)
    assert results.classroom50(made(), {}, now)["datetime"] == "2026-02-03T04:05:06Z"


def test_what_a_machine_prints_is_bounded_and_plain():
    grade = made("\x1b[2J" + "PASS" * 1000000)
    value = results.classroom50(grade, {})
    assert len(json.dumps(value)) < 10000 and "\x1b" not in results.table(grade)


def test_a_handout_of_single_functions():
    grade = results.Grade({**LAB, "lab": "", "number": 0, "title": "Functions of mm/brk.c"}, [results.Mark(CHECKS[0], True)], [], 1)
    assert formats.classroom50(results.classroom50(grade, {})) == [] and formats.gradescope(results.gradescope(grade)) == []
    assert results.table(grade).startswith("Functions of mm/brk.c\n")


def test_the_table():
    text = results.table(made(notes=["mm/brk.c, line 3: inline assembly"]))
    for part in "Lab 3: Calls", "line 3: inline assembly", "ok      60 of  60  kernel/a", "FAILED   0 of  40  brk/b", "seen 2", "Score: 60 of 100":
        assert part in text


def test_the_validators_find_mistakes():
    good = results.classroom50(made(), ENV)
    for change in {"submission": "main"}, {"score": 101}, {"owner": ""}, {"extra": 1}, {"datetime": "2026-06-01 14:33:11"}, {"score": 1.5}, {"assignment_type": "solo"}, \
            {"tests": [{"test-name": "x", "passed": "yes", "score": 1, "max-score": 1}]}:
        assert formats.classroom50({**good, **change}), change
    good = results.gradescope(made())
    for change in {"visibility": "never"}, {"tests": []}, {"extra": 1}, {"tests": [{"score": 3, "max_score": 2}]}, {"output": 3}:
        assert formats.gradescope({**good, **change}), change
