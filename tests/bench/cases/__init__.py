# SPDX-License-Identifier: Apache-2.0
"""One file per case. A case's run(options) measures, prints its table and returns its samples for the JSON."""
