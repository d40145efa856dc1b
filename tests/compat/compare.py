# SPDX-License-Identifier: Apache-2.0
"""Compares two results of a unit test by test. Tests of one name are told apart by their order."""

import collections
import dataclasses


@dataclasses.dataclass
class difference:
    job: str
    unit: str
    test: str
    direct: str     # ok, err, missing
    through: str
    text: str       # why, in the words of whoever failed

    @property
    def key(self):
        return self.unit, self.test


def numbered(result):
    """{(name, how many of that name came before): outcome}, without what is ignored."""
    seen, found = collections.Counter(), {}
    for each in result.outcomes:
        if each.status != "ignore":
            found[each.name, seen[each.name]] = each
            seen[each.name] += 1
    return found


def differences(job, direct, through):
    """What turned out otherwise, in the order of the tests."""
    before, after, found = numbered(direct), numbered(through), []
    for key in dict.fromkeys([*before, *after]):
        first, second = before.get(key), after.get(key)
        states = first.status if first else "missing", second.status if second else "missing"
        if states[0] != states[1]:
            text = (second.text if second and second.text else "") or (first.text if first else "")
            found.append(difference(job, direct.unit, key[0], *states, text or f"the unit {through.ending}"))
    if not found and direct.ending != through.ending:
        found.append(difference(job, direct.unit, "(the unit's end)", direct.ending, through.ending, through.text))
    return found


def cell(results):
    """ok, err and seconds of some results, in a table."""
    if not results:
        return f"{'':>6}{'':>5}{'':>7}"
    oks, errs = (sum(each.count(status) for each in results) for status in ("ok", "err"))
    return f"{oks:>6}{errs:>5}{sum(each.seconds for each in results):>7.1f}"


def table(job, what, pairs, listed):
    """The lines of a table; `pairs`: (direct, through or None, differences) of each unit."""
    lines = [f"{job}, {what}", f"  {'unit':<30}{'directly':^18}{'through':^18}",
             f"  {'':<30}{'ok':>6}{'err':>5}{'s':>7}{'ok':>6}{'err':>5}{'s':>7}  differences"]
    for direct, through, found in pairs:
        ending = next((each.ending for each in (through, direct) if each and each.ending != "done"), "")
        known = sum(each.key in listed for each in found)
        notes = [text for text in (str(len(found)) if found else "", f"{known} of them listed" if known else "", ending)
                 if text]
        lines.append(f"  {direct.unit:<30}{cell([direct])}{cell([through] if through else [])}  {', '.join(notes)}")
    direct, through = [pair[0] for pair in pairs], [pair[1] for pair in pairs if pair[1]]
    lines.append(f"  {'all':<30}{cell(direct)}{cell(through)}  {sum(len(pair[2]) for pair in pairs) or ''}")
    return [line.rstrip() for line in lines]


def steady(runs):
    """(differences that all runs have, the others), of the differences that each run of a unit has."""
    common = set.intersection(*({each.key for each in found} for found in runs))
    others = {each.key: each for found in runs for each in found if each.key not in common}
    return [each for each in runs[0] if each.key in common], list(others.values())


def describe(each, reason, how=""):
    """A difference, for people. The whole text is in the unit's output."""
    lines = each.text.splitlines()
    # An error that is no failed assertion comes without its first ten characters, and then once more.
    if len(lines) > 1 and lines[1].endswith(lines[0]):
        lines = lines[1:]
    lines = [line for line in lines if line.strip()][:3]
    said = f"; listed: {reason}" if reason else ""
    return "\n      ".join([f"  {each.job} {each.unit}: {each.test}: {how}{each.direct} directly, "
                            f"{each.through} through{said}", *lines])
