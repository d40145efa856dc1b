# SPDX-License-Identifier: Apache-2.0
"""What the cases share: clients, servers, samples, tables."""
