"""What is wrong with a mail server: the connection, TLS or the login."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from core.checks import Level
from integrations.mail import checks, smtp
from integrations.mail.checks import check_mail_server
from settings import Settings
from tests.support.servers import free_port
from tests.support.tls import make_certificates


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
) -> AuthResult:
    del server, session, envelope, mechanism
    return AuthResult(handled=False, success=given == LoginPassword(b"ada", b"s3cret"))


@contextmanager
def _mail_server(**options: Any) -> Iterator[int]:
    """Yield the port of a mail server that knows the user `ada`."""
    options = {"authenticator": _authenticate, "auth_require_tls": False, **options}
    server = Controller(object(), hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


async def _found(url: str) -> list[tuple[Level, str]]:
    findings = await check_mail_server(Settings(smtp_url=url))
    assert {finding.name for finding in findings} <= {"SMTP_URL"}
    return [(finding.level, finding.message) for finding in findings]


async def test_a_server_that_accepts_the_login_is_fine() -> None:
    with _mail_server() as port:
        assert await _found(f"smtp://ada:s3cret@127.0.0.1:{port}") == []
        assert await _found(f"smtp://127.0.0.1:{port}") == []


async def test_a_refused_login_is_an_error_without_the_password() -> None:
    with _mail_server() as port:
        [(level, message)] = await _found(f"smtp://ada:wr0ng@127.0.0.1:{port}")
    assert level is Level.ERROR
    assert message.startswith(f"127.0.0.1:{port} refuses the user name or the password: 535 ")
    assert "wr0ng" not in message


async def test_a_server_without_tls_does_not_get_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "is_loopback", lambda _: False)
    with _mail_server() as port:
        [(level, message)] = await _found(f"smtp://ada:s3cret@127.0.0.1:{port}")
    refusal = f"127.0.0.1:{port} doesn't offer TLS, without which the password isn't sent."
    assert (level, message) == (Level.ERROR, refusal)


async def test_a_server_without_logins_is_an_error() -> None:
    with _mail_server(auth_require_tls=True) as port:
        [(level, message)] = await _found(f"smtp://ada:s3cret@127.0.0.1:{port}")
    assert level is Level.ERROR
    assert message.startswith(f"The portal can't log in at 127.0.0.1:{port}: ")


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_a_certificate_must_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    certificates = make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server, certificates.key)
    monkeypatch.setattr(smtp, "is_loopback", lambda _: False)
    option = "ssl_context" if scheme == "smtps" else "tls_context"
    with _mail_server(**{option: context}) as port:
        url = f"{scheme}://ada:s3cret@127.0.0.1:{port}"
        [(level, message)] = await _found(url)
        assert level is Level.ERROR
        assert message.startswith(f"The certificate of 127.0.0.1:{port} isn't trusted: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        assert await _found(url) == []


async def test_tls_from_the_start_is_named_where_the_server_begins_without() -> None:
    with _mail_server() as port:
        [(level, message)] = await _found(f"smtps://127.0.0.1:{port}")
    assert level is Level.ERROR
    assert message.startswith(f"TLS with 127.0.0.1:{port} fails: ")


async def test_a_server_that_is_away_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    [(level, message)] = await _found(f"smtp://127.0.0.1:{port}")
    assert level is Level.WARNING
    assert message.startswith(f"127.0.0.1:{port} can't be reached: ")
    monkeypatch.setattr(checks, "_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", port)):
        silent = f"127.0.0.1:{port} doesn't answer within 0.1 seconds."
        assert await _found(f"smtp://127.0.0.1:{port}") == [(Level.WARNING, silent)]
