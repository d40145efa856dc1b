# SPDX-License-Identifier: Apache-2.0
"""The core decides and touches nothing; unit tests do not sleep.

Nothing in the core includes Asio, sockets, threads, or a library that logs, parses YAML or talks HTTP, and nothing asks
for the time or for chance: they come in as values. Of OpenSSL it may hash.
"""

import re

CORE = ("src/core", "include/herdgate/core")
FORBIDDEN = re.compile(
    r'^[ \t]*#[ \t]*include[ \t]*[<"](?:boost/(?:asio|beast)|asio|sys/socket|netinet/|thread\b|stop_token|'
    r'spdlog|yaml-cpp|curl/|openssl/(?!evp\.h)|herdgate/io/)[^>"]*', re.MULTILINE)
AMBIENT = re.compile(r"::now\s*\(|\brandom_device\b|\bclock_gettime\s*\(|\bgettimeofday\s*\(")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\s*\(")


def pure_core(file):
    if file.is_cpp and file.under(*CORE):
        yield from file.found(FORBIDDEN, "the core includes nothing that touches the world: {}", code=False)
        yield from file.found(AMBIENT, "time and chance come into the core as values: {}")


def no_sleep(file):
    if file.is_cpp and file.under("tests/unit"):
        yield from file.found(SLEEP, "unit tests do not sleep: {}")


rules = [pure_core, no_sleep]
