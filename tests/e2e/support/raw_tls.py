# SPDX-License-Identifier: Apache-2.0
"""A TLS client whose every byte on the wire passes the test's hands: it can be cut off at any of them."""

import socket
import ssl
import struct


class cut_off(Exception):
    """The bytes that may be sent have been."""


class raw_tls:
    def __init__(self, port, context, allowance=None, receive_buffer=None):
        """`allowance`: bytes that may be sent in all; `receive_buffer`: of the socket, so that a slow reader is one."""
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.allowance = allowance
        self.sent = 0

    def flush(self):
        data = self.outgoing.read()
        if not data:
            return
        allowed = data if self.allowance is None else data[: max(0, self.allowance - self.sent)]
        self.socket.sendall(allowed)
        self.sent += len(allowed)
        if len(allowed) < len(data):
            raise cut_off

    def receive(self):
        data = self.socket.recv(65536)
        self.incoming.write(data) if data else self.incoming.write_eof()

    def carry_out(self, operation, *arguments):
        while True:
            try:
                done = operation(*arguments)
                self.flush()
                return done
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()

    def handshake(self):
        self.carry_out(self.tls.do_handshake)

    def send(self, data):
        """As one record, if it is small."""
        self.tls.write(data)
        self.flush()

    def read(self, size):
        """Exactly so many bytes."""
        parts, left = [], size
        while left:
            parts.append(self.carry_out(self.tls.read, min(left, 65536)))
            if not parts[-1]:
                raise ConnectionError("the end came too early")
            left -= len(parts[-1])
        return b"".join(parts)

    def say_goodbye(self):
        """close_notify and the end of output; reading goes on."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
