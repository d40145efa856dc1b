# SPDX-License-Identifier: Apache-2.0
"""redis-benchmark with its default list of tests, and its ways of speaking."""

import subprocess

from settings import check, done, program_options

TESTS = ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP", "ZADD", "ZPOPMIN",
         "LRANGE_100", "LRANGE_300", "LRANGE_500", "LRANGE_600", "MSET")


def run(*options):
    """The names of the tests that ran, in quotes, and no error."""
    ran = subprocess.run(["redis-benchmark", *program_options(), "--csv", *options], capture_output=True, timeout=120)
    text = (ran.stdout + ran.stderr).decode()
    check(ran.returncode, 0)
    check([line for line in text.splitlines() if "rror" in line], [])
    return [line.split('"')[1] for line in text.splitlines()[1:] if line.startswith('"')]


for options in (["-n", "2000"], ["-n", "20000", "-P", "16"], ["-n", "2000", "-3"], ["-n", "20000", "--threads", "2", "-P", "16"]):
    names = " ".join(run(*options))
    for test in TESTS:
        check(test in names or names, True)
check(len(run("-n", "5000", "-r", "1000", "-d", "1000", "-t", "set,get")), 2)
check(len(run("-n", "2000", "-r", "1000", "EVAL", "return redis.call('INCR', KEYS[1])", "1", "counter:__rand_int__")), 1)
done()
