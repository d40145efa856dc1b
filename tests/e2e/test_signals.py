# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping: what was asked is answered, the exit status tells, and no address is taken from a living daemon."""

import asyncio
import os
import pathlib
import signal
import socket

from support import daemon as daemons
from support import http, resp
from support.daemon import command_route, http_route
from support.options import scaled
from support.process import alive, children
from support.resp import gather
from support.scenario import scenario


class signals(scenario):
    def patient(self, origin):
        return http_route("product", origin.port, http={"timeout": "1m"}, wait={"timeout": "1m"})

    async def test_sigterm_during_a_load_lets_the_waiting_clients_have_their_answers(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([self.patient(origin)])
        clients, idle = await self.connect(daemon, 100), await self.connect(daemon, 5)
        waiting = [c.send("GET", f"product:{i % 2}") for i, c in enumerate(clients)]
        await daemon.wait_for_waiters(100)
        daemon.terminate()
        await asyncio.gather(*(c.wait_closed(scaled(5)) for c in idle))
        with self.assertRaises(OSError):
            await resp.connect(daemon.port)
        self.assertFalse(any(f.done() for f in waiting))
        for call in origin.calls:
            call.release("value of " + call.path[-1])
        replies = await gather(waiting, scaled(10))
        self.assertEqual(replies, [b"value of %d" % (i % 2) for i in range(100)])
        took = await daemon.ended(5)
        self.assertIn("drained", daemon.process.text)
        self.figure(waiters=100, exit_after_the_load_ms=took * 1000)

    async def test_a_second_sigterm_ends_it_at_once(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([self.patient(origin)])
        client = await self.connect(daemon)
        waiting = client.send("GET", "product:1")
        await daemon.wait_for_waiters(1)
        daemon.terminate()
        await daemon.process.wait_line("draining")
        daemon.terminate()
        took = await daemon.ended(2)
        with self.assertRaises(ConnectionError):
            await waiting
        self.figure(exit_ms=took * 1000)
        self.assertLess(took, scaled(0.5))

    async def test_two_signals_in_quick_succession_end_it_cleanly_whatever_it_was_doing(self):
        origin = await self.start_gated_origin()
        for _ in range(30):
            daemon = await self.start_daemon([self.patient(origin)])
            client = await self.connect(daemon)
            waiting = client.send("GET", "product:1")
            await daemon.wait_for_waiters(1)
            os.kill(daemon.pid, signal.SIGTERM)
            os.kill(daemon.pid, signal.SIGINT)    # another one: two of a kind may arrive as one
            await daemon.ended(3)
            with self.assertRaises(ConnectionError):
                await waiting

    async def test_sigterm_with_idle_clients_ends_it_quickly(self):
        daemon = await self.start_daemon([command_route("x", ["true", "{id}"])])
        await self.connect(daemon, 200)
        daemon.terminate()
        took = await daemon.ended(5)
        self.figure(idle_clients=200, exit_ms=took * 1000)
        self.assertLess(took, scaled(1))

    async def test_the_drain_time_bounds_the_wait_for_clients(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([self.patient(origin)], drain="500ms")
        client = await self.connect(daemon)
        waiting = client.send("GET", "product:1")
        await daemon.wait_for_waiters(1)
        daemon.terminate()
        took = await daemon.ended(5)
        with self.assertRaises(ConnectionError):
            await waiting
        self.assertGreater(took, 0.4)
        self.assertLess(took, 0.5 + scaled(1))

    async def running_command(self, **settings):
        """A daemon that runs a long command, and that command's pid."""
        daemon = await self.start_daemon([command_route("job", ["sleep", "{id}"], command={"timeout": "1h"})], **settings)
        client = await self.connect(daemon)
        client.send("GET", "job:3600").add_done_callback(lambda f: f.exception())
        await daemon.wait_until(lambda m: m.get("loads_in_flight") == 1, "the command runs")
        running = list(children(daemon.pid))
        self.assertEqual(len(running), 1)
        return daemon, running[0]

    def assert_ended(self, pid):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
            self.fail("the command outlives the daemon")

    async def test_stopping_ends_the_commands_that_run(self):
        daemon, command = await self.running_command(drain="200ms")
        daemon.terminate()
        try:
            await daemon.ended(5)
        finally:
            self.assert_ended(command)

    async def test_a_second_sigterm_ends_the_commands_that_run(self):
        daemon, command = await self.running_command()
        daemon.terminate()
        await daemon.process.wait_line("draining")
        daemon.terminate()
        await daemon.ended(2)
        self.assert_ended(command)

    async def test_every_probe_is_good_once_it_is_ready(self):
        async def one():
            daemon = await self.start_daemon([command_route("x", ["true", "{id}"])], workers=16)
            return [(await http.request(daemon.admin_port, path))[0] for path in ("/livez", "/readyz", "/startup")]

        for _ in range(5):
            for answers in await asyncio.gather(*(one() for _ in range(4))):
                self.assertEqual(answers, [200, 200, 200])

    async def test_readiness_is_withdrawn_while_draining(self):
        origin = await self.start_gated_origin()
        daemon = await self.start_daemon([self.patient(origin)])
        client = await self.connect(daemon)
        waiting = client.send("GET", "product:1")
        await daemon.wait_for_waiters(1)
        self.assertEqual((await http.request(daemon.admin_port, "/readyz"))[0], 200)
        daemon.terminate()
        await daemon.process.wait_line("draining")
        self.assertEqual((await http.request(daemon.admin_port, "/readyz"))[0], 503)
        self.assertEqual((await http.request(daemon.admin_port, "/livez"))[0], 200)
        origin.calls[0].release("x")
        self.assertEqual(await asyncio.wait_for(waiting, scaled(5)), b"x")
        await daemon.ended(5)


class addresses(scenario):
    async def refused(self, config, status, *parts):
        """The daemon ends with this status, and says why."""
        started = await daemons.launch(config)
        self.addAsyncCleanup(started.kill)
        with self.assertRaises(AssertionError, msg="it starts: " + started.text):
            await started.wait_line("is ready:")
        self.assertEqual(await started.wait_exit(scaled(10)), status, started.text)
        for part in parts:
            self.assertIn(part, started.text)
        self.assertNotRegex(started.text, daemons.SANITIZER)
        return started.text

    def write(self, **settings):
        folder = pathlib.Path(self.folder, "second")
        folder.mkdir(exist_ok=True)
        return daemons.write_config(folder, [command_route("x", ["true", "{id}"])], **settings)

    async def test_a_unix_socket_is_served(self):
        path = self.folder + "/herdgate.sock"
        daemon = await self.start_daemon([command_route("name", ["printf", "name %s", "{id}"])],
                                         listen=[{"address": "unix:" + path}, {"address": "127.0.0.1:0"}])
        client = await resp.connect_unix(path)
        self.clients.append(client)
        self.assertEqual(await client.call("GET", "name:x"), b"name x")
        self.assertEqual(pathlib.Path(path).stat().st_mode & 0o077, 0)
        over_tcp = await self.connect(daemon)
        self.assertEqual(await over_tcp.call("GET", "name:x"), b"name x")

    async def test_a_socket_file_left_behind_is_replaced_and_a_living_one_is_not(self):
        path = self.folder + "/herdgate.sock"
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(path)
        routes = [command_route("name", ["printf", "name %s", "{id}"])]
        await self.start_daemon(routes, listen=[{"address": "unix:" + path}])
        text = await self.refused(self.write(listen=[{"address": "unix:" + path}]), 1, "cannot listen on unix:" + path)
        self.assertIn("in use", text)
        client = await resp.connect_unix(path)
        self.clients.append(client)
        self.assertEqual(await client.call("GET", "name:x"), b"name x")

    async def test_a_file_that_is_no_socket_is_not_replaced(self):
        path = pathlib.Path(self.folder, "precious")
        path.write_text("data")
        await self.refused(self.write(listen=[{"address": f"unix:{path}"}]), 1, f"cannot listen on unix:{path}")
        self.assertEqual(path.read_text(), "data")

    async def test_a_port_in_use_by_another_program_is_a_clear_error(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = f"127.0.0.1:{other.getsockname()[1]}"
            await self.refused(self.write(listen=[{"address": address}]), 1, f"cannot listen on {address}", "in use")

    async def test_a_port_in_use_by_another_herdgate_is_a_clear_error(self):
        daemon = await self.start_daemon([command_route("x", ["true", "{id}"])])
        address = f"127.0.0.1:{daemon.port}"
        await self.refused(self.write(listen=[{"address": address}]), 1, f"cannot listen on {address}", "in use")

    async def test_an_admin_port_in_use_is_a_clear_error(self):
        daemon = await self.start_daemon([command_route("x", ["true", "{id}"])])
        address = f"127.0.0.1:{daemon.admin_port}"
        await self.refused(self.write(admin={"address": address}), 1, f"cannot listen on admin address {address}", "in use")

    async def test_a_wrong_configuration_is_refused_with_its_position(self):
        path = pathlib.Path(self.folder, "wrong.yaml")
        path.write_text("listen:\n  - address: 127.0.0.1:0\nroutes:\n  - name: x\n    match: \"x:{id}\"\n"
                        "    load: { command: { argv: [ \"true\" ] } }\n"
                        "    ttll: 5s\n    ttl: 5\n")
        await self.refused(path, 2, "wrong.yaml:7:5: error: ", "did you mean 'ttl'?", "wrong.yaml:8:10: error: ")

    async def test_a_configuration_file_that_is_not_there_is_refused(self):
        await self.refused(self.folder + "/missing.yaml", 2, "missing.yaml")
