# SPDX-License-Identifier: Apache-2.0
"""What the jobs of rq do."""


def double(number):
    return number * 2


def fail():
    raise ValueError("on purpose")
