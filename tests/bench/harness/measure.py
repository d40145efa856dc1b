# SPDX-License-Identifier: Apache-2.0
"""Samples: CPU time and memory of a process from /proc, and runs of redis-benchmark.

CPU time is utime+stime of all threads of the server under test. It counts in ticks (10 ms), so a sample goes on until
the server has used a given number of CPU seconds. It survives other work on the machine; throughput does not.
"""

import csv
import os
import statistics
import subprocess

SERVER_CPU = 0
CLIENT_CPU = (os.cpu_count() or 1) - 1
TICK = 1 / os.sysconf("SC_CLK_TCK")


def pinned(cpu, argv):
    return ["taskset", "-c", str(cpu), *argv]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise ValueError("no VmRSS")


def benchmark(port, requests, pipeline, command, clients=50, keys=10_000):
    """One run of redis-benchmark on its own CPU: (requests per second, p50 ms, p99 ms)."""
    argv = ["redis-benchmark", "-p", port, "-c", clients, "-n", requests, "-P", pipeline, "-r", keys, "--csv", *command]
    done = subprocess.run(pinned(CLIENT_CPU, [str(word) for word in argv]), capture_output=True, text=True, check=True)
    rows = list(csv.DictReader(line for line in done.stdout.splitlines() if line.startswith('"')))
    if len(rows) != 1:
        raise RuntimeError(f"redis-benchmark says: {done.stdout} {done.stderr}")
    return float(rows[0]["rps"]), float(rows[0]["p50_latency_ms"]), float(rows[0]["p99_latency_ms"])


def sample(server, pipeline, command, seconds, requests):
    """Runs of `requests` until the server has used `seconds` of CPU time, as one sample."""
    begin, operations, rates, p99s = cpu_seconds(server.pid), 0, [], []
    while not operations or cpu_seconds(server.pid) - begin < seconds:
        rate, _, p99 = benchmark(server.port, requests, pipeline, command)
        operations += requests
        rates.append(rate)
        p99s.append(p99)
    used = cpu_seconds(server.pid) - begin
    return {"operations": operations, "cpu_seconds": round(used, 2), "cpu_us_per_op": used / operations * 1e6,
            "ops_per_second": statistics.harmonic_mean(rates), "p99_ms": max(p99s)}


def requests_for(server, pipeline, command, seconds):
    """How many requests take `seconds` of the server's CPU, and a little more; from a short run that also warms up."""
    found = sample(server, pipeline, command, 0.2, 20_000 * (1 if pipeline == 1 else 5))
    return int(seconds * 1.15e6 / found["cpu_us_per_op"])
