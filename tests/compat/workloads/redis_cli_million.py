# SPDX-License-Identifier: Apache-2.0
"""redis-cli --pipe with a million commands, then --bigkeys and --scan over what they made."""

import subprocess
import threading

from settings import check, done, program_options

COMMANDS = 1_000_000
KEYS = 200_000
WHERE = ["redis-cli", *program_options()]


def feed(pipe):
    """COMMANDS commands: SET of KEYS keys, then INCR, RPUSH and HSET."""
    with pipe:
        for begin in range(0, COMMANDS, 10_000):
            lines = []
            for i in range(begin, begin + 10_000):
                number = b"%06d" % (i % KEYS)
                lines.append(b"*3\r\n$3\r\nSET\r\n$10\r\nkey:%s\r\n$6\r\n%s\r\n" % (number, number) if i < COMMANDS // 2 else
                             b"*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n" if i % 2 else b"*3\r\n$5\r\nRPUSH\r\n$4\r\nlist\r\n$6\r\n%s\r\n" % number)
            pipe.write(b"".join(lines))


child = subprocess.Popen([*WHERE, "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
feeder = threading.Thread(target=feed, args=(child.stdin,))
feeder.start()
output = child.stdout.read().decode()
feeder.join()
check(f"errors: 0, replies: {COMMANDS}" in output or output, True)


def ask(*words):
    return subprocess.run([*WHERE, *words], capture_output=True, timeout=300).stdout.decode().strip()


check(ask("GET", "counter"), str(COMMANDS // 4))
check(ask("LLEN", "list"), str(COMMANDS // 4))
check(f"Sampled {KEYS + 2} keys" in (text := ask("--bigkeys")) or text, True)
check(len(set(ask("--scan").split())), KEYS + 2)
done()
