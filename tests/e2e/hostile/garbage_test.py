# SPDX-License-Identifier: Apache-2.0
"""Random bytes and damaged commands on many connections for some seconds: the daemon stays alive and serves others."""

import os
import random
import threading
import time

from hostile import HostileTest, figure
from resp import Connection, encode

SECONDS = 5
THREADS = 8
WORDS = [b"GET", b"SET", b"MGET", b"HELLO", b"3", b"AUTH", b"CLIENT", b"LIST", b"SCAN", b"0", b"MATCH", b"[a-", b"product:1", b"own:1",
         b"greeting:\xff", b"broken:1", b"GETRANGE", b"-9223372036854775808", b"EX", b"COMMAND", b"GETKEYS", b"INFO", b"SELECT", b"RESET",
         b"", b"\x00", b"*" * 50, b"x" * 5000, b"9223372036854775807", b"INCRBYFLOAT", b"1e308", b"EXPIRE", b"KEYS", b"\\", b"DOCS"]


class GarbageTest(HostileTest):
    def garbage(self, choice):
        kind = choice.randrange(5)
        if kind == 0:
            return os.urandom(choice.randrange(1, 4000))
        if kind == 1:
            return bytes(choice.choice(b"*$\r\n0123456789-+ \"'xGET\x00") for _ in range(choice.randrange(1, 300)))
        commands = b"".join(encode(*choice.choices(WORDS, k=choice.randrange(1, 8))) for _ in range(choice.randrange(1, 20)))
        if kind == 2:
            return commands
        damaged = bytearray(commands)
        for _ in range(choice.randrange(1, 5)):
            damaged[choice.randrange(len(damaged))] = choice.randrange(256)
        return bytes(damaged) if kind == 3 else bytes(damaged[:choice.randrange(len(damaged))])

    def attack(self, seed, end, counts):
        choice = random.Random(seed)
        while time.monotonic() < end:
            connection = Connection(self.daemon.address, timeout=0.02)
            try:
                for _ in range(choice.randrange(1, 4)):
                    connection.send(self.garbage(choice))
                connection.socket.recv(1 << 16)
            except OSError:
                pass
            connection.reset() if choice.randrange(2) else connection.close()
            counts[seed % THREADS] += 1

    def test_garbage_disturbs_nobody(self):
        seed = random.randrange(1 << 32) // THREADS * THREADS
        counts = [0] * THREADS
        end = time.monotonic() + SECONDS
        threads = [threading.Thread(target=self.attack, args=(seed + i, end, counts)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        with self.connect() as connection:
            turn = 0
            while time.monotonic() < end:
                turn += 1
                self.assertEqual(connection.call("ECHO", str(turn)), str(turn).encode())
                self.assertEqual(connection.call("GET", f"greeting:g{turn % 5}"), f"Hello, g{turn % 5}!".encode())
        for thread in threads:
            thread.join()
        figure(f"garbage on {sum(counts)} connections, seed {seed}; {turn} well-behaved rounds beside it")
        self.assertGreater(sum(counts), 100)
