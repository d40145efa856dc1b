# SPDX-License-Identifier: Apache-2.0
"""herdgate healthcheck and herdgate wait: what an image without curl asks a running daemon with."""

import asyncio
import json
import pathlib
import socket
import time

from support import options
from support.options import scaled
from support.redis_server import free_port
from support.scenario import scenario


class probes(scenario):
    async def ask(self, *words, deadline=20.0):
        """The exit status and what was printed, both outputs together."""
        child = await asyncio.create_subprocess_exec(options.binary, *words, stdout=asyncio.subprocess.PIPE,
                                                     stderr=asyncio.subprocess.STDOUT)
        printed, _ = await asyncio.wait_for(child.communicate(), scaled(deadline))
        return child.returncode, printed.decode()

    async def test_a_healthy_daemon_is_0_and_one_that_is_gone_is_1(self):
        daemon = await self.start_daemon([])
        admin = f"127.0.0.1:{daemon.admin_port}"
        self.assertEqual(await self.ask("healthcheck", "--admin", admin), (0, f"http://{admin}/livez: 200 ok\n"))
        self.assertEqual((await self.ask("healthcheck", "--admin", admin, "--path", "/readyz"))[0], 0)
        self.assertEqual((await self.ask("healthcheck", "--admin", admin, "--path", "/nowhere"))[0], 1)
        self.assertEqual((await self.ask("wait", "--admin", admin))[0], 0)
        await daemon.stop()
        status, printed = await self.ask("healthcheck", "--admin", admin)
        self.assertEqual(status, 1)
        self.assertIn("Connection refused", printed)

    async def test_it_takes_the_address_from_the_configuration(self):
        admin = f"0.0.0.0:{free_port()}"
        daemon = await self.start_daemon([], admin={"address": admin})
        config = pathlib.Path(self.folder, "same.yaml")
        config.write_text(json.dumps({"admin": {"address": admin}}))
        self.assertEqual((await self.ask("healthcheck", "-c", str(config)))[0], 0, "asked on the loopback")
        await daemon.stop()
        self.assertEqual((await self.ask("healthcheck", "-c", str(config)))[0], 1)
        config.write_text(json.dumps({"admin": {"address": "none"}}))
        self.assertEqual((await self.ask("healthcheck", "-c", str(config)))[0], 1)
        self.assertEqual((await self.ask("wait", "-c", str(config)))[0], 2)

    async def test_a_daemon_that_says_nothing_is_1_after_two_seconds(self):
        silent = socket.create_server(("127.0.0.1", 0))    # connects, and is never accepted
        self.addCleanup(silent.close)
        began = time.monotonic()
        status, printed = await self.ask("healthcheck", "--admin", "127.0.0.1:%d" % silent.getsockname()[1])
        took = time.monotonic() - began
        self.assertEqual(status, 1, printed)
        self.assertTrue(1.9 <= took <= 2 + scaled(1), took)

    async def test_wait_ends_when_the_daemon_is_there_and_not_before(self):
        admin = f"127.0.0.1:{free_port()}"
        waiting = asyncio.ensure_future(self.ask("wait", "--admin", admin, "--timeout", "30s", deadline=40))
        await asyncio.sleep(0.5)
        self.assertFalse(waiting.done())
        await self.start_daemon([], admin={"address": admin})
        self.assertEqual((await waiting)[0], 0)

    async def test_wait_gives_up_at_its_timeout(self):
        began = time.monotonic()
        status, printed = await self.ask("wait", "--admin", f"127.0.0.1:{free_port()}", "--timeout", "700ms")
        self.assertEqual(status, 1)
        self.assertIn("not ready after 700ms", printed)
        self.assertLess(time.monotonic() - began, 0.7 + scaled(1))

    async def test_what_is_no_address_or_no_duration_is_told(self):
        self.assertIn("--admin", (await self.ask("healthcheck", "--admin", "nonsense"))[1])
        status, printed = await self.ask("wait", "--timeout", "5")
        self.assertEqual(status, 2)
        self.assertIn("'5'", printed)
