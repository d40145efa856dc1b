# SPDX-License-Identifier: Apache-2.0
"""herdgate demo: what it says is what the product promises, and nothing of it stays."""

import asyncio
import os
import pathlib
import re
import signal
import tempfile
import xml.etree.ElementTree

from support import options
from support.options import scaled
from support.process import children
from support.redis_server import redis_server
from support.scenario import scenario

ROW = re.compile(r"^(.{28}) (cold|expired) +(\d+) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+)$", re.MULTILINE)


class demo(scenario):
    async def start(self, *words):
        child = await asyncio.create_subprocess_exec(
            options.binary, "demo", "--load", f"{round(scaled(200))}ms", *words, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={**os.environ, "TMPDIR": self.folder})
        self.addCleanup(lambda: child.returncode is None and child.kill())
        return child

    async def run_demo(self, *words):
        """The exit status and what was printed."""
        child = await self.start(*words)
        printed, _ = await asyncio.wait_for(child.communicate(), scaled(30))
        return child.returncode, printed.decode()

    def counts(self, printed):
        """(case, key) → origin calls."""
        found, case = {}, ""
        for name, key, _, calls, *_ in ROW.findall(printed):
            case = name.strip() or case
            found[case, key] = int(calls)
        return found

    async def test_three_times_twenty_clients_cause_sixty_calls_then_three_then_one(self):
        redis = await redis_server.start(tempfile.mkdtemp(dir=self.folder))
        self.addAsyncCleanup(redis.stop)
        drawing = pathlib.Path(self.folder, "calls.svg")
        before = sorted(os.listdir(self.folder))
        status, printed = await self.run_demo("--processes", "3", "--clients", "20", "--redis", redis.url(),
                                              "--svg", str(drawing))
        self.assertEqual(status, 0, printed)
        self.assertEqual(self.counts(printed), {
            ("unprotected", "cold"): 60, ("unprotected", "expired"): 60,
            ("coalesced in each process", "cold"): 3, ("coalesced in each process", "expired"): 3,
            ("the fleet's lease", "cold"): 1, ("the fleet's lease", "expired"): 1}, printed)
        texts = {t.text for t in xml.etree.ElementTree.parse(drawing).iter("{http://www.w3.org/2000/svg}text")}
        drawn = {"unprotected: 120", "coalesced in each process: 6", "the fleet's lease: 2"}
        self.assertEqual(drawn - texts, set())
        drawing.unlink()
        self.assertEqual(sorted(os.listdir(self.folder)), before, "no file is left")
        self.assertEqual(await redis.call("DBSIZE"), 0, "no key is left")

    async def test_without_a_redis_it_shows_what_needs_none(self):
        status, printed = await self.run_demo("--processes", "2", "--clients", "5")
        self.assertEqual(status, 0, printed)
        self.assertEqual(self.counts(printed), {
            ("unprotected", "cold"): 10, ("unprotected", "expired"): 10,
            ("coalesced in each process", "cold"): 2, ("coalesced in each process", "expired"): 2}, printed)
        self.assertIn("needs --redis", printed)

    async def test_an_interrupted_run_leaves_no_process_and_no_file(self):
        child = await self.start("--clients", "5")
        while not (daemons := children(child.pid)):
            await asyncio.sleep(0.01)
        child.send_signal(signal.SIGINT)
        printed, _ = await asyncio.wait_for(child.communicate(), scaled(15))
        self.assertEqual(child.returncode, 1, printed)
        self.assertIn(b"interrupted", printed)
        self.assertFalse([pid for pid in daemons if os.path.exists(f"/proc/{pid}")])
        self.assertEqual(os.listdir(self.folder), [])

    async def test_what_cannot_be_done_is_told(self):
        status, printed = await self.run_demo("--redis", "http://nonsense")
        self.assertEqual(status, 1)
        self.assertIn("upstream", printed)
        self.assertEqual((await self.run_demo("--processes", "64", "--clients", "4000"))[0], 2)
        self.assertEqual((await self.run_demo("--clients", "0"))[0], 2)
