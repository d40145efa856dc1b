# SPDX-License-Identifier: Apache-2.0
"""A GET that passes through: herdgate in front of Redis, with shared and with dedicated links, beside Redis itself.

10,000 keys of 256 bytes that no route claims, 50 connections, unpipelined and pipeline 16. Redis and redis-benchmark
are on the last CPU, herdgate with one worker on CPU 0; `redis` is another Redis on CPU 0, asked directly. What Redis
itself spends behind herdgate is not in the figures.
"""

import contextlib

from cases import hit
from harness import measure, servers


def run(options):
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        redis, behind = enter(servers.redis()), enter(servers.redis(measure.CLIENT_CPU))
        floor = enter(servers.floor())
        for server in (redis, behind):
            hit.fill(server, hit.PLAIN)
        command = ("GET", f"{hit.PLAIN}:__rand_int__")
        contenders = {"redis": (redis, command), "floor": (floor, command)}
        for links in ("shared", "dedicated"):
            contenders[links] = (enter(servers.herdgate(options.bin, upstream=(behind.port, links))), command)
        samples = hit.measure_all(contenders, options)
    hit.report(samples)
    return samples
