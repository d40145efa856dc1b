# SPDX-License-Identifier: Apache-2.0
"""What the suite runs against: a redis-server of its own, and what stands in front of it.

The suite empties its server. So a stack hands out a port only after INFO on that port has told the process id of the
redis-server that the stack itself has started.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

from children import child, did_not_start

HERE = pathlib.Path(__file__).resolve().parent
OPTIONS = ["--bind", "127.0.0.1", "--save", "", "--enable-protected-configs", "yes", "--enable-module-command", "yes"]
CONFIG = """\
listen: [ {{ address: "127.0.0.1:0" }} ]
admin: {{ address: "127.0.0.1:0" }}
workers: 2
drain: 2s
upstream: {{ url: "redis://127.0.0.1:{port}", links: {links} }}
"""


class not_ours(Exception):
    """What answers there is not the server that was started for it."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def redis_cli(port, *words):
    asked = subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, timeout=20)
    return asked.stdout + asked.stderr


def wait_until(port, words, pattern, deadline=20.0):
    """Until the answer to a command has `pattern`."""
    end = time.monotonic() + deadline
    while not re.search(pattern, answer := redis_cli(port, *words)):
        if time.monotonic() > end:
            raise did_not_start(f"{' '.join(words)} on port {port} says: {answer[:500]}")
        time.sleep(0.05)


class stack:
    """`front`: None (the suite talks to redis-server), or a function (port of redis-server, folder) → child."""

    def __init__(self, folder, job, front=None):
        self.folder, self.job, self.front = pathlib.Path(folder), job, front
        self.folder.mkdir(parents=True, exist_ok=True)
        self.redis = self.proxy = None

    def start(self):
        self.redis_port = free_port()
        debug = ["--enable-debug-command", "no" if self.job == "nodebug" else "yes"]
        cluster = ["--cluster-enabled", "yes", "--cluster-port", free_port()] if self.job == "cluster" else []
        # What an earlier server has saved would be loaded, and its slots claimed.
        data = self.folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        self.redis = child(["redis-server", "--port", self.redis_port, *OPTIONS, *debug, *cluster],
                           self.folder / "redis.log", cwd=data)
        self.redis.wait_for("Ready to accept connections")
        self.check(self.redis_port)
        if cluster:
            redis_cli(self.redis_port, "cluster", "addslotsrange", "0", "16383")
            wait_until(self.redis_port, ["cluster", "info"], "cluster_state:ok")
        self.port = self.redis_port
        if self.front:
            self.proxy = self.front(self.redis_port, self.folder)
            self.port = int(self.proxy.wait_for(r"listening on 127\.0\.0\.1:(\d+)")[1])
            wait_until(self.port, ["info", "server"], "process_id")
        self.check(self.port)

    def check(self, port):
        """Nobody else's server is ever emptied."""
        found = re.search(r"^process_id:(\d+)", redis_cli(port, "info", "server"), re.MULTILINE)
        if not found or int(found[1]) != self.redis.pid:
            raise not_ours(f"port {port} is not that of the redis-server started here: nothing is run there")

    @property
    def alive(self):
        return self.redis is not None and self.redis.alive and (self.proxy is None or self.proxy.alive)

    def ready(self):
        """The port to run the suite against; what has died is started anew."""
        if not self.alive:
            self.end()
            self.start()
        self.check(self.port)
        return self.port

    def dead(self):
        """What has ended by itself, with its last words."""
        return "\n".join(f"{each.name} has ended:\n{each.tail()}" for each in (self.proxy, self.redis)
                         if each and not each.alive)

    def end(self):
        """Ends both. Returns what is wrong with the proxy's own end, if anything."""
        complaint = ""
        if self.proxy:
            asked = self.proxy.alive and self.proxy.name == "herdgate"
            if self.proxy.end(gently=10.0 if asked else 0.0) != 0 and asked:
                complaint = f"herdgate does not end well:\n{self.proxy.tail()}"
        if self.redis:
            self.redis.end()
        self.proxy = self.redis = None
        return complaint


def herdgate(binary, links):
    """A daemon without routes, with shared or dedicated links."""
    def start(port, folder):
        config = folder / "herdgate.yaml"
        config.write_text(CONFIG.format(port=port, links=links))
        environment = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"}
        return child([binary, "run", "-c", config], folder / "herdgate.log", env=environment)
    return start


def forwarder(*options):
    def start(port, folder):
        return child([sys.executable, HERE / "forwarder.py", port, *options], folder / "forwarder.log")
    return start
