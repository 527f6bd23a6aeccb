"""Certificates made with OpenSSL, and `grantor serve` ending TLS itself with one of them."""

import pathlib
import subprocess
import sys
import uuid

from server import Deployment


class Tls(Deployment):
    """A deployment whose processes end TLS themselves."""

    def __init__(self, binary, folder):
        super().__init__(binary, folder, f"sqlite:{folder}/grantor.db")
        self.public_url = self.public_url.replace("http://", "https://")
        certify(folder, "server", "/CN=localhost", ("-addext", "subjectAltName=DNS:localhost"))
        self.admin |= {
            "GRANTOR_HTTP_TLS_CERTIFICATE": f"{folder}/server.crt", "GRANTOR_HTTP_TLS_KEY": f"{folder}/server.key",
        }


def openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False, timeout=30)
    if done.returncode:
        sys.exit(f"openssl {words[0]}: {done.stderr}")


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def certify(folder, name, subject, more=()):
    openssl("req", "-x509", *NEW_KEY, "-days", "2", "-subj", subject, "-keyout", f"{folder}/{name}.key", "-out",
            f"{folder}/{name}.crt", *more)


def sign(folder, name, subject):
    openssl("req", *NEW_KEY, "-subj", subject, "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr")
    pathlib.Path(folder, "extensions").write_text("extendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/authority.crt", "-CAkey",
            f"{folder}/authority.key", "-set_serial", str(uuid.uuid4().int), "-days", "2", "-extfile", f"{folder}/extensions",
            "-out", f"{folder}/{name}.crt")
