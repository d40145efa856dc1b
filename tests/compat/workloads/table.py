# SPDX-License-Identifier: Apache-2.0
"""Which workloads there are, what each needs, and with which options it runs."""

import pathlib
import shutil
import subprocess
from collections import namedtuple

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"    # the one that Debian's modules are for

option = namedtuple("option", "name settings")

default = option("default", {})
unix = option("unix socket", {"through_unix": True})
named = option("database 3, named", {"database": 3, "name": "workload"})
database = option("database 3", {"database": 3})
tls, mutual = option("TLS", {"secured": "tls"}), option("TLS, own certificate", {"secured": "mutual"})
resp2, resp3 = option("RESP2", {"protocol": 2}), option("RESP3", {"protocol": 3})


class Workload:
    """`argv` runs it. `needs`: programs, or commands (as lists) that succeed where it is installed."""

    def __init__(self, name, argv, options, needs=(), folder=".", slow=False):
        self.name, self.argv, self.options, self.needs = name, argv, options, needs
        self.folder, self.slow = folder, slow

    def missing(self):
        return [need if isinstance(need, str) else " ".join(need) for need in self.needs if not there(need)]


def there(need):
    if isinstance(need, str):
        return shutil.which(need) is not None
    if shutil.which(need[0]) is None:
        return False
    return subprocess.run(need, cwd=HERE / "node", capture_output=True).returncode == 0


def python(module):
    return [PYTHON, "-c", f"import {module}"]


NODE = ["node", "-e", "import('bullmq')"]

workloads = [
    Workload("redis-py", [PYTHON, "redis_py.py"], [default, unix, named, tls, mutual], [python("redis")]),
    Workload("ioredis", ["node", "main.mjs", "ioredis"], [default, resp2, unix, named, tls, mutual], [NODE], "node"),
    Workload("node-redis", ["node", "main.mjs", "node_redis"], [default, resp2, unix, named, tls, mutual], [NODE], "node"),
    Workload("redis-rb", ["ruby", "redis_rb.rb"], [default, unix, named, tls], ["ruby", ["ruby", "-e", "require 'redis'"]]),
    Workload("phpredis", ["php", "phpredis.php"], [default, unix, named, option("persistent", {"persistent": True}), tls],
             ["php", ["php", "-r", "new Redis();"]]),
    Workload("perl Redis", ["perl", "redis.pl"], [default, unix, named, tls], ["perl", ["perl", "-e", "use IO::Socket::SSL; use Redis;"]]),
    Workload("hiredis", [PYTHON, "compiled.py", "hiredis.c", "-lhiredis"], [default, unix, named], ["cc", ["pkg-config", "hiredis"]]),
    Workload("redis-cli", [PYTHON, "redis_cli.py"], [default, resp3, unix, tls, mutual], ["redis-cli"]),
    Workload("redis-cli a million", [PYTHON, "redis_cli_million.py"], [default, tls], ["redis-cli"], slow=True),
    Workload("redis-benchmark", [PYTHON, "redis_benchmark.py"], [default, tls], ["redis-benchmark"]),
    Workload("BullMQ", ["node", "bullmq.mjs"], [default, resp2, unix, database, tls], [NODE], "node"),
    Workload("rq", [PYTHON, "rq_jobs.py"], [default, unix, database, tls], [python("rq")], "jobs"),
    Workload("Celery", [PYTHON, "celery_jobs.py"], [default, unix, database, tls], [python("celery")], "jobs"),
    Workload("Sidekiq", ["ruby", "sidekiq_jobs.rb"], [default, unix, database, tls], ["ruby", ["ruby", "-e", "require 'sidekiq'"]], "jobs"),
]
