# SPDX-License-Identifier: Apache-2.0
"""The stand-in's connections to Redis: made again when lost, and whoever asks meanwhile is told so at once."""

import asyncio

from support import resp


class away(Exception):
    """Redis cannot be asked now."""


class links:
    """The two connections to Redis: one for commands, with tracking, one for messages. Both or none."""

    def __init__(self, port, on_message, on_lost):
        self.port, self.on_message, self.on_lost = port, on_message, on_lost
        self.data = self.messages = None

    async def keep_up(self):
        while True:
            try:
                messages, data = await resp.connect(self.port), await resp.connect(self.port)
                number = await messages.call("CLIENT", "ID", deadline=1)
                await data.call("CLIENT", "TRACKING", "ON", "REDIRECT", number, "NOLOOP", deadline=1)
                messages.answer = self.dispatch
                messages.send_raw(resp.encode("SUBSCRIBE", "__redis__:invalidate", "cache_invalidation"), 0)
                self.data, self.messages = data, messages
                await asyncio.wait((data.closed, messages.closed), return_when=asyncio.FIRST_COMPLETED)
            except (OSError, asyncio.TimeoutError):
                pass
            if self.data:
                self.data.close()
                self.messages.close()
            self.data = self.messages = None
            self.on_lost()
            await asyncio.sleep(0.1)

    def dispatch(self, reply):
        if isinstance(reply, list) and reply[0] == b"message":
            self.on_message(reply[1], reply[2])

    async def call(self, *words):
        if not self.data:
            raise away
        try:
            reply = await self.data.call(*words, deadline=0.5)
        except (ConnectionError, asyncio.TimeoutError) as problem:
            if self.data and isinstance(problem, asyncio.TimeoutError):
                self.data.close()    # its replies would not fit any more
            raise away from None
        return reply

    async def script(self, text, *arguments):
        reply = await self.call("EVAL", text, 1, *arguments)
        if isinstance(reply, resp.error):
            raise away
        return reply

    def listen(self, channel, start):
        if self.messages and not self.messages.transport.is_closing():
            self.messages.send_raw(resp.encode("SUBSCRIBE" if start else "UNSUBSCRIBE", channel), 0)
