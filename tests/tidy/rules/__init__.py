# SPDX-License-Identifier: Apache-2.0
"""The house rules that a program can check. Each module says which; `all_rules` is the list that `check` runs."""

from rules import build_lists, coroutines, layers, sizes, text

all_rules = [*text.rules, *layers.rules, *coroutines.rules, *build_lists.rules, *sizes.rules]
