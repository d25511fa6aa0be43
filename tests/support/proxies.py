"""nginx and Caddy with the configurations of ops/, in front of servers of tests."""

import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.certificates import Certificate, make_certificate
from tests.support.servers import free_port, listens, wait_until

_OPS: Final = Path(__file__).parents[2] / "ops"
_PATH: Final = f"{os.environ['PATH']}:/usr/sbin"
_SITE: Final = "billing.example.com"
_UPSTREAM: Final = "127.0.0.1:8000"


@dataclass(frozen=True)
class Proxy:
    """A running proxy."""

    port: int
    certificate: Certificate
    folder: Path

    @property
    def url(self) -> str:
        """The URL."""
        return f"https://localhost:{self.port}"

    @property
    def tls(self) -> ssl.SSLContext:
        """What a client needs to trust it."""
        return self.certificate.client

    @property
    def log(self) -> str:
        """Everything that it has logged."""
        return "".join(path.read_text(encoding="utf-8") for path in self.folder.glob("*.log"))


def program(name: str) -> str | None:
    """Return the path of nginx or Caddy."""
    return shutil.which(name, path=_PATH)


@contextmanager
def proxy(name: str, ports: Sequence[int]) -> Iterator[Proxy]:
    """Yield nginx or Caddy in front of what listens on `ports` of this machine."""
    path = program(name)
    assert path
    with tempfile.TemporaryDirectory(prefix=f"invotify-{name}-") as temporary:
        folder, port = Path(temporary), free_port()
        certificate = make_certificate(folder, "localhost")
        arguments = _CONFIGURED[name](folder, port, certificate, ports)
        with (folder / "output.log").open("wb") as output:
            process = subprocess.Popen(
                [path, *arguments],
                env={"PATH": _PATH, "HOME": temporary},
                stdout=output,
                stderr=output,
            )
        proxy = Proxy(port, certificate, folder)
        try:
            wait_until(lambda: listens(port) or process.poll() is not None, name)
            assert process.poll() is None, proxy.log
            yield proxy
        finally:
            process.terminate()
            process.wait(30)


def _nginx(folder: Path, port: int, certificate: Certificate, ports: Sequence[int]) -> list[str]:
    upstream = f"server {_UPSTREAM} max_fails=1 fail_timeout=1s;"
    text = _replaced(
        (_OPS / "nginx/invotify.conf").read_text(encoding="utf-8"),
        {
            upstream: "".join(upstream.replace(_UPSTREAM, f"127.0.0.1:{each}") for each in ports),
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen [::]:80;": "",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
            "listen [::]:443 ssl http2;": "",
            f"/etc/letsencrypt/live/{_SITE}/fullchain.pem": str(certificate.file),
            f"/etc/letsencrypt/live/{_SITE}/privkey.pem": str(certificate.key),
            "/var/log/nginx/": f"{folder}/",
        },
    )
    (folder / "invotify.conf").write_text(text, encoding="utf-8")
    files = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/start.log;"
        f" events {{}} http {{ {files} include {folder}/invotify.conf; }}",
        encoding="utf-8",
    )
    return ["-p", str(folder), "-e", f"{folder}/start.log", "-c", str(main)]


def _caddy(folder: Path, port: int, certificate: Certificate, ports: Sequence[int]) -> list[str]:
    text = _replaced(
        (_OPS / "caddy/Caddyfile").read_text(encoding="utf-8"),
        {
            "\tservers {": f"\tadmin off\n\thttp_port {free_port()}\n\tservers {{",
            f"{_SITE} {{": f"https://localhost:{port} {{\n\tbind 127.0.0.1\n"
            f"\ttls {certificate.file} {certificate.key}",
            _UPSTREAM: " ".join(f"127.0.0.1:{each}" for each in ports),
        },
    )
    file = folder / "Caddyfile"
    file.write_text(text, encoding="utf-8")
    return ["run", "--config", str(file), "--adapter", "caddyfile"]


_CONFIGURED: Final[dict[str, Callable[[Path, int, Certificate, Sequence[int]], list[str]]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
}


def _replaced(text: str, replacements: dict[str, str]) -> str:
    """Return a configuration for a test. What it replaces must be there."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
