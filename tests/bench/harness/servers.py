# SPDX-License-Identifier: Apache-2.0
"""Servers under test: started on a free port, pinned to the first CPU, ended with the `with` block.

A server has .pid and .port. Its start raises with the process's own words if it does not answer PING in time.
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from harness.client import Client
from harness.measure import CLIENT_CPU, SERVER_CPU, pinned

BENCH = Path(__file__).resolve().parent.parent
ORIGIN = BENCH.parent / "support" / "origin.py"
START_SECONDS = 10
POLL_SECONDS = 0.0002


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether PING has a reply. The floor's is no PONG: it answers everything with a value."""
    try:
        with Client(port, timeout=1) as client:
            return client.command("PING") is not None
    except OSError:
        return False


class Server:
    """One process, from the moment of its exec."""

    def __init__(self, argv, port, cpu=SERVER_CPU):
        self.port = port
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([str(word) for word in argv], stdout=self.errors, stderr=self.errors,
                                        stdin=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        self.started = time.perf_counter()    # Popen returns when the exec has happened
        self.pid = self.process.pid
        while not answers(port):
            if self.process.poll() is not None or time.perf_counter() - self.started > START_SECONDS:
                self.stop()
                raise RuntimeError(f"{argv[0]} does not answer: {self.output()}")
            time.sleep(POLL_SECONDS)
        self.start_seconds = time.perf_counter() - self.started

    def output(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.errors.close()


def redis(cpu=SERVER_CPU):
    port = free_port()
    argv = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--maxclients", "20000", "--dir", tempfile.gettempdir()]
    return Server(argv, port, cpu)


ROUTES = """
routes:
  - name: products
    match: "product:{{id}}"
    load:
      http: {{ url: "http://127.0.0.1:{origin}/products/{{id}}", timeout: 30s }}
    ttl: 1d
    wait: {{ timeout: 30s }}
    limit: {{ queue: 1000000, queue_timeout: 1h }}
"""


@contextlib.contextmanager
def herdgate(program, origin=9, workers=1, upstream=None):
    """A daemon with one route, product:{id}, loaded from the origin's port (nobody listens on port 9).

    `upstream`: a Redis's port and the kind of links to it; without one, the embedded store.
    """
    port = free_port()
    to = "upstream: {{ url: 'redis://127.0.0.1:{}', links: {} }}\n".format(*upstream) if upstream else ""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "herdgate.yaml"
        file.write_text(f"listen:\n  - address: 127.0.0.1:{port}\nadmin: {{ address: none }}\nworkers: {workers}\n"
                        "limits: { clients: 20000 }\nlog: { level: warn }\n" + to + ROUTES.format(origin=origin))
        with Server([program, "run", "-c", file], port) as server:
            yield server


@contextlib.contextmanager
def floor():
    """The least a server can do: see floor.c."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "floor"
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", program, BENCH / "floor.c"], check=True)
        with Server([program, port], port) as server:
            yield server


class Origin:
    """tests/support/origin.py on the load generator's CPU."""

    def __init__(self, **options):
        argv = pinned(CLIENT_CPU, [sys.executable, str(ORIGIN), "--until-eof"])
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)$", self.process.stdout.readline().strip()).group(1))
        query = "&".join(f"{name}={value}" for name, value in options.items())
        if query:
            self.ask(f"/-/set?{query}", method="POST")

    def ask(self, target, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{target}", method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as answer:
            return answer.read()

    def stats(self):
        return json.loads(self.ask("/-/stats"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
