# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: a daemon, an origin, a RESP client, metrics. Standard library only."""
