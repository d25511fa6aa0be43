"""Certificates for servers of tests."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate that nobody but its client trusts."""

    file: Path
    key: Path

    @property
    def client(self) -> ssl.SSLContext:
        """What a client needs to trust it."""
        return ssl.create_default_context(cafile=str(self.file))

    @property
    def server(self) -> ssl.SSLContext:
        """What a server needs to have it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, host: str) -> Certificate:
    """Return a new certificate for `host`, with its files in `folder`."""
    certificate = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=DNS:{host}"),
            *("-keyout", str(certificate.key), "-out", str(certificate.file)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate
