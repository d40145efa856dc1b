# SPDX-License-Identifier: Apache-2.0
"""What a chaos run wrote down: histories of JSON lines, one clock (time.monotonic() of this host, in seconds).

| file | a line |
| --- | --- |
| reads.jsonl | client, daemon, key, asked, ended, outcome, value_key, version, load, text |
| loads.jsonl | load, key, daemon, version, began, ended, outcome: the origin's log, the authority on loads |
| writes.jsonl | key, version, via, kind, asked, acked: an invalidation, after the origin has the new version |
| faults.jsonl | kind, target, began, ended: target is a daemon, "redis", or "" for all |
| samples.jsonl | at, key, pttl, version, leased: entries as they are in Redis |
| puts.jsonl | at, key, version: each value that MONITOR showed being put into an entry, at Redis's own time |
| ends.jsonl | daemon, what, expected, seen: what was left behind at the end, and figures that have to add up |

A read's outcome: `value`, `nil`, `error` (text says which), `lost` (the connection ended), `late` (no answer by the
client's deadline), `mixed` (the answer was another command's). Daemons are told apart by incarnation: a1, a2, and so on
are one daemon, restarted; its place is the letter.
"""

import json
import pathlib
from dataclasses import asdict, dataclass, fields


@dataclass
class read:
    client: int
    daemon: str
    key: str
    asked: float
    ended: float
    outcome: str
    value_key: str = ""
    version: int = 0
    load: int = 0
    text: str = ""


@dataclass
class load:
    load: int
    key: str
    daemon: str
    version: int
    began: float
    ended: float
    outcome: str = "answered"


@dataclass
class write:
    key: str
    version: int
    via: str          # the daemon it went through; "" for the channel or Redis itself
    kind: str         # del, channel, entry
    asked: float
    acked: float      # 0: never


@dataclass
class fault:
    kind: str
    target: str
    began: float
    ended: float


@dataclass
class sample:
    at: float
    key: str
    pttl: int
    version: int
    leased: bool


@dataclass
class put:
    at: float
    key: str
    version: int


@dataclass
class end:
    daemon: str
    what: str
    expected: int
    seen: int


KINDS = {"reads": read, "loads": load, "writes": write, "faults": fault, "samples": sample, "puts": put,
         "ends": end}


def place(daemon):
    """The daemon without its incarnation: a2 is a."""
    return daemon[:1]


class histories:
    def __init__(self, **given):
        for name in KINDS:
            setattr(self, name, list(given.get(name, [])))

    def save(self, folder):
        for name in KINDS:
            with open(pathlib.Path(folder) / f"{name}.jsonl", "w") as file:
                for record in getattr(self, name):
                    file.write(json.dumps(asdict(record)) + "\n")

    @classmethod
    def read(cls, folder):
        def records(name, kind):
            known = {field.name for field in fields(kind)}
            for line in (pathlib.Path(folder) / f"{name}.jsonl").read_text().splitlines():
                yield kind(**{k: v for k, v in json.loads(line).items() if k in known})

        return cls(**{name: records(name, kind) for name, kind in KINDS.items()})
