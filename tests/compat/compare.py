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


def cell(result):
    if result is None:
        return f"{'':>6}{'':>5}{'':>7}"
    return f"{result.count('ok'):>6}{result.count('err'):>5}{result.seconds:>7.1f}"


def table(job, what, pairs, allowed):
    """The lines of a table; `pairs`: (direct, through or None, differences) of each unit."""
    lines = [f"{job}, {what}", f"  {'unit':<26}{'directly':^25}{'through':^18}",
             f"  {'':<26}{'ok':>6}{'err':>5}{'s':>7}{'ignored':>9}{'ok':>6}{'err':>5}{'s':>7}  differences"]
    for direct, through, found in pairs:
        ending = next((each.ending for each in (through, direct) if each and each.ending != "done"), "")
        known = sum(each.key in allowed for each in found)
        notes = [text for text in (ending, str(len(found)) if found else "", f"{known} of them listed" if known else "")
                 if text]
        lines.append(f"  {direct.unit:<26}{cell(direct)}{direct.count('ignore'):>9}{cell(through)}  {', '.join(notes)}")
    lines.append(f"  {'all':<26}{total(job, [pair[0] for pair in pairs], True)}{total(job, [pair[1] for pair in pairs])}"
                 f"  {sum(len(pair[2]) for pair in pairs) or ''}")
    return [line.rstrip() for line in lines]


def total(job, results, ignored=False):
    known = [each for each in results if each]
    if not known:
        return ""
    text = f"{sum(each.count('ok') for each in known):>6}{sum(each.count('err') for each in known):>5}" \
           f"{sum(each.seconds for each in known):>7.1f}"
    return text + (f"{sum(each.count('ignore') for each in known):>9}" if ignored else "")


def describe(each, reason):
    """A difference, for people."""
    indented = "\n".join("      " + line for line in each.text.splitlines()[:12])
    said = f"  listed: {reason}" if reason else ""
    return f"  {each.job} {each.unit}: {each.test}: {each.direct} directly, {each.through} through{said}\n{indented}"
