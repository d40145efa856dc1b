# SPDX-License-Identifier: Apache-2.0
"""The tests that may turn out otherwise through herdgate than directly, with a reason each.

A line is `unit/name | name of the test | reason`; the test's name may itself contain ` | `. Empty lines and lines that
start with # are skipped. A name stands for all tests of that name in the unit.
"""

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent / "skips"


class malformed(Exception):
    pass


def parse(text, name):
    """{(unit, test): reason}."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if len(parts) < 3 or not all(parts):
            raise malformed(f"{name}:{number}: not `unit | test | reason`: {line}")
        key = (parts[0], " | ".join(parts[1:-1]))
        if key in found:
            raise malformed(f"{name}:{number}: twice: {line}")
        found[key] = parts[-1]
    return found


def load(links):
    """The list for one kind of links; empty where there is no file."""
    path = FOLDER / f"{links}.txt"
    return parse(path.read_text(), path.name) if path.exists() else {}


def unknown(listed, results):
    """Lines about tests that none of the direct results has; only of units that were run at all."""
    units = {result.unit for result in results}
    seen = {result.unit: [each for other in results if other.unit == result.unit for each in other.outcomes]
            for result in results}

    def exists(unit, test):
        # What the suite ignores is told as `name: why`.
        return any(each.name == test or each.status == "ignore" and each.name.startswith(test + ": ")
                   for each in seen[unit])

    return [key for key in listed if key[0] in units and not exists(*key)]


def stale(listed, compared, different):
    """Lines about tests that were compared, and no run found different."""
    return [key for key in listed if key in compared and key not in different]
