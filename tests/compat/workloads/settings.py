# SPDX-License-Identifier: Apache-2.0
"""What a workload in Python is told by `run`, and how it tells what it found."""

import json
import os

told = json.loads(os.environ["WORKLOAD"])
host, port, unix = told["host"], told["port"], told["unix"]
database, name, tag, tls = told["database"], told["name"], told["tag"], told["tls"]
checks = 0


def check(actual, expected):
    global checks
    assert actual == expected, f"{actual!r} is not {expected!r}"
    checks += 1


def program_options():
    """Where to connect, as redis-cli and redis-benchmark are told."""
    where = ["-s", unix] if told["through_unix"] else ["-h", host, "-p", str(port)]
    if tls:
        where += ["--tls", "--cacert", tls["ca"], *(["--cert", tls["cert"], "--key", tls["key"]] if tls["cert"] else [])]
    return where + (["-3"] if told["protocol"] == 3 else [])


def done():
    print(f"{checks} checks")
