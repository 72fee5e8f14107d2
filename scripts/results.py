"""A grade in three forms: a table for people, results.json for Gradescope, result.json for Classroom 50.

The formats: "Autograder Specifications" of Gradescope's documentation, and schemas/result-v1.schema.json of foundation50/classroom50.
"""
import datetime
import getpass
import os
import textwrap

TEXT_MAX = 2000  # characters of one check's text: what a machine prints is not bounded
WIDTH = 110
SCHEMA = "classroom50/result/v1"
BY_HAND = "by-hand"  # where the platform would have said whose submission this is


class Mark:
    """What one check of a lab came to. CHECK: its entry in the manifest; TEXT: why it failed."""

    def __init__(self, check, ok, text=""):
        self.name, self.points, self.says, self.functions = check["name"], check["points"], check["says"], check["functions"]
        self.ok = ok
        self.text = clean(text)

    @property
    def score(self):
        return self.points if self.ok else 0


class Grade:
    """The marks of a lab, and what is to be said of the submission as a whole."""

    def __init__(self, lab, marks, notes, seconds):
        self.name, self.number = lab["lab"] or "functions", lab["number"]
        self.title = f"Lab {lab['number']}: {lab['title']}" if lab["number"] else lab["title"]  # a handout may be of single functions
        self.file_of = {name: function["file"] for name, function in lab["functions"].items()}
        self.marks, self.notes, self.seconds = marks, [clean(note) for note in notes], seconds

    @property
    def score(self):
        return sum(mark.score for mark in self.marks)

    @property
    def points(self):
        return sum(mark.points for mark in self.marks)

    def look(self, mark):
        """Where to look when this check failed."""
        return "look at " + ", ".join(f"{name}() in {self.file_of[name]}" for name in mark.functions)

    def output(self, mark):
        """All that is said of a check, as text."""
        return mark.says if mark.ok else "\n".join(filter(None, [mark.says, mark.text, self.look(mark)]))


def clean(text):
    """TEXT as it may go into a report: printable, and not too long."""
    text = "".join(c if c in "\n\t" or c.isprintable() else "?" for c in text)
    return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + " ... (cut)"


def indented(text, margin):
    """The lines of TEXT, wrapped, behind MARGIN blanks."""
    blank = " " * margin
    return [textwrap.fill(line, WIDTH, initial_indent=blank, subsequent_indent=blank) for line in text.splitlines()]


def table(grade):
    """The grade for people."""
    lines = [grade.title]
    for note in grade.notes:
        lines += indented(note, 2)
    for mark in grade.marks:
        lines.append(f"  {'ok' if mark.ok else 'FAILED':7}{mark.score:3} of {mark.points:3}  {mark.name}: {mark.says}")
        if not mark.ok:
            lines += indented("\n".join([mark.text, grade.look(mark)]), 21)
    lines.append(f"Score: {grade.score} of {grade.points}")
    return "\n".join(lines)


def gradescope(grade):
    """results.json: no score for the whole, which is the sum of the tests'."""
    tests = [{"name": mark.name, "number": f"{grade.number}.{i}", "score": mark.score, "max_score": mark.points,
              "status": "passed" if mark.ok else "failed", "output": grade.output(mark), "output_format": "text", "visibility": "visible"}
             for i, mark in enumerate(grade.marks, 1)]
    return {"output": "\n".join([f"{grade.title}: {grade.score} of {grade.points} points", *grade.notes]), "output_format": "text",
            "execution_time": round(grade.seconds), "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}


def user():
    """The name of who grades by hand."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return BY_HAND


def classroom50(grade, env=os.environ, now=None):
    """result.json: whose it is comes from the variables that the platform's runner sets; by hand there are none of them."""
    now = now or datetime.datetime.now(datetime.timezone.utc)
    when = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    commit = env.get("COMMIT_URL") or BY_HAND
    owner = env.get("OWNER") or env.get("USERNAME") or user()
    tests = [{"test-name": mark.name, "passed": mark.ok, "score": mark.score, "max-score": mark.points, "output": grade.output(mark)}
             for mark in grade.marks]
    if grade.notes:
        tests.insert(0, {"test-name": "files", "passed": False, "score": 0, "max-score": 0, "output": "\n".join(grade.notes)})
    return {"schema": SCHEMA, "classroom": env.get("CLASSROOM") or BY_HAND, "assignment": env.get("ASSIGNMENT") or grade.name,
            "assignment_type": env.get("ASSIGNMENT_TYPE") or "individual", "owner": owner,
            "submission": env.get("SUBMISSION_TAG") or f"submit/{now.strftime('%Y-%m-%dT%H-%M-%SZ')}-{BY_HAND}",
            "commit": commit, "release": env.get("RELEASE_URL") or BY_HAND, "review": env.get("REVIEW_URL") or commit,
            "datetime": when, "graded_at": when, "score": grade.score, "max-score": grade.points, "tests": tests}
