# SPDX-License-Identifier: Apache-2.0
"""Every .cpp under src/ is named in the CMakeLists.txt of a folder above it: no source is forgotten by the build."""

import posixpath
import re

NAME = re.compile(r"[\w./${}-]+\.cpp\b")


def named_sources(tree):
    """The paths that the build files name."""
    named = set()
    for file in tree.files:
        if posixpath.basename(file.path) != "CMakeLists.txt":
            continue
        folder = posixpath.dirname(file.path)
        for line in file.lines:
            for name in NAME.findall(line.partition("#")[0]):
                root = name.partition("${PROJECT_SOURCE_DIR}/")[2]
                named.add(root or posixpath.normpath(posixpath.join(folder, name)))
    return named


def built(tree):
    named = named_sources(tree)
    for file in tree.files:
        if file.suffix == ".cpp" and file.under("src") and file.path not in named:
            yield file, 1, "named in no CMakeLists.txt"


built.whole_tree = True
rules = [built]
