# SPDX-License-Identifier: Apache-2.0
"""Runs one unit of Redis's suite against a port, and reads what it prints."""

import dataclasses
import os
import random
import re
import time

from children import child

JOBS = {"standalone": ["--tags", "-slow"],
        "cluster": ["--cluster-mode", "--tags", "-slow"],
        "nodebug": ["--tags", "-slow -needs:debug"]}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
STATUS = re.compile(r"^\[(ok|err|skip|ignore|exception|TIMEOUT|ready|\d+/\d+ done)\]: ?(.*)$")
END = re.compile(r"^ +The End$")
TIMED = re.compile(r" \((\d+) ms\)$")
OF_UNIT = re.compile(r"^(.*) in tests/[\w/-]+\.tcl$")
IN_PROGRESS = re.compile(r"=> \(IN PROGRESS\) (.*)$", re.MULTILINE)
OUTSIDE = "(outside of a test)"


@dataclasses.dataclass
class outcome:
    name: str
    status: str     # ok, err, ignore
    text: str = ""  # why


@dataclasses.dataclass
class unit_result:
    unit: str
    seconds: float
    ending: str     # done, hung, died
    text: str       # for an ending that is not `done`: what was said
    outcomes: list

    def count(self, status):
        return sum(each.status == status for each in self.outcomes)

    @property
    def clean(self):
        return self.ending == "done" and not self.count("err")

    def to_json(self):
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(read):
        return unit_result(**{**read, "outcomes": [outcome(**each) for each in read["outcomes"]]})


def messages(output):
    """(status, text) of each message; a message has as many lines as it likes."""
    found = []
    for line in COLOUR.sub("", output).splitlines():
        if END.match(line):
            break
        if match := STATUS.match(line):
            found.append([match[1], match[2]])
        elif found and found[-1][0] in ("err", "exception", "TIMEOUT"):
            found[-1][1] += "\n" + line
    return found


def failed(text):
    """An [err]: the test's name and file, then why; or only why, where no test was running."""
    first, _, rest = text.partition("\n")
    if name := OF_UNIT.match(first):
        return outcome(name[1], "err", rest.strip())
    return outcome(OUTSIDE, "err", text.strip())


def parse(output):
    """(outcomes, ending, text) of a unit's output."""
    outcomes, ending, text = [], "died", ""
    for status, said in messages(output):
        if status == "ok":
            outcomes.append(outcome(TIMED.sub("", said), "ok"))
        elif status == "err":
            outcomes.append(failed(said))
        elif status in ("skip", "ignore"):
            outcomes.append(outcome(said, "ignore"))
        elif status == "exception":
            text = said
        elif status == "TIMEOUT":
            ending, text = "hung", said
            if name := IN_PROGRESS.search(said):
                outcomes.append(outcome(name[1], "err", "it hangs"))
        elif status.endswith("done"):
            ending = "done"
    if ending == "died" and not text:
        text = COLOUR.sub("", output)[-2000:]
    return outcomes, ending, text


def run_unit(folder, log, port, job, unit, patience, deadline):
    """A unit, in a working copy of the suite. `patience`: seconds without a finished test; `deadline`: seconds for it all."""
    # The suite opens a port of its own below this one.
    base = random.randrange(21200, 29000)
    argv = ["tclsh", "tests/test_helper.tcl", "--host", "127.0.0.1", "--port", port, "--durable", "--baseport", base,
            "--timeout", int(patience), "--single", unit, *JOBS[job]]
    began = time.monotonic()
    run = child(argv, log, cwd=folder, env={**os.environ, "TERM": "dumb"})
    in_time = run.wait(deadline)
    run.end()
    outcomes, ending, text = parse(run.text)
    if not in_time:
        ending, text = "hung", f"not finished in {deadline:.0f} s"
    return unit_result(unit, round(time.monotonic() - began, 1), ending, text, outcomes)


def units(folder, log):
    """The names of all units."""
    run = child(["tclsh", "tests/test_helper.tcl", "--list-tests"], log, cwd=folder)
    run.wait(30)
    run.end()
    return run.text.split()
