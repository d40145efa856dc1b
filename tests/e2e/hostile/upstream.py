# SPDX-License-Identifier: Apache-2.0
"""What the tests of hostile clients with a Redis upstream share: a redis-server for each class, and what it knows of the daemon."""

import re
import urllib.request

from hostile import HostileTest, options
from processes import Daemon, Origin, Redis, wait_until
from resp import Connection

SPARE_LINKS = 64        # of one worker
WORKERS = 2


class UpstreamTest(HostileTest):
    """`links`: shared or dedicated; `settings`: further YAML; `redis_options`: of redis-server."""

    links = "shared"
    redis_options = ("--maxclients", "15000")

    @classmethod
    def setUpClass(cls):
        cls.origin = Origin()
        cls.addClassCleanup(cls.origin.stop)
        cls.redis = Redis(*cls.redis_options)
        cls.addClassCleanup(cls.redis.stop)
        upstream = f'workers: {WORKERS}\nupstream: {{ url: "unix://{cls.redis.address}", links: {cls.links} }}\n'
        cls.daemon = Daemon(options.binary, cls.origin.port, upstream + cls.settings)
        cls.addClassCleanup(cls.daemon.stop)

    def ask_redis(self, *words):
        """A command's reply from Redis itself, on a connection of its own."""
        with Connection(self.redis.address) as connection:
            return connection.call(*words)

    def redis_figures(self, section):
        """INFO's section: name → number, or text."""
        pairs = re.findall(r"^(\w+):(.*)\r$", self.ask_redis("INFO", section).decode(), re.MULTILINE)
        return {name: int(value) if value.isdigit() else value for name, value in pairs}

    def links_of_daemon(self):
        """Its connections as CLIENT LIST tells of them, without the one that asks."""
        lines = self.ask_redis("CLIENT", "LIST").decode().splitlines()
        return [link for link in (dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines) if link["cmd"] != "client|list"]

    def metric(self, name, labels=""):
        """The sum over all series of that name with these labels, such as 'state="lent"'."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.daemon.admin_port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        found = re.findall(rf"^herdgate_{name}(?:{{([^}}]*)}})? (\S+)$", text, re.MULTILINE)
        return sum(float(value) for seen, value in found if labels in seen)

    def warm(self):
        """The links that herdgate has for itself are up, and those that all clients share."""
        for _ in range(20):
            with Connection(self.daemon.address) as connection:
                connection.pipeline([("GET", "warm"), ("HELLO", "3"), ("GET", "warm"), ("GET", "product:warm")])
        wait_until(lambda: self.metric("upstream_client_connections", 'state="lent"') == 0, 20 * options.slow_factor, "nobody has a link")
        self.settle()

    def check_nothing_left(self, before, spare=SPARE_LINKS * WORKERS):
        """Redis knows of nothing but the links of `before` and spare ones, on which nothing has been left."""
        patience = 20 * options.slow_factor
        wait_until(lambda: self.metric("upstream_client_connections", 'state="lent"') == 0, patience, "nobody has a link")
        wait_until(lambda: len(self.links_of_daemon()) <= len(before) + spare, patience, "links are closed")
        left = self.links_of_daemon()
        for link in left:
            self.assertTrue(link["multi"] == "-1" and not set(link["flags"]) & set("bxdOcu"), link)
        # Of its own herdgate has a subscriber's link and one with tracking on each worker; one that was lost is made anew.
        for flag in "Pt":
            marked = [link for link in left if flag in link["flags"]]
            self.assertLessEqual(len(marked), sum(flag in link["flags"] for link in before), marked)
        self.assertEqual(self.redis_figures("clients")["blocked_clients"], 0)
