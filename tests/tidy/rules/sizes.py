# SPDX-License-Identifier: Apache-2.0
"""Functions of at most 70 lines, files of at most 400; ratchets for those that are longer already.

A ratchet (long_functions.txt, long_files.txt) lists what was too long when the rule came, with its length. It may not
grow; when it shrinks, its entry has to shrink or go: `check --ratchet` rewrites both files and never raises an entry.

Functions are found by their braces at the level of a namespace or a class, from the first line of the head to the last
brace: an approximation that takes constructors' initialisers, lambdas and test bodies as a reader would.
"""

import re

FUNCTION_LINES, FILE_LINES = 70, 400
RATCHETS = {"tests/tidy/long_functions.txt": FUNCTION_LINES, "tests/tidy/long_files.txt": FILE_LINES}
SIZED = {".cpp", ".hpp", ".c", ".h", ".py"}
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
SCOPE = re.compile(r"(?:^|[\s;}])(?:namespace|class|struct|union|enum|extern)\b[^()]*$"
                   r"|\b(?:class|struct)\s+(?:alignas\s*\([^()]*\)\s*)?[\w:<>, ]+?(?:\s+final)?\s*(?::(?!:)|$)")
INITIALISERS = re.compile(r"\)\s*(?:noexcept(?:\s*\([^()]*\))?\s*)?:(?!:)")
MARK, BRACE = re.compile(r"[(){};]"), re.compile(r"[{}]")
AFTER_HEAD = re.compile(r"(?:[)}\]]|\b(?:const|noexcept|override|final|try|mutable))\s*$")
NAME = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")


def blank_directives(code):
    return DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), code)


def is_function(head):
    """Whether a brace after this head opens a function's body (and not a scope or an initialiser)."""
    if "(" not in head or SCOPE.search(head):
        return False
    return AFTER_HEAD.search(head) is not None or not INITIALISERS.search(head)


def closing(code, at):
    """The offset of the brace that closes the one at `at`."""
    depth = 0
    for match in BRACE.finditer(code, at):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def functions(file):
    """(name, first line, number of lines) of each function of a C or C++ file."""
    code = blank_directives(file.code)
    start, at, parentheses = 0, 0, 0
    while match := MARK.search(code, at):
        c, at = match.group(), match.end()
        if c in "()":
            parentheses += 1 if c == "(" else -1
        elif c == "{":
            head = code[start:match.start()]
            if parentheses == 0 and SCOPE.search(head):
                start = at
                continue
            end = closing(code, match.start())
            at = end + 1
            if parentheses == 0 and is_function(head):
                first = file.line_of(start + len(head) - len(head.lstrip()))
                name = NAME.search(head)
                yield (name.group(0)[:-1].strip() if name else "?") + arguments_of_test(head), first, \
                    file.line_of(end) - first + 1
                start = at
        elif parentheses == 0:
            start = at


def arguments_of_test(head):
    """TEST(suite, name) is told apart from others of its file by its arguments."""
    found = re.search(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\s*(\([^()]*\))", head)
    return re.sub(r"\s+", " ", found.group(1)) if found else ""


def long_things(tree):
    """What is longer than it should be: {ratchet: {key: (file, line, length)}}."""
    too_long = {ratchet: {} for ratchet in RATCHETS}
    by_function, by_file = too_long.values()
    for file in tree.files:
        if file.suffix not in SIZED:
            continue
        if len(file.lines) > FILE_LINES:
            by_file[file.path] = (file, 1, len(file.lines))
        if not file.is_cpp:
            continue
        for name, line, length in functions(file):
            key = f"{file.path}:{name}"
            if length > FUNCTION_LINES and length > by_function.get(key, (0, 0, 0))[2]:
                by_function[key] = (file, line, length)
    return too_long


def entries(file):
    """The ratchet's lines: {key: (length, line number)}."""
    found = {}
    for number, line in enumerate(file.lines if file else [], 1):
        if line.strip() and not line.startswith("#"):
            length, _, key = line.partition(" ")
            found[key.strip()] = (int(length), number)
    return found


def sizes(tree):
    for ratchet, things in long_things(tree).items():
        listed = entries(tree.by_path.get(ratchet))
        for key, (file, line, length) in things.items():
            allowed, where = listed.pop(key, (RATCHETS[ratchet], 0))
            if length > allowed:
                yield file, line, f"{key.rpartition(':')[2]}: {length} lines; at most {allowed}"
            elif length < allowed:
                yield tree.by_path[ratchet], where, f"{key} has shrunk to {length}: run check --ratchet"
        for key, (_, where) in listed.items():
            yield tree.by_path[ratchet], where, f"{key} is not too long any more: run check --ratchet"


def tighten(tree):
    """Rewrites the ratchets with what is listed and still too long, at most as long as it was."""
    for ratchet, things in long_things(tree).items():
        file = tree.by_path.get(ratchet)
        if file is None:
            continue
        comments = [line for line in file.lines if line.startswith("#")]
        kept = [f"{min(length, things[key][2])} {key}" for key, (length, _) in entries(file).items() if key in things]
        kept.sort(key=lambda line: line.partition(" ")[2])
        (tree.root / ratchet).write_text("\n".join(comments + kept) + "\n")


sizes.whole_tree = True
rules = [sizes]
