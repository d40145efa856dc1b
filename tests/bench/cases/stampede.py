# SPDX-License-Identifier: Apache-2.0
"""Stampede: many connections ask for one cold key whose load takes 200 ms.

1,000 connections (--connections), each with one GET in flight. The load's end is taken as the first GET's sending plus
the origin's delay, so "last reply" holds all that herdgate, the origin and this client add. Memory per waiter is the
growth of the resident set between the connections' being idle and their all waiting.
"""

import contextlib
import selectors
import time

from harness import measure, servers, table
from harness.client import Client, encode

CONNECTIONS = 1_000
DELAY_SECONDS = 0.2
VALUE_BYTES = 256
REPLY_BYTES = len(f"${VALUE_BYTES}\r\n") + VALUE_BYTES + 2


def receive_all(clients, begin):
    """The times at which each connection had its whole reply, sorted, in seconds since `begin`."""
    selector, times, seen = selectors.DefaultSelector(), [], set()
    got = dict.fromkeys(range(len(clients)), b"")
    for number, client in enumerate(clients):
        client.socket.setblocking(False)
        selector.register(client.socket, selectors.EVENT_READ, number)
    while len(times) < len(clients):
        ready = selector.select(timeout=30)
        if not ready:
            raise RuntimeError(f"{len(clients) - len(times)} connections have no reply")
        for found, _ in ready:
            data = found.fileobj.recv(4096)
            if not data:
                raise RuntimeError("a connection was closed")
            got[found.data] += data
            if len(got[found.data]) >= REPLY_BYTES:
                times.append(time.perf_counter() - begin)
                seen.add(got[found.data])
                selector.unregister(found.fileobj)
    if len(seen) != 1 or not next(iter(seen)).startswith(b"$256\r\n"):
        raise RuntimeError("the replies differ, or are no values")
    return times


def stampede(program, connections):
    with servers.Origin(size=VALUE_BYTES, delay=f"{DELAY_SECONDS * 1000:.0f}ms") as origin, \
            servers.herdgate(program, origin.port) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(server.port)) for _ in range(connections)]
        for client in clients:
            client.command("PING")
        request, idle = encode("GET", "product:cold"), measure.resident_bytes(server.pid)
        begin_cpu, begin = measure.cpu_seconds(server.pid), time.perf_counter()
        for client in clients:
            client.socket.sendall(request)
        sent = time.perf_counter() - begin
        time.sleep(max(0.0, DELAY_SECONDS * 0.75 - sent))
        waiting = measure.resident_bytes(server.pid)
        times = receive_all(clients, begin)
        return {"connections": connections, "origin_calls": origin.stats()["total"], "sent_ms": sent * 1000,
                "first_ms": (times[0] - DELAY_SECONDS) * 1000, "last_ms": (times[-1] - DELAY_SECONDS) * 1000,
                "bytes_per_waiter": (waiting - idle) / connections,
                "cpu_ms": (measure.cpu_seconds(server.pid) - begin_cpu) * 1000}


def run(options):
    samples = [stampede(options.bin, options.connections or CONNECTIONS) for _ in range(options.rounds)]
    calls = sorted({s["origin_calls"] for s in samples})
    row = (samples[0]["connections"], ", ".join(map(str, calls)), f"{table.median(samples, 'first_ms'):.1f}",
           f"{table.median(samples, 'last_ms'):.1f}", f"{max(s['last_ms'] for s in samples):.1f}",
           f"{table.median(samples, 'bytes_per_waiter'):,.0f}", f"{max(s['sent_ms'] for s in samples):.0f}")
    table.show(("connections", "origin calls", "first reply, ms after the load's end", "last reply", "worst last reply",
                "bytes per waiter", "sending took, ms"), [row])
    return samples
