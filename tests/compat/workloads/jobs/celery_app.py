# SPDX-License-Identifier: Apache-2.0
"""The tasks of Celery, for the worker and for who asks for them."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

from celery import Celery  # noqa: E402
from settings import database, host, port, tls, told, unix  # noqa: E402

if told["through_unix"]:
    url = f"redis+socket://{unix}?virtual_host={database}"
elif tls:
    url = f"rediss://{host}:{port}/{database}?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs={tls['ca']}"
else:
    url = f"redis://{host}:{port}/{database}"
app = Celery("workload", broker=url, backend=url)


@app.task
def double(number):
    return number * 2


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def again(self):
    """Fails twice, then does not."""
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries


@app.task
def fail():
    raise ValueError("on purpose")
