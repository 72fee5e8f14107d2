"""The published formats of grades, as validators: each gives a list of what is wrong with a value."""
import re

# Gradescope: "Autograder Specifications", section "Output format"
VISIBLE = "hidden", "after_due_date", "after_published", "visible"
FORMATS = "text", "html", "simple_format", "md", "ansi"
NUMBER = int, float
GRADESCOPE = {"score": NUMBER, "execution_time": NUMBER, "output": str, "output_format": FORMATS, "test_output_format": FORMATS,
              "test_name_format": FORMATS, "visibility": VISIBLE, "stdout_visibility": VISIBLE, "extra_data": dict, "tests": list, "leaderboard": list}
GRADESCOPE_TEST = {"score": NUMBER, "max_score": NUMBER, "status": ("passed", "failed"), "name": str, "name_format": FORMATS, "number": str, "output": str,
                   "output_format": FORMATS, "tags": list, "visibility": VISIBLE, "extra_data": dict}

# Classroom 50: schemas/result-v1.schema.json, and validate_result() of the runner and of the collector
TIME = r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"
CLASSROOM50 = {"schema": "classroom50/result/v1", "classroom": ".+", "assignment": ".+", "assignment_type": "individual|group", "owner": ".+",
               "submission": "submit/.*", "commit": ".+", "release": ".+", "review": ".+", "datetime": TIME, "graded_at": TIME,
               "score": int, "max-score": int, "tests": list, "submitted_by": dict}
CLASSROOM50_OPTIONAL = "graded_at", "submitted_by"
CLASSROOM50_TEST = {"test-name": ".+", "passed": bool, "score": int, "max-score": int}
CLASSROOM50_MAX = 10 << 20  # bytes of a result


def fits(value, wanted):
    """Is VALUE of the type WANTED, one of the words WANTED, or matched by the pattern WANTED?"""
    if isinstance(wanted, str):
        return isinstance(value, str) and re.fullmatch(wanted, value) is not None
    if isinstance(wanted, tuple) and isinstance(wanted[0], str):
        return value in wanted
    return isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool)


def entries(value, known, where):
    """What is wrong with the entries of an object."""
    if not isinstance(value, dict):
        return [f"{where} is not an object"]
    return [f"{where}: {key} is {value[key]!r}" for key in value if key in known and not fits(value[key], known[key])]


def strange(value, known, where):
    return [f"{where}: {key} is not in the format" for key in value if key not in known]


def scores(test, score, most, where):
    """Points are not negative and no more than the most."""
    good = test.get(score, -1) >= 0 and test.get(most, -1) >= test.get(score, -1)
    return [] if good else [f"{where}: {test.get(score)} of {test.get(most)} points"]


def gradescope(value):
    wrong = entries(value, GRADESCOPE, "results.json") + strange(value, GRADESCOPE, "results.json")
    if "score" not in value and not value.get("tests"):
        wrong.append("neither score nor tests")
    for i, test in enumerate(value.get("tests", [])):
        where = f"tests[{i}]"
        wrong += entries(test, GRADESCOPE_TEST, where) + strange(test, GRADESCOPE_TEST, where) + scores(test, "score", "max_score", where)
    return wrong


def classroom50(value):
    where = "result.json"
    wrong = entries(value, CLASSROOM50, where) + strange(value, CLASSROOM50, where) + scores(value, "score", "max-score", where)
    wrong += [f"{where}: {key} is missing" for key in CLASSROOM50 if key not in value and key not in CLASSROOM50_OPTIONAL]
    for i, test in enumerate(value.get("tests", [])):
        where = f"tests[{i}]"
        wrong += entries(test, CLASSROOM50_TEST, where) + scores(test, "score", "max-score", where)
        wrong += [f"{where}: {key} is missing" for key in CLASSROOM50_TEST if key not in test]
    return wrong
