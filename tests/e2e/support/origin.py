# SPDX-License-Identifier: Apache-2.0
"""tests/support/origin.py as a process of its own: faults are set and counters read over HTTP."""

import asyncio
import json
import time
import urllib.parse

from . import http, options
from .process import process


class origin:
    def __init__(self, started, port):
        self.process = started
        self.port = port

    @classmethod
    async def start(cls, port=0, *arguments):
        """`arguments`: of the program, e.g. "--unix", PATH."""
        program = options.ROOT / "tests/support/origin.py"
        started = await process.start("/usr/bin/python3", str(program), str(port), *arguments, watch="stdout")
        return cls(started, int((await started.wait_line(r"listening on 127\.0\.0\.1:(\d+)"))[1]))

    async def set(self, **values):
        """Options for all requests from now on: mode="500", delay="200ms", version=2."""
        status, body = await http.request(self.port, "/-/set?" + urllib.parse.urlencode(values), "POST", options.scaled(10))
        assert status == 204, body

    async def stats(self):
        return json.loads((await http.request(self.port, "/-/stats", deadline=options.scaled(10)))[1])

    async def requests(self):
        """The last requests: "target" and "headers" of each, in their order."""
        return json.loads((await http.request(self.port, "/-/requests", deadline=options.scaled(10)))[1])

    async def calls(self, product=None):
        """How often a product was asked for; without one, all calls."""
        seen = await self.stats()
        return seen["total"] if product is None else seen["paths"].get(f"/products/{product}", 0)

    async def wait_until(self, condition, what, deadline=10.0):
        end = time.monotonic() + options.scaled(deadline)
        while not condition(seen := await self.stats()):
            assert time.monotonic() < end, f"the origin did not see in time: {what}; but {seen}"
            await asyncio.sleep(0.01)
        return seen

    async def stop(self):
        await self.process.kill()
