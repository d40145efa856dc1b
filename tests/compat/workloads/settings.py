# SPDX-License-Identifier: Apache-2.0
"""What a workload in Python is told by `run`, and how it tells what it found."""

import json
import os

told = json.loads(os.environ["WORKLOAD"])
host, port, unix = told["host"], told["port"], told["unix"]
database, name, tag = told["database"], told["name"], told["tag"]
checks = 0


def check(actual, expected):
    global checks
    assert actual == expected, f"{actual!r} is not {expected!r}"
    checks += 1


def done():
    print(f"{checks} checks")
