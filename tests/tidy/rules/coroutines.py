# SPDX-License-Identifier: Apache-2.0
"""The operand of co_await holds no lambda and no brace-initialised temporary.

g++ 12.2 destroys such temporaries twice. Name the object on the line before. The operand is taken to end at the first
`;`, or at a bracket that was open before it; every brace in it is reported, since aggregates cannot be told apart here.
"""

import re

AWAIT = re.compile(r"\bco_await\b")
OPEN, CLOSE = "([{", ")]}"


def before(code, at):
    """The last character before `at` that is not space."""
    while at > 0 and code[at - 1].isspace():
        at -= 1
    return code[at - 1] if at else ""


def is_subscript(code, at):
    last = before(code, at)
    if last in ")]":
        return True
    word = re.search(r"(\w+)\s*$", code[max(0, at - 80):at])
    return bool(word) and word.group(1) not in ("co_await", "return", "co_return", "co_yield")


def offences(code, at):
    """What is wrong with the operand that starts at `at`: (offset, what)."""
    depth = 0
    for i in range(at, len(code)):
        c = code[i]
        if c == ";" and depth == 0:
            return
        if c == "{":
            yield i, "a brace-initialised temporary"
            return
        if c == "[" and code[i:i + 2] != "[[" and not is_subscript(code, i):
            yield i, "a lambda"
            return
        if c in OPEN:
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth < 0:
                return


def awaits(file):
    if not file.is_cpp:
        return
    for match in AWAIT.finditer(file.code):
        for offset, what in offences(file.code, match.end()):
            yield file, file.line_of(offset), f"the operand of co_await holds {what}: name it on the line before"


rules = [awaits]
