"""Certificates of an authority that only a test trusts."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """An authority, and a server at 127.0.0.1 that it vouches for."""

    authority: Path
    server: Path
    key: Path

    @property
    def options(self) -> tuple[str, ...]:
        """The command-line options of a Redis that uses them."""
        return (
            *("--tls-cert-file", str(self.server)),
            *("--tls-key-file", str(self.key)),
            *("--tls-ca-cert-file", str(self.authority)),
        )


def make_certificates(folder: Path) -> Certificates:
    """Return new certificates in `folder`, which are valid for a day."""
    made = Certificates(folder / "authority.crt", folder / "server.crt", folder / "server.key")
    authority_key = folder / "authority.key"
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(
        *("req", "-x509", *new_key, "-days", "1", "-subj", "/CN=Test authority"),
        *("-keyout", str(authority_key), "-out", str(made.authority)),
    )
    _openssl(
        *("req", "-x509", *new_key, "-days", "1", "-subj", "/CN=127.0.0.1"),
        *("-addext", "subjectAltName=IP:127.0.0.1"),
        *("-CA", str(made.authority), "-CAkey", str(authority_key)),
        *("-keyout", str(made.key), "-out", str(made.server)),
    )
    return made


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
