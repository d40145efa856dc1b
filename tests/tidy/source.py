# SPDX-License-Identifier: Apache-2.0
"""A tree of files as the rules see it.

`File.code` is the text with comments blanked and the insides of string and character literals too: same length, same
lines, so that offsets and line numbers are the text's own. It is a scanner, not a compiler: macros are not expanded,
and what is switched off by #if is read as well.
"""

import os
import re
import subprocess
from functools import cached_property
from pathlib import Path

CPP = {".cpp", ".hpp", ".inc", ".c", ".h"}
NOT_OURS = ("tests/fuzz/corpus/",)

TOKEN = re.compile(
    r'(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)'
    r'|(?P<raw>\b(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")'
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<number>\b[0-9][0-9a-fA-FxX']*)"
    r"|(?P<char>'(?:[^'\\\n]|\\.)+')", re.DOTALL)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def blank_token(match):
    text = match.group()
    if match.lastgroup == "comment":
        return blank(text)
    if match.lastgroup == "number":
        return text
    return text[0] + blank(text[1:-1]) + text[-1]


class File:
    """One file: its path relative to the root, with slashes, and its text."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.suffix = os.path.splitext(path)[1]

    @property
    def is_cpp(self):
        return self.suffix in CPP

    def under(self, *folders):
        return self.path.startswith(tuple(folder + "/" for folder in folders))

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        return TOKEN.sub(blank_token, self.text)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def found(self, pattern, message, code=True):
        """Findings for all matches of a compiled pattern."""
        for match in pattern.finditer(self.code if code else self.text):
            yield self, self.line_of(match.start()), message.format(match.group().strip())


class Tree:
    """All files of the project that are text: those that git tracks or would track."""

    def __init__(self, root, paths):
        self.root = Path(root)
        self.files = [f for f in map(self.read, paths) if f is not None]
        self.by_path = {f.path: f for f in self.files}

    def read(self, path):
        if path.startswith(NOT_OURS):
            return None
        try:
            return File(path, (self.root / path).read_bytes().decode())
        except (UnicodeDecodeError, OSError):
            return None    # not text, or deleted and not yet committed

    @classmethod
    def of(cls, root):
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                                capture_output=True, check=True).stdout.decode()
        return cls(root, sorted(path for path in set(listed.split("\0")) if path))
