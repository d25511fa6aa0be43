"""The options of DATABASE_URL for TLS, which are libpq's."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from db.migrations import DatabaseUnusable, check_usable, open_migrated
from db.statements import fetch
from tests.conftest import Backend
from tests.support.tls import Certificates, make_certificates

pytestmark = [
    pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl"),
]

_SSL_REQUEST: Final = bytes.fromhex("0000000804d2162f")
"""What a client sends to ask for TLS (PostgreSQL's message SSLRequest)."""
_UNTRUSTED: Final = "The certificate of the database's server isn't trusted: "


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the certificates of an authority of its own, and of a server that it vouches for."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def _with_tls(database_url: str, certificates: Certificates) -> AsyncIterator[str]:
    """Yield the address of the database behind TLS, which the PostgreSQL from PyPI can't do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server, certificates.key)
    database = urlsplit(database_url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while received := await reader.read(65_536):
                writer.write(received)
        except OSError:  # the client doesn't trust us
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except OSError:  # the client doesn't trust us
            return
        behind = await asyncio.open_connection(database.hostname, database.port)
        await asyncio.gather(pass_on(reader, behind[1]), pass_on(behind[0], writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{port}{database.path}"


async def _assert_used(url: str) -> None:
    async with open_migrated(url):
        assert await fetch("SELECT 1 AS one") == [{"one": 1}]


async def _refusal(url: str) -> str:
    with pytest.raises(DatabaseUnusable) as refusal:
        await check_usable(url)
    return str(refusal.value)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_the_named_authority_is_trusted(
    backend: Backend, certificates: Certificates, mode: str
) -> None:
    options = "" if mode == "require" else f"&sslrootcert={certificates.authority}"
    async with _with_tls(backend.database_url, certificates) as address:
        await _assert_used(f"postgres://invotify@127.0.0.1:{address}?sslmode={mode}{options}")


async def test_another_authority_is_refused(
    backend: Backend, certificates: Certificates, tmp_path: Path
) -> None:
    options = f"?sslmode=verify-full&sslrootcert={make_certificates(tmp_path).authority}"
    async with _with_tls(backend.database_url, certificates) as address:
        refusal = await _refusal(f"postgres://invotify@127.0.0.1:{address}{options}")
    assert refusal.startswith(f"{_UNTRUSTED}unable to get local issuer certificate. ")


async def test_another_host_is_refused(backend: Backend, certificates: Certificates) -> None:
    options = f"?sslrootcert={certificates.authority}&sslmode="
    async with _with_tls(backend.database_url, certificates) as address:
        url = f"postgres://invotify@localhost:{address}{options}"
        await check_usable(f"{url}verify-ca")
        refusal = await _refusal(f"{url}verify-full")
    assert refusal.startswith(f"{_UNTRUSTED}Hostname mismatch, certificate is not valid for 'local")


async def test_a_server_without_tls_is_refused(backend: Backend) -> None:
    refusal = await _refusal(f"{backend.database_url}?sslmode=require")
    assert refusal.startswith("The database can't be reached: ")
    assert refusal.endswith(" rejected SSL upgrade")


async def test_a_missing_file_is_named(backend: Backend, tmp_path: Path) -> None:
    options = f"?sslmode=verify-full&sslrootcert={tmp_path}/nothing"
    refusal = await _refusal(f"{backend.database_url}{options}")
    unreadable = "The database's URL has an unreadable file as sslrootcert"
    assert refusal == f"{unreadable}: {tmp_path}/nothing"
