# SPDX-License-Identifier: Apache-2.0
"""Memory: resident bytes at start, and per connection that has been served once and is idle.

2,000 connections (--connections), each after one GET of an absent plain key. Kernel memory of the sockets is not in
it. A fresh process each round.
"""

from harness import measure, servers, table
from harness.client import Client

CONNECTIONS = 2_000


def grow(server, connections):
    at_start = measure.resident_bytes(server.pid)
    clients = []
    try:
        for _ in range(connections):
            clients.append(Client(server.port))
            clients[-1].command("GET", "plain:none")
        grown = measure.resident_bytes(server.pid)
    finally:
        for client in clients:
            client.close()
    return {"start_bytes": at_start, "connections": connections,
            "bytes_per_connection": (grown - at_start) / connections}


def run(options):
    samples = {"redis": [], "herdgate": []}
    for _ in range(options.rounds):
        with servers.redis() as server:
            samples["redis"].append(grow(server, options.connections or CONNECTIONS))
        with servers.herdgate(options.bin) as server:
            samples["herdgate"].append(grow(server, options.connections or CONNECTIONS))
    rows = [(name, f"{table.median(own, 'start_bytes') / 2**20:.1f} MiB",
             f"{table.median(own, 'bytes_per_connection'):,.0f}") for name, own in samples.items()]
    table.show(("server", "RSS at start", "bytes per idle connection"), rows)
    return samples
