# SPDX-License-Identifier: Apache-2.0
"""What a run is made of. Steps of one group are batches of different connections that run at the same time."""

from collections import namedtuple

# `tail` is what the replies end with; None: with the end of the connection; b"": nothing is waited for.
# `splits`: where the bytes are cut into writes, and how long to wait before the next: (offset, seconds).
batch = namedtuple("batch", "connection commands tail splits")
blocked = namedtuple("blocked", "count")              # waits until so many clients of each server are blocked
dropped = namedtuple("dropped", "connection rest")    # sends the rest and goes away
seeded = namedtuple("seeded", "")                     # the keys that always hold one type are made anew
