#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The comparison's own tests: no redis-server, no source package. `self_test.py [NAME…]`"""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import compare  # noqa: E402
import skips  # noqa: E402
import source  # noqa: E402
import suite  # noqa: E402
from stack import not_ours, stack  # noqa: E402

OUTPUT = """\
Starting test server at port 21079
[ready]: 4711
Testing unit/multi
[\x1b[0;32;49mok\x1b[0m]: DISCARD (3 ms)
[ok]: twice (1 ms) (20 ms)
[err]: EXEC aborts in tests/unit/multi.tcl
Expected 'a' to be equal to 'b'
more of it
[ok]: DISCARD (0 ms)
[ignore]: needs a replica: Not supported on external server
[ignore]: Tag: slow denied
[1/1 done]: unit/multi (4 seconds)

                   The End

[err]: not a message any more in tests/unit/multi.tcl
"""


def result(*outcomes, ending="done"):
    return suite.unit_result("unit/multi", 1.0, ending, "", [suite.outcome(*each) for each in outcomes])


class outputs(unittest.TestCase):
    def test_a_unit_is_read(self):
        outcomes, ending, _ = suite.parse(OUTPUT)
        self.assertEqual(ending, "done")
        self.assertEqual([(each.name, each.status) for each in outcomes],
                         [("DISCARD", "ok"), ("twice (1 ms)", "ok"), ("EXEC aborts", "err"), ("DISCARD", "ok"),
                          ("needs a replica: Not supported on external server", "ignore"), ("Tag: slow denied", "ignore")])
        self.assertEqual(outcomes[2].text, "Expected 'a' to be equal to 'b'\nmore of it")

    def test_a_hang_names_its_test(self):
        outcomes, ending, _ = suite.parse("[ok]: a (1 ms)\n[TIMEOUT]: clients state report follows.\n"
                                          "sock5 => (IN PROGRESS) BLPOP waits\n")
        self.assertEqual(ending, "hung")
        self.assertEqual((outcomes[1].name, outcomes[1].status), ("BLPOP waits", "err"))

    def test_an_end_without_done_is_no_good_end(self):
        self.assertEqual(suite.parse("[ok]: a (1 ms)\n")[1], "died")
        outcomes, ending, text = suite.parse("[ok]: a (1 ms)\n[exception]: Executing test client: I/O error.\nwhy\n")
        self.assertEqual((len(outcomes), ending), (1, "died"))
        self.assertIn("why", text)

    def test_an_error_outside_of_a_test(self):
        self.assertEqual(suite.parse("[err]: r reading reply\nwhile executing\n")[0][0].name, suite.OUTSIDE)


class comparisons(unittest.TestCase):
    def differences(self, before, after):
        return [(each.test, each.direct, each.through) for each in compare.differences("standalone", before, after)]

    def test_alike(self):
        self.assertEqual(self.differences(result(("a", "ok"), ("b", "err")), result(("a", "ok"), ("b", "err"))), [])

    def test_failed_and_missing(self):
        before = result(("a", "ok"), ("b", "ok"))
        self.assertEqual(self.differences(before, result(("a", "err", "why"))), [("a", "ok", "err"), ("b", "ok", "missing")])

    def test_tests_of_one_name_are_told_apart(self):
        before, after = result(("a", "ok"), ("a", "ok")), result(("a", "ok"), ("a", "err"))
        self.assertEqual(self.differences(before, after), [("a", "ok", "err")])

    def test_a_unit_that_dies_after_its_last_test(self):
        self.assertEqual(self.differences(result(("a", "ok")), result(("a", "ok"), ending="died")),
                         [("(the unit's end)", "done", "died")])

    def test_steady_is_what_all_runs_have(self):
        before = result(("a", "ok"), ("b", "ok"))
        runs = [compare.differences("standalone", before, result(*each)) for each in (
            [("a", "err"), ("b", "err")], [("a", "err"), ("b", "ok")])]
        always, sometimes = compare.steady(runs)
        self.assertEqual([[each.test for each in found] for found in (always, sometimes)], [["a"], ["b"]])


class lists(unittest.TestCase):
    def test_a_line(self):
        self.assertEqual(skips.parse("# c\n\nunit/a | x | y | why\n", "f"), {("unit/a", "x | y"): "why"})

    def test_no_reason(self):
        for text in ("unit/a | x", "unit/a | x | ", "unit/a | x | y\nunit/a | x | z"):
            with self.assertRaises(skips.malformed):
                skips.parse(text, "f")

    def test_unknown_and_stale(self):
        listed = {("unit/multi", "a"): "r", ("unit/multi", "gone"): "r", ("unit/multi", "off"): "r", ("unit/other", "x"): "r"}
        ran = [result(("a", "ok"), ("off: Tag: slow denied", "ignore"))]
        self.assertEqual(skips.unknown(listed, ran), [("unit/multi", "gone")])
        self.assertEqual(skips.stale(listed, {("unit/multi", "a")}, set()), [("unit/multi", "a")])

    def test_the_lists_themselves(self):
        for path in skips.FOLDER.iterdir():
            skips.load(path.stem)


class sources(unittest.TestCase):
    def test_both_formats(self):
        self.assertEqual(source.source_line("deb [signed-by=/k] http://h/d stable main"),
                         "deb-src [signed-by=/k] http://h/d stable main")
        self.assertIsNone(source.source_line("# deb http://h/d stable main"))
        self.assertEqual(source.source_stanza("Types: deb deb-src\nURIs: http://h/d"), "Types: deb-src\nURIs: http://h/d")
        self.assertIsNone(source.source_stanza("Types: deb\nEnabled: no"))


class safety(unittest.TestCase):
    def test_a_port_of_nobody_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            servers = stack(folder, "standalone")
            servers.redis = type("none", (), {"pid": 1})()
            with self.assertRaises(not_ours):
                servers.check(1)


if __name__ == "__main__":
    unittest.main()
