# SPDX-License-Identifier: Apache-2.0
"""Runs named cases, prints one line for each, and counts them."""

import time
import traceback


class Report:
    def __init__(self, only=""):
        self.only = only
        self.passed = 0
        self.failed = 0

    def run(self, name, case, *arguments, always=False):
        if not always and self.only not in name:
            return
        begin = time.monotonic()
        try:
            case(*arguments)
        except Exception:
            self.add(name, False, traceback.format_exc(limit=-4))
        else:
            self.add(name, True, f"{time.monotonic() - begin:.2f} s")

    def add(self, name, good, note=""):
        self.passed += good
        self.failed += not good
        print(f"{'ok    ' if good else 'FAILED'} {name}" + (f" ({note})" if good and note else ""), flush=True)
        if not good:
            print("    " + note.strip().replace("\n", "\n    "), flush=True)

    def summary(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed == 0
