# SPDX-License-Identifier: Apache-2.0
"""A daemon that says it is ready works with the fleet from its first request on, where Redis is there."""

from support.fleet import fleet_scenario


class fleet_start(fleet_scenario):
    async def test_the_first_request_after_the_start_is_already_loaded_under_a_lease_and_stored(self):
        missing = []
        for turn in range(15):
            daemons = await self.start_fleet(1)
            client = await daemons[0].connect()
            self.clients.append(client)
            await self.version(client, "product:1")
            if not await self.entry("product:1"):
                missing.append(turn)
        self.assertEqual(missing, [], "starts after which the first load was made without Redis")
