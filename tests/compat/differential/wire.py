# SPDX-License-Identifier: Apache-2.0
"""RESP as bytes: requests made, replies cut apart and compared."""

import re

from resp import encode as command  # noqa: F401

CLIENT_ID = re.compile(rb"(\$2\r\nid\r\n):\d+\r\n")


def bulk(word):
    return b"$%d\r\n%s\r\n" % (len(word), word)


def comparable(data):
    """Without what may differ: the client's id in HELLO's reply."""
    return CLIENT_ID.sub(rb"\1:0\r\n", data)


def reply_end(data, at):
    """Where the reply that begins at `at` ends; None if it is not all there, or is none."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return None
    kind, rest, at = data[at:at + 1], data[at + 1:line], line + 2
    if kind in b"$=!" and rest[:1] != b"?":
        length = int(rest)
        end = at if length < 0 else at + length + 2
        return end if end <= len(data) else None
    if kind in b"*~>%|":
        count = int(rest)
        count = max(count, 0) * (2 if kind in b"%|" else 1) + (kind == b"|")
        for _ in range(count):
            if (at := reply_end(data, at)) is None:
                return None
    return at


def replies(data):
    """The replies one by one; what is left at the end, if anything, as one more."""
    found, at = [], 0
    while at < len(data):
        try:
            end = reply_end(data, at) or len(data)
        except ValueError:
            end = len(data)
        found.append(bytes(data[at:end]))
        at = end
    return found


def words(request):
    """A request's words for people; what is no request as it is."""
    found, at = [], request.find(b"\r\n") + 2
    try:
        for _ in range(int(request[1:at - 2]) if request[:1] == b"*" else 0):
            line = request.index(b"\r\n", at)
            length = int(request[at + 1:line])
            found.append(request[line + 2:line + 2 + length])
            at = line + length + 4
    except ValueError:
        return shown(request)
    return " ".join(shown(word, 60) for word in found) if found and at == len(request) else shown(request)


def shown(data, length=300):
    text = repr(bytes(data[:length]))[1:]
    return text + (f"… ({len(data)} bytes)" if len(data) > length else "")
