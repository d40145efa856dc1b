# SPDX-License-Identifier: Apache-2.0
"""What deploy/ says is so: its configurations are right, and its files agree with each other."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from support import options

try:
    import yaml
except ImportError:
    yaml = None

DEPLOY = options.ROOT / "deploy"


def check(text, **environment):
    """What herdgate says of a configuration; empty if it has nothing to say against it."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "herdgate.yaml")
        file.write_text(text)
        done = subprocess.run([options.binary, "check", "--strict", str(file)], capture_output=True, text=True,
                              timeout=60, env={**os.environ, **environment})
    return "" if done.returncode == 0 else done.stdout + done.stderr


@unittest.skipUnless(yaml, "python3-yaml is not installed")
class kubernetes(unittest.TestCase):
    def setUp(self):
        documents = list(yaml.safe_load_all((DEPLOY / "kubernetes/sidecar.yaml").read_text()))
        self.objects = {document["kind"]: document for document in documents}
        self.pod = self.objects["Pod"]["spec"]
        self.text = self.objects["ConfigMap"]["data"]["herdgate.yaml"]
        self.config = yaml.safe_load(self.text)
        self.sidecar = self.pod["initContainers"][0]

    def test_the_configuration_in_the_configmap_is_right(self):
        self.assertEqual(check(self.text), "")

    def test_it_is_a_native_sidecar_that_reads_this_configmap(self):
        self.assertEqual(self.sidecar["restartPolicy"], "Always")
        volumes = {v["name"]: v["configMap"]["name"] for v in self.pod["volumes"]}
        mount = self.sidecar["volumeMounts"][0]
        self.assertEqual(volumes[mount["name"]], self.objects["ConfigMap"]["metadata"]["name"])
        self.assertNotIn("subPath", mount, "it would never be updated")
        self.assertEqual(self.sidecar["args"], ["run", "-c", mount["mountPath"] + "/herdgate.yaml"])

    def test_the_probes_ask_the_admin_port_for_what_there_is(self):
        ports = {p["name"]: p["containerPort"] for p in self.sidecar["ports"]}
        host, port = self.config["admin"]["address"].split(":")
        self.assertEqual(host, "0.0.0.0", "the kubelet does not come from the loopback")
        for probe, path in (("startupProbe", "/startup"), ("readinessProbe", "/readyz"), ("livenessProbe", "/livez")):
            asked = self.sidecar[probe]["httpGet"]
            self.assertEqual((ports[asked["port"]], asked["path"]), (int(port), path))

    def test_the_grace_period_is_longer_than_the_drain(self):
        self.assertGreater(self.pod["terminationGracePeriodSeconds"], int(self.config["drain"].removesuffix("s")) + 30)

    def test_every_container_is_restricted(self):
        everybody = self.pod["securityContext"]
        self.assertTrue(everybody["runAsNonRoot"])
        self.assertEqual(everybody["seccompProfile"], {"type": "RuntimeDefault"})
        for container in self.pod["initContainers"] + self.pod["containers"]:
            own = container["securityContext"]
            self.assertEqual((own["allowPrivilegeEscalation"], own["readOnlyRootFilesystem"], own["capabilities"]),
                             (False, True, {"drop": ["ALL"]}))
            self.assertIn("limits", container["resources"])

    def test_the_application_talks_to_the_listener(self):
        host, port = self.config["listen"][0]["address"].split(":")
        self.assertIn(f"-h {host} -p {port} ", self.pod["containers"][0]["command"][-1])


class image(unittest.TestCase):
    def test_the_default_configuration_is_right(self):
        text = (DEPLOY / "docker/herdgate.yaml").read_text()
        self.assertEqual(check(text), "")
        self.assertEqual(check(text, HERDGATE_LISTEN="127.0.0.1:7000", HERDGATE_ADMIN="none"), "")

    def test_the_build_sees_what_it_copies(self):
        seen = [line[1:] for line in (options.ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
        for line in (DEPLOY / "docker/Dockerfile").read_text().splitlines():
            if not line.startswith("COPY ") or "--from=" in line:
                continue
            for source in line.split()[1:-1]:
                self.assertIn(source, seen)
                self.assertTrue((options.ROOT / source).exists(), source)
