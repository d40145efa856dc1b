#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A loader that is kept running (load.command.mode: worker): keys in on standard input, values out on standard output.

    request   LENGTH\n BYTES
    answer    ok LENGTH\n BYTES      or      absent\n      or      error REASON\n
"""

import sys


def load(key):
    """The value of a key as bytes; None if it does not exist; an exception if that cannot be said."""
    if key.endswith(b":none"):
        return None
    if key.endswith(b":bad"):
        raise ValueError("this key cannot be loaded")
    return b"value of " + key


def main():
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := requests.readline():
        key = requests.read(int(line))
        try:
            value = load(key)
        except Exception as problem:
            answers.write(b"error %s\n" % (" ".join(str(problem).split())[:200] or "failed").encode("ascii", "replace"))
        else:
            answers.write(b"absent\n" if value is None else b"ok %d\n%s" % (len(value), value))
        answers.flush()


if __name__ == "__main__":
    main()
