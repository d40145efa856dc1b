# SPDX-License-Identifier: Apache-2.0
"""The base of the tests: starts what a test asks for and cleans up after it, the daemon first.

A daemon that a test has not stopped is stopped by SIGTERM; it must exit with 0 and without a sanitizer's report.
"""

import asyncio
import shutil
import tempfile
import unittest

from . import daemon as daemons
from . import options
from .gated_origin import gated_origin
from .origin import origin
from .resp import error


class scenario(unittest.IsolatedAsyncioTestCase):
    maxDiff = 2000

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)    # unittest turns it on: too slow for thousands of clients
        self.folder = tempfile.mkdtemp(prefix="herdgate-e2e-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.clients = []

    async def asyncTearDown(self):
        for client in self.clients:
            client.reset()

    async def start_origin(self, port=0, *arguments):
        started = await origin.start(port, *arguments)
        self.addAsyncCleanup(started.stop)
        return started

    async def start_gated_origin(self):
        started = await gated_origin.start()
        self.addAsyncCleanup(started.stop)
        return started

    async def start_daemon(self, routes, pass_fds=(), **settings):
        config = daemons.write_config(tempfile.mkdtemp(dir=self.folder), routes, **settings)
        return await self.start_configured(config, pass_fds=pass_fds)

    async def start_configured(self, config, pass_fds=()):
        """A daemon that runs a file."""
        started = await daemons.daemon.start(config, pass_fds=pass_fds)

        async def stop():
            for client in self.clients:
                client.reset()
            try:
                if not started.judged:
                    await started.stop()
            finally:
                await started.process.kill()

        self.addAsyncCleanup(stop)
        return started

    async def connect(self, daemon, count=None):
        """A client, or a list of them. Each has been answered once: its connection is accepted and warm."""
        made = []
        for _ in range(count or 1):
            made.append(await daemon.connect())
        self.clients += made
        await asyncio.gather(*(c.call("PING") for c in made))
        return made if count is not None else made[0]

    def assert_error(self, reply, *parts):
        self.assertIsInstance(reply, error)
        for part in parts:
            self.assertIn(part, reply.text)

    def figure(self, **values):
        options.figure(self._testMethodName.removeprefix("test_"), **values)
