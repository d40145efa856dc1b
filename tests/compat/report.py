# SPDX-License-Identifier: Apache-2.0
"""What a run prints about a job, and about the list of tests that may turn out otherwise."""

import collections

import compare
import skips


def judge(job, what, direct, runs, listed):
    """Prints the table and what differs. (differences, those of them that are not listed, keys of all compared tests)"""
    pairs, compared, found, unsteady = [], set(), [], []
    for unit, before in direct.items():
        after = runs.get(unit)
        if after:
            always, sometimes = compare.steady([compare.differences(job, before, each) for each in after])
            compared |= {(unit, each.name) for each in before.outcomes if each.status != "ignore"}
            found += always
            unsteady += sometimes
        if before.count("ok") + before.count("err"):
            pairs.append((before, after[0] if after else None, always + sometimes if after else []))
    print("\n" + "\n".join(compare.table(job, what, pairs, listed)))
    print(f"  ignored by the suite: {sum(each.count('ignore') for each in direct.values())}")
    for before in direct.values():
        for each in before.outcomes:
            if each.status == "err":
                print(f"  {job} {before.unit}: {each.name}: err directly: {each.text.splitlines()[0]}")
    for each in found:
        if each.through != "missing":
            print(compare.describe(each, listed.get(each.key)))
    for unit, count in collections.Counter(each.unit for each in found if each.through == "missing").items():
        print(f"  {job} {unit}: {count} tests were not reached")
    for each in unsteady:
        print(compare.describe(each, listed.get(each.key), "in one run, not in another; "))
    for each in (result for results in runs.values() for result in results if result.ending != "done"):
        print(f"  {job} {each.unit} {each.ending}:\n" + "\n".join("      " + x for x in each.text.splitlines()[-20:]))
    return found, [each for each in found if each.key not in listed], compared


def lists(what, listed, results, compared, found):
    """Prints lines of the list that say nothing. Whether there are unknown ones."""
    unknown = skips.unknown(listed, results)
    for unit, test in unknown:
        print(f"skips/{what}.txt: no such test: {unit} | {test}")
    for unit, test in skips.stale(listed, compared, {each.key for each in found}):
        print(f"skips/{what}.txt: not needed: {unit} | {test}")
    return bool(unknown)
