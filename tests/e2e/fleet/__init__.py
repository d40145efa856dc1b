# SPDX-License-Identifier: Apache-2.0
"""What a fleet of daemons with one Redis promises, seen from outside. Run by `tests/e2e/run fleet`."""
