#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judges the histories of a chaos run: every violation of an invariant that no recorded fault excuses.

    checker.py FOLDER        judges again what a run left in its folder

The invariants are those of the design's list of seven; rules.py says what excuses what. Each check takes the
histories and the rules and yields violations; none of them looks at anything else.
"""

import bisect
import json
import pathlib
import sys
from collections import defaultdict
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from histories import histories, place  # noqa: E402
from rules import ALONE, LEASE_LOST, REDIS_AWAY, STOPPED, fault_log, route_rule, rules  # noqa: E402


@dataclass
class violation:
    kind: str
    text: str
    at: float


def by_key(records):
    found = defaultdict(list)
    for record in records:
        found[record.key].append(record)
    return found


class check:
    """One run under judgement."""

    def __init__(self, seen, allowed):
        self.seen, self.allowed = seen, allowed
        self.faults = fault_log(seen.faults, allowed.settle)
        self.loads = {key: sorted(loads, key=lambda l: l.began) for key, loads in by_key(seen.loads).items()}
        self.writes = by_key(seen.writes)
        self.load_by_number = {one.load: one for one in seen.loads}
        self.origin_versions = defaultdict(set)
        for one in seen.loads:
            self.origin_versions[one.key].add(one.version)

    def all(self):
        checks = (self.one_load_per_key_and_expiry, self.one_load_per_key_in_a_process, self.invalidations_are_kept,
                  self.versions_do_not_go_back, self.values_are_young_enough, self.values_belong_to_their_key,
                  self.requests_end, self.waiters_are_woken, self.everything_is_mortal, self.leases_are_of_use,
                  self.stored_versions,
                  self.nothing_is_left_and_figures_add_up)
        found = [one for each in checks for one in each()]
        return sorted(found, key=lambda v: v.at)

    @staticmethod
    def reader(one):
        return f"{one.key}: client {one.client} at {one.daemon}"

    # 1: one load per key and expiry

    def touched(self, key, began, ended):
        """Whether the entry was invalidated in that time, by whoever."""
        for one in self.writes.get(key, []):
            if one.asked <= ended and self.done(one) >= began:
                return True
        gone = {"entry_del", "flushall"}
        return any(f.kind in gone and f.began <= ended and f.ended + self.allowed.slack >= began
                   and fault_log.concerns(f, None, key) for f in self.faults.faults)

    def done(self, write):
        """When an invalidation has acted for the last time. A message acts late where a daemon slept through it."""
        if write.kind != "channel":
            return write.acked or write.asked + self.allowed.wait
        done = (write.acked or write.asked + self.allowed.wait) + self.allowed.told
        slept = [f.ended for f in self.faults.faults
                 if f.kind == "freeze" and f.began <= done and f.ended >= write.asked]
        return max([done] + [woke + self.allowed.told for woke in slept])

    def one_load_per_key_and_expiry(self):
        """Two loads of a key are an expiry apart, or something between them ended the entry or the lease.

        Loads of daemons that were stopped or out of Redis's reach are left out: they may come at any time, and nobody
        else's load is excused by them.
        """
        for key, every in self.loads.items():
            loads = [one for one in every if not self.alone(one)]
            ttl = self.allowed.route(key).ttl * (1 - self.allowed.jitter)
            for first, second in zip(loads, loads[1:]):
                if second.began >= first.ended + (ttl if first.outcome == "answered" else 0) - self.allowed.slack:
                    continue
                # The first one's lease is a little older than its call.
                if self.touched(key, first.began - self.allowed.granted, second.began):
                    continue
                if self.faults.during({"redis_kill"}, first.began, second.began):
                    continue    # what was stored is gone
                kind = "overlapping loads" if second.began < first.ended else "a load too many"
                later = second.began - first.began
                yield violation(kind, f"{key}: load {second.load} by {second.daemon} {later:.3f} s after load "
                                f"{first.load} by {first.daemon}", second.began)

    def alone(self, one):
        """Whether a load's daemon could not hold a lease all the time."""
        ended = one.ended + self.allowed.slack
        return self.faults.during(REDIS_AWAY | ALONE | STOPPED, one.began, ended, one.daemon)

    def one_load_per_key_in_a_process(self):
        """Whatever Redis suffers, a process has one load of a key at a time, unless its flight was detached.

        A link's loss is such a thing, since copies and flights that Redis vouched for are let go then; that Redis stays
        away is none.
        """
        for key, loads in self.loads.items():
            last = {}
            for one in loads:
                before, last[one.daemon] = last.get(one.daemon), one
                if before is None or one.began >= before.ended - self.allowed.slack / 10:
                    continue
                if self.touched(key, before.began, one.began) or self.link_changed(before.began, one.began, one.daemon):
                    continue
                yield violation("two loads in a process", f"{key}: loads {before.load} and {one.load} by {one.daemon} "
                                f"overlap by {before.ended - one.began:.3f} s", one.began)

    def link_changed(self, began, ended, daemon):
        """Whether a fault began or ended in that time, or shortly before it: a link was lost or made."""
        for one in self.faults.faults:
            if one.kind in LEASE_LOST and fault_log.concerns(one, daemon, None):
                if any(began - self.allowed.settle <= at <= ended for at in (one.began, one.ended)):
                    return True
        return False

    # 2: what readers may see

    def acknowledged(self, key):
        """The invalidations of a key that took effect for sure: by the time of their acknowledgement."""
        found = []
        for one in self.writes.get(key, []):
            if not one.acked:
                continue
            if one.kind == "channel" and (self.faults.during(LEASE_LOST, one.asked, one.acked + self.allowed.told)):
                continue    # a message is sent once; whoever was away has not had it
            found.append(one)
        return sorted(found, key=lambda w: w.acked)

    def invalidations_are_kept(self):
        """Who asks after an acknowledged invalidation does not get an older version."""
        known = {key: self.acknowledged(key) for key in self.writes}
        highest = {key: self.highest_so_far(writes) for key, writes in known.items()}
        for one in self.seen.reads:
            if one.outcome != "value" or not known.get(one.key):
                continue
            writes = known[one.key]
            at = bisect.bisect_right([w.acked for w in writes], one.asked)
            if at == 0 or one.version >= highest[one.key][at - 1]:
                continue
            oldest = next(w for w in writes[:at] if w.version > one.version)
            if late := self.unexcused_age(one, oldest):
                yield violation("an invalidation was lost", f"{self.reader(one)} got version {one.version} "
                                f"{late:.3f} s after the invalidation for version {oldest.version} by "
                                f"{oldest.via or oldest.kind}", one.asked)

    @staticmethod
    def highest_so_far(writes):
        highest, so_far = 0, []
        for one in writes:
            highest = max(highest, one.version)
            so_far.append(highest)
        return so_far

    def unexcused_age(self, one, invalidation):
        """How long after the invalidation was asked, if that is too long; 0 if it is excused."""
        age = one.asked - invalidation.acked
        own = place(one.daemon) == place(invalidation.via) if invalidation.via else False
        allowed = 0.0 if own else self.allowed.told
        if self.faults.stopped(invalidation.asked, one.ended, one.daemon):
            allowed = self.allowed.near_age    # it catches up with what it was told, or its links have gone
        if self.faults.redis_out_of_reach(invalidation.asked, one.ended, one.daemon):
            # Copies live on while Redis is away, stale ones too; when it is back, links need their time.
            allowed = self.allowed.near_age + self.allowed.route(one.key).longest
        return age if age > allowed else 0

    def versions_do_not_go_back(self):
        """For one client and key. A version may be seen before its invalidation, by a load without a lease."""
        last = {}
        for one in sorted(self.seen.reads, key=lambda r: (r.asked, r.ended)):
            if one.outcome != "value":
                continue
            before = last.get((one.client, one.key))
            if before is not None and before.ended <= one.asked and one.version < before.version:
                window = self.allowed.near_age + self.allowed.route(one.key).longest
                began = before.asked - window
                lost = self.faults.during(LEASE_LOST, began, one.ended, one.daemon)
                if not lost and not self.pending(one, before):
                    yield violation("a version went back", f"{self.reader(one)} got version {one.version} after "
                                    f"{before.version}", one.asked)
            if before is None or one.version >= before.version or before.daemon != one.daemon:
                last[one.client, one.key] = one

    def pending(self, one, before):
        """Whether the invalidation for the newer version was still under way when the older was read."""
        return any(w.version == before.version and (not w.acked or w.acked + self.allowed.told > one.asked)
                   for w in self.writes.get(one.key, []))

    def values_are_young_enough(self):
        """No value older than its lifetime and its longest stale window, whatever happens."""
        for one in self.seen.reads:
            origin = self.load_by_number.get(one.load) if one.outcome == "value" else None
            if origin is None or not origin.ended:
                continue
            allowed = self.allowed.route(one.key).longest * (1 + self.allowed.jitter) + self.allowed.lease
            if frozen := self.faults.during({"freeze", "redis_freeze"}, origin.ended - self.allowed.slack,
                                            origin.ended + self.allowed.lease, origin.daemon):
                allowed += frozen.ended - frozen.began    # the fill came late, and the lease was nobody else's
            if one.asked - origin.ended > allowed + self.allowed.slack:
                yield violation("a value past its windows", f"{self.reader(one)} got a value of "
                                f"{one.asked - origin.ended:.3f} s; at most {allowed:.3f} s", one.asked)

    def values_belong_to_their_key(self):
        """Every value was made by the origin, for that key, in that version."""
        for one in self.seen.reads:
            if one.outcome != "value":
                continue
            origin = self.load_by_number.get(one.load)
            if one.value_key != one.key or origin is None or (origin.key, origin.version) != (one.key, one.version):
                yield violation("a value of another key", f"{self.reader(one)} got {one.value_key} version "
                                f"{one.version} load {one.load}", one.asked)

    # 3: every request ends, in its order

    def requests_end(self):
        for one in self.seen.reads:
            stopped = self.faults.stopped(one.asked, one.ended, one.daemon)
            if one.outcome == "mixed":
                yield violation("replies out of order", f"{self.reader(one)}: {one.text}", one.ended)
            elif one.outcome == "late" and not stopped:
                yield violation("a request without an end", self.reader(one), one.asked)
            elif one.outcome == "lost" and not stopped:
                yield violation("a connection was lost", f"{self.reader(one)}: {one.text}", one.ended)
            elif one.outcome in ("error", "nil") and not stopped:
                yield violation("a read without a value", f"{self.reader(one)}: {one.text or one.outcome}", one.ended)

    def waiters_are_woken(self):
        """A reader that waited for a load has its answer soon after the end of that load, not when a lease ends."""
        for one in self.seen.reads:
            if one.outcome != "value" or one.ended - one.asked <= self.allowed.woken:
                continue
            if self.faults.during(LEASE_LOST | {"entry_del"}, one.asked - self.allowed.lease, one.ended, key=one.key):
                continue
            loads = self.loads.get(one.key, [])
            busy = [l for l in loads if l.began <= one.ended and l.ended >= one.asked]
            last = max([l.ended for l in busy if l.ended <= one.ended + self.allowed.slack], default=one.asked)
            # Its own value's load is what it waited for, if it was loaded meanwhile.
            origin = self.load_by_number.get(one.load)
            if origin and one.asked <= origin.ended <= one.ended:
                last = origin.ended
            late = one.ended - max(last, one.asked)
            if late > self.allowed.woken:
                yield violation("a waiter was not woken", f"{self.reader(one)} had its answer {late:.3f} s after the "
                                "load that it waited for", one.ended)

    # 4 and 7: nothing stays, figures add up

    def everything_is_mortal(self):
        told = set()
        for one in self.seen.samples:
            if one.pttl == -1 and one.key not in told:
                told.add(one.key)
                yield violation("no TTL", f"{one.key} would stay for ever", one.at)

    def leases_are_of_use(self):
        """An entry has a lease because somebody loads it, or did a lease ago."""
        for one in self.seen.samples:
            if not one.leased:
                continue
            began, ended = one.at - self.allowed.lease - self.allowed.slack, one.at + 3 * self.allowed.slack
            if any(l.began <= ended and l.ended >= began for l in self.loads.get(one.key, [])):
                continue
            if not self.faults.during(LEASE_LOST, began, ended):
                yield violation("a lease without a load", f"{one.key} has a lease, and nobody loads it", one.at)

    def stored_versions(self):
        """No fill after an acknowledged invalidation stores what was loaded before it, whoever reads it or does not."""
        seen = [(one.at, one.key, one.version) for one in self.seen.samples + self.seen.puts if one.version]
        known = {key: self.acknowledged(key) for key in {key for _, key, _ in seen}}
        for at, key, version in sorted(seen):
            lost = next((w for w in known[key] if w.version > version and self.in_effect(w) < at), None)
            if lost:
                late = at - lost.acked
                yield violation("an old value was stored", f"{key}: version {version} is in Redis {late:.3f} s after "
                                f"the invalidation for version {lost.version} by {lost.via or lost.kind}", at)

    def in_effect(self, write):
        """A deletion acts on the entry before it is acknowledged, a message soon after. Clocks differ a little."""
        return write.acked + (self.allowed.told if write.kind == "channel" else 0.01)

    def nothing_is_left_and_figures_add_up(self):
        for one in self.seen.ends:
            if one.seen != one.expected:
                yield violation(one.what, f"{one.daemon}: {one.seen}, not {one.expected}", float("inf"))


def judge(seen, allowed):
    return check(seen, allowed).all()


def read_rules(path):
    given = json.loads(pathlib.Path(path).read_text())
    given["routes"] = {name: route_rule(**one) for name, one in given["routes"].items()}
    return rules(**given)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for one in judge(histories.read(folder), read_rules(folder / "rules.json")):
        print(f"{one.at:.3f} {one.kind}: {one.text}")
