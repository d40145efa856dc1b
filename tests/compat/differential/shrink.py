# SPDX-License-Identifier: Apache-2.0
"""Looks for fewer commands that still make a difference."""
def shrink(*a): return ""
