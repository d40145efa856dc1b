# SPDX-License-Identifier: Apache-2.0
"""Certificates of a test's own, made by the openssl program in a temporary folder."""

import pathlib
import ssl
import subprocess

EXTENSIONS = ("subjectAltName=DNS:localhost,IP:127.0.0.1", "basicConstraints=critical,CA:FALSE")


def request(key, cert, subject, *more):
    """A new key, and a certificate for it that is good for two days."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", f"/CN={subject}", "-keyout", str(key), "-out", str(cert), *more],
                   check=True, capture_output=True)


class authority:
    """Signs certificates: `issue` makes NAME.crt and NAME.key beside its own `cert`."""

    def __init__(self, folder, name="authority"):
        self.folder, self.cert, self.key = pathlib.Path(folder), f"{folder}/{name}.crt", f"{folder}/{name}.key"
        request(self.key, self.cert, name)

    def issue(self, name):
        cert, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        more = [word for extension in EXTENSIONS for word in ("-addext", extension)]
        request(key, cert, name, "-CA", self.cert, "-CAkey", self.key, *more)
        return str(cert), str(key)

    def context(self, certificate=None, version=None):
        """For clients that trust it. `certificate`: their own cert and key; `version`: of TLS, and no other."""
        made = ssl.create_default_context(cafile=self.cert)
        if certificate:
            made.load_cert_chain(*certificate)
        if version:
            made.minimum_version = made.maximum_version = version
        return made
