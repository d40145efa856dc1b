# SPDX-License-Identifier: Apache-2.0
"""A subscriber that does not read: Redis's own limits for its class (client-output-buffer-limit) end it, for herdgate takes no
more from Redis than a client may leave unread. Who reads misses nothing."""

from bystanders import array, bulk
from hostile import MIB, options
from processes import wait_until
from resp import Connection, encode
from upstream import UpstreamTest

MESSAGE = b"m" * 65536
MESSAGES = 400


class SubscriberTest(UpstreamTest):
    redis_options = ("--client-output-buffer-limit", "pubsub", "2mb", "0", "0")

    def subscribe(self):
        connection = self.connect()
        connection.send(encode("SUBSCRIBE", "news"))
        self.take(connection, array(bulk("subscribe"), bulk("news"), b":1\r\n"))
        return connection

    def take(self, connection, wanted):
        got = b""
        while len(got) < len(wanted):
            got += connection.socket.recv(len(wanted) - len(got)) or self.fail("closed")
        self.assertEqual(got, wanted)

    def test_one_that_does_not_read_is_ended_by_redis_and_costs_little(self):
        self.warm()
        before = self.daemon.resident_bytes()
        with self.subscribe() as reader, self.subscribe() as sleeper, Connection(self.redis.address) as publisher:
            heard = []
            for _ in range(MESSAGES):
                heard.append(publisher.call("PUBLISH", "news", MESSAGE))
                self.take(reader, array(bulk("message"), bulk("news"), bulk(MESSAGE)))
            self.assertEqual((heard[0], heard[-1]), (2, 1))
            self.check_growth(before, 24 * MIB, f"a subscriber that leaves {MESSAGES * len(MESSAGE) // MIB} MiB unread")
            patience = 10 * options.slow_factor
            wait_until(lambda: self.metric("upstream_client_connections", 'state="lent"') == 1, patience, "its link is given up")
            self.assert_closed(sleeper)

    def assert_closed(self, connection):
        try:
            while connection.socket.recv(1 << 20):
                pass
        except ConnectionError:
            pass


class DedicatedSubscriberTest(SubscriberTest):
    links = "dedicated"

    def warm(self):
        self.settle()
