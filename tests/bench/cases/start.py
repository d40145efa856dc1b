# SPDX-License-Identifier: Apache-2.0
"""Start: from exec to the first PONG.

The client tries a new connection every 0.2 ms, so the resolution is about half a millisecond.
"""

from harness import servers, table

STARTS_PER_ROUND = 4


def run(options):
    samples = {"redis": [], "herdgate": []}
    for _ in range(options.rounds * STARTS_PER_ROUND):
        with servers.redis() as server:
            samples["redis"].append({"milliseconds": server.start_seconds * 1000})
        with servers.herdgate(options.bin) as server:
            samples["herdgate"].append({"milliseconds": server.start_seconds * 1000})
    rows = [(name, f"{table.median(own, 'milliseconds'):.1f}", table.spread(own, "milliseconds"))
            for name, own in samples.items()]
    table.show(("server", "median ms", "least–greatest"), rows)
    return samples
