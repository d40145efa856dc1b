# SPDX-License-Identifier: Apache-2.0
"""Runs units side by side, each lane with a working copy and a stack of its own."""

import pathlib
import threading
import traceback

import source as package
import suite
from children import did_not_start
from stack import stack


class lanes:
    """Runs units of one job against stacks with one kind of front."""

    def __init__(self, folder, source, job, front, count):
        self.folder, self.source, self.job, self.front = pathlib.Path(folder), source, job, front
        self.count = count
        self.results, self.complaints = {}, []
        self.lock = threading.Lock()
        self.stopped = False

    def run(self, units, limits, report):
        """{unit: result}. `units`: in the order to begin them; `limits`: unit → (patience, deadline);
        `report`: called with each result."""
        self.waiting = list(units)
        threads = [threading.Thread(target=self.lane, args=(number, limits, report), daemon=True)
                   for number in range(min(self.count, len(self.waiting)))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        finally:
            self.stopped = True
        return self.results

    def lane(self, number, limits, report):
        folder = self.folder / f"lane-{number}"
        servers = stack(folder, self.job, self.front)
        try:
            copy = package.working_copy(self.source, folder / "suite")
            while unit := self.next():
                result = self.one(servers, folder, copy, unit, limits(unit))
                with self.lock:
                    self.results[unit] = result
                    report(result)
                if not result.clean or result.count("ok"):
                    # What a unit leaves behind must not decide about another: they set limits and leave them so.
                    self.complain(servers.end())
        except Exception as error:
            if not self.stopped:
                self.complain("".join(traceback.format_exception_only(error)).strip())
        finally:
            self.complain(servers.end())

    def next(self):
        with self.lock:
            return self.waiting.pop(0) if self.waiting and not self.stopped else None

    def complain(self, text):
        if text and not self.stopped:
            with self.lock:
                self.complaints.append(text)

    def one(self, servers, folder, copy, unit, limit):
        log = self.folder / (unit.replace("/", "__") + ".txt")
        try:
            port = servers.ready()
        except did_not_start as error:
            return suite.unit_result(unit, 0.0, "died", str(error), [])
        result = suite.run_unit(copy, log, port, self.job, unit, *limit)
        if dead := servers.dead():
            result.ending, result.text = "died", dead
        return result
